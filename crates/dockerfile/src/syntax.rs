//! A Dockerfile as it is written: every byte, and where it stands.

use std::fmt;
use std::ops::Range;

use crate::logical::Logical;
use crate::model::{Command, Heredoc, Keyword};
use crate::stages::Stages;
use crate::{
    Builder, Dialect, Escape, LineIndex, Position, Span, Spanned, SyntaxError, SyntaxErrorKind,
    parse,
};

/// A Dockerfile: its text, cut into items that follow each other without a gap.
///
/// Parsing never fails: what BuildKit would refuse is in
/// [`errors`](Self::errors), and everything else is there to look at.
/// Displaying one gives the text back, byte for byte.
#[derive(Debug, Clone)]
pub struct Dockerfile {
    pub(crate) text: String,
    pub(crate) items: Vec<Item>,
    pub(crate) escape: Escape,
    pub(crate) errors: Vec<SyntaxError>,
    pub(crate) index: LineIndex,
    /// Bytes that were no UTF-8, and where their stand-in is in `text`.
    pub(crate) foreign: Vec<(usize, u8)>,
}

impl Dockerfile {
    /// Reads `text` as BuildKit does.
    pub fn parse(text: &str) -> Self {
        parse::file(text)
    }

    /// Reads bytes that may not all be UTF-8, such as a comment in Latin-1.
    ///
    /// Each byte that is not becomes U+FFFD in [`text`](Self::text), as it does
    /// in BuildKit's own messages; [`to_bytes`](Self::to_bytes) gives it back.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut text = String::with_capacity(bytes.len());
        let mut foreign = Vec::new();
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            for &byte in chunk.invalid() {
                foreign.push((text.len(), byte));
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        let mut file = Self::parse(&text);
        file.foreign = foreign;
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            let span = Span::new(0, 0);
            file.errors.insert(0, SyntaxError { line: 1, span, kind: SyntaxErrorKind::Utf16 });
        }
        file
    }

    /// The bytes it was read from.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.text.len());
        let mut copied = 0;
        for &(at, byte) in &self.foreign {
            bytes.extend_from_slice(&self.text.as_bytes()[copied..at]);
            bytes.push(byte);
            copied = at + char::REPLACEMENT_CHARACTER.len_utf8();
        }
        bytes.extend_from_slice(&self.text.as_bytes()[copied..]);
        bytes
    }

    /// Whether every byte was UTF-8.
    pub fn is_utf8(&self) -> bool {
        self.foreign.is_empty()
    }

    /// Starts to write a Dockerfile for a builder.
    pub fn builder(dialect: Dialect) -> Builder {
        Builder::new(dialect)
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All items in order; the first starts behind the byte order mark, where there is one.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// All instructions in order.
    pub fn instructions(&self) -> impl DoubleEndedIterator<Item = &Instruction> {
        self.items.iter().filter_map(|item| match item {
            Item::Instruction(instruction) => Some(&**instruction),
            _ => None,
        })
    }

    /// The parser directives, in order.
    pub fn directives(&self) -> impl Iterator<Item = &Directive> {
        self.items.iter().filter_map(|item| match item {
            Item::Directive(directive) => Some(directive),
            _ => None,
        })
    }

    /// The value of the directive `name`, such as `syntax`.
    pub fn directive(&self, name: &str) -> Option<&str> {
        self.directives()
            .find(|directive| directive.name.value == name)
            .map(|directive| directive.value.value.as_str())
    }

    /// The frontend image that BuildKit would build this file with, as the `syntax` directive
    /// names it: the text up to the first space. For this alone a first line `#!…` is passed over.
    pub fn frontend(&self) -> Option<&str> {
        let text = self.text.strip_prefix('\u{feff}').unwrap_or(&self.text);
        let shebang = text.starts_with("#!").then(|| text.split_once('\n')).flatten();
        let value = match shebang {
            None => self.directive("syntax"),
            Some((_, rest)) => parse::syntax_directive(rest),
        };
        value?.split(' ').next()
    }

    /// The escape character.
    pub fn escape(&self) -> Escape {
        self.escape
    }

    /// What BuildKit would refuse, in the order of the text.
    pub fn errors(&self) -> &[SyntaxError] {
        &self.errors
    }

    /// The file, if BuildKit would take it; else the first error.
    pub fn valid(self) -> Result<Self, SyntaxError> {
        match self.errors.first() {
            None => Ok(self),
            Some(error) => Err(error.clone()),
        }
    }

    /// The stages, and the `ARG`s before the first one.
    pub fn stages(&self) -> Stages<'_> {
        Stages::of(self)
    }

    /// The text at `span`; empty where that is not in the file.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// Line and column of the byte at `offset`.
    pub fn position(&self, offset: usize) -> Position {
        self.index.position(&self.text, offset)
    }

    /// The first and the last line of `span`, from 1.
    pub fn lines(&self, span: Span) -> (usize, usize) {
        let last = if span.is_empty() { span.start } else { span.end - 1 };
        (self.index.line(span.start), self.index.line(last))
    }
}

impl fmt::Display for Dockerfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A part of a Dockerfile: whole lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A line with nothing on it but white space.
    Blank(Span),
    /// A line with a comment.
    Comment(Comment),
    /// A line with a parser directive, such as `# syntax=docker/dockerfile:1`.
    Directive(Directive),
    /// An instruction with all its lines.
    Instruction(Box<Instruction>),
}

impl Item {
    /// All of the item, with its last line end.
    pub fn span(&self) -> Span {
        match self {
            Self::Blank(span) => *span,
            Self::Comment(comment) => comment.span,
            Self::Directive(directive) => directive.span,
            Self::Instruction(instruction) => instruction.span,
        }
    }
}

/// A comment on a line of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The line, with its end.
    pub span: Span,
    /// What stands behind `#`, trimmed.
    pub text: Spanned<String>,
}

/// A parser directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The line, with its end.
    pub span: Span,
    /// `syntax`, `escape` or `check`; in lower case.
    pub name: Spanned<String>,
    /// What stands behind the equals sign, trimmed.
    pub value: Spanned<String>,
}

/// An instruction as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// All its lines, with inline documents and the last line end.
    pub span: Span,
    /// From its name to the end of its arguments, without inline documents.
    pub code: Span,
    /// Its name as written.
    pub keyword: Spanned<String>,
    /// Which instruction that is; `None` where there is no such instruction.
    pub kind: Option<Keyword>,
    /// The flags in front of the arguments.
    pub flags: Vec<Flag>,
    /// How the arguments are written.
    pub form: Form,
    /// The arguments, taken apart as that instruction does.
    pub arguments: Vec<Spanned<String>>,
    /// Inline documents.
    pub heredocs: Vec<InlineDocument>,
    /// The instruction behind `ONBUILD`.
    pub onbuild: Option<Box<Instruction>>,
    /// What it means; `None` where BuildKit would refuse it.
    pub command: Option<Command>,
    /// The comments above it, back to a line with an empty comment.
    pub comments: Vec<Spanned<String>>,
    /// Lines between its own that hold a comment.
    pub inner_comments: Vec<Span>,
    /// Lines between its own that are empty.
    pub inner_blanks: Vec<Span>,
    pub(crate) logical: Logical,
    pub(crate) ranges: Vec<Range<usize>>,
    pub(crate) argument_range: Range<usize>,
}

impl Instruction {
    /// Its lines joined into one, as BuildKit sees it.
    pub fn joined(&self) -> &str {
        self.logical.text()
    }

    /// All arguments as one text, joined.
    pub fn argument_text(&self) -> &str {
        self.logical.text().get(self.argument_range.clone()).unwrap_or_default()
    }

    /// Where the arguments stand, from the first to the last.
    pub fn argument_span(&self) -> Span {
        self.logical.span(self.argument_range.clone())
    }

    /// Where bytes of [`argument_text`](Self::argument_text) stand in the file.
    pub fn span_in_arguments(&self, range: Range<usize>) -> Span {
        let start = self.argument_range.start;
        self.logical.span(start + range.start..start + range.end)
    }

    /// Where bytes of the argument at `index` stand in the file. All of the
    /// argument for a string of a JSON array, whose escapes move things about.
    pub fn span_in_argument(&self, index: usize, range: Range<usize>) -> Span {
        let (Some(whole), Some(argument)) = (self.ranges.get(index), self.arguments.get(index))
        else {
            return self.code;
        };
        if whole.len() != argument.value.len() {
            return argument.span;
        }
        self.logical.span(whole.start + range.start..whole.start + range.end)
    }

    /// The flag `--name`, where it is written; the last one wins nothing, BuildKit refuses two.
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.name == name)
    }
}

/// `--name` or `--name=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The whole flag, without its quotes and escapes.
    pub text: String,
    /// Its name without the dashes.
    pub name: String,
    /// What stands behind the equals sign.
    pub value: Option<String>,
    /// Where it stands.
    pub span: Span,
}

/// How an instruction's arguments are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// None are.
    Empty,
    /// One text, up to the end of the line.
    Text,
    /// Words between spaces.
    Words,
    /// A JSON array of strings.
    Json,
    /// `key=value` pairs: each is three arguments, the key, the value, and `=`; in the old
    /// `ENV key value` form the third is empty.
    Pairs,
    /// Another instruction.
    Instruction,
}

/// `<<WORD`, its lines and the word that ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineDocument {
    /// What it says.
    pub heredoc: Heredoc,
    /// The lines of the document.
    pub content: Span,
    /// The line that ends it.
    pub terminator: Span,
}
