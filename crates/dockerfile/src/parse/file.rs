//! The way through a file: lines to items.

use std::ops::Range;

use super::directives::Directives;
use super::flags::FlagText;
use super::typed::{self, Request};
use super::words::gap;
use super::{arguments, flags, heredoc};
use crate::logical::Logical;
use crate::model::{Command, Heredoc, Keyword};
use crate::suggest::closest;
use crate::syntax::{
    Comment, Directive, Dockerfile, Flag, Form, InlineDocument, Instruction, Item,
};
use crate::{Escape, LineIndex, Phase, Span, Spanned, SyntaxError, SyntaxErrorKind};

/// The longest line that BuildKit's reader takes, without its `\n`.
const LINE_LIMIT: usize = 65_535;

/// How far `ONBUILD ONBUILD …` is followed.
const ONBUILD_DEPTH: usize = 16;

/// Reads `text`.
pub(crate) fn file(text: &str) -> Dockerfile {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut parser = Parser {
        text,
        at: start,
        index: LineIndex::new(text),
        escape: Escape::Backslash,
        directives: Directives::default(),
        items: Vec::new(),
        errors: Vec::new(),
        comments: Vec::new(),
        in_stage: false,
    };
    while parser.at < text.len() {
        parser.item();
    }
    if parser.items.iter().all(|item| !matches!(item, Item::Instruction(_))) {
        parser.error(Span::new(text.len(), text.len()), SyntaxErrorKind::NoInstructions);
    }
    Dockerfile {
        text: text.to_owned(),
        items: parser.items,
        escape: parser.escape,
        errors: parser.errors,
        index: parser.index,
        foreign: Vec::new(),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    index: LineIndex,
    escape: Escape,
    directives: Directives,
    items: Vec<Item>,
    errors: Vec<SyntaxError>,
    /// Comments since the last instruction or empty comment.
    comments: Vec<Spanned<String>>,
    /// Whether a `FROM` was seen.
    in_stage: bool,
}

/// A line of the file.
#[derive(Clone, Copy)]
struct Line<'a> {
    /// Without its end.
    text: &'a str,
    /// Where it stands, with its end.
    span: Span,
}

impl<'a> Parser<'a> {
    fn error(&mut self, span: Span, kind: SyntaxErrorKind) {
        let line = self.index.line(span.start);
        self.errors.push(SyntaxError { line, span, kind });
    }

    /// Takes the next line.
    fn line(&mut self) -> Option<Line<'a>> {
        let rest = &self.text[self.at..];
        if rest.is_empty() {
            return None;
        }
        let len = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |newline| newline + 1);
        let span = Span::new(self.at, self.at + len);
        self.at = span.end;
        let content = rest[..len].strip_suffix('\n').unwrap_or(&rest[..len]);
        if content.len() > LINE_LIMIT {
            self.error(span, SyntaxErrorKind::LineTooLong { len: content.len() });
        }
        Some(Line { text: content.trim_end_matches(['\r', '\n']), span })
    }

    /// Takes the next item.
    fn item(&mut self) {
        let Some(line) = self.line() else { return };
        let text = line.text.trim_start();
        let start = line.span.start + (line.text.len() - text.len());
        match self.directives.next(text) {
            Ok(None) => {}
            Ok(Some(found)) => {
                let part = |range: Range<usize>| {
                    let span = Span::new(start + range.start, start + range.end);
                    Spanned::new(text[range].to_owned(), span)
                };
                let mut name = part(found.name);
                name.value.make_ascii_lowercase();
                let directive = Directive { span: line.span, name, value: part(found.value) };
                self.set_escape(&directive);
                self.items.push(Item::Directive(directive));
                return;
            }
            Err(kind) => self.error(line.span, kind),
        }
        if let Some(comment) = text.strip_prefix('#') {
            self.comment(line, comment);
        } else if text.is_empty() {
            self.items.push(Item::Blank(line.span));
        } else {
            self.instruction(line, text, start);
        }
    }

    fn set_escape(&mut self, directive: &Directive) {
        match (directive.name.value.as_str(), directive.value.value.as_str()) {
            ("escape", "\\") => self.escape = Escape::Backslash,
            ("escape", "`") => self.escape = Escape::Backtick,
            ("escape", value) => {
                let value = value.to_owned();
                self.error(directive.value.span, SyntaxErrorKind::EscapeCharacter { value });
            }
            _ => {}
        }
    }

    fn comment(&mut self, line: Line<'_>, body: &str) {
        let text = body.trim();
        let end = line.span.start + line.text.len();
        let start = end - body.trim_start().len();
        let text = Spanned::new(text.to_owned(), Span::new(start, start + text.len()));
        if text.value.is_empty() {
            self.comments.clear();
        } else {
            self.comments.push(text.clone());
        }
        self.items.push(Item::Comment(Comment { span: line.span, text }));
    }

    /// Takes the lines of the instruction that starts with `text`.
    fn instruction(&mut self, first: Line<'a>, text: &'a str, start: usize) {
        let escape = self.escape.char();
        let mut logical = Logical::default();
        let (mut inner_comments, mut inner_blanks) = (Vec::new(), Vec::new());
        let (piece, mut continues) = trim_continuation(text, escape);
        logical.push(piece, start);
        let mut code_end = start + piece.len();
        while continues && let Some(line) = self.line() {
            if line.text.trim_start().starts_with('#') {
                inner_comments.push(line.span);
                continue;
            }
            if line.text.trim_start().is_empty() {
                inner_blanks.push(line.span);
                continue;
            }
            let piece;
            (piece, continues) = trim_continuation(line.text, escape);
            logical.push(piece, line.span.start);
            if !piece.trim().is_empty() {
                code_end = line.span.start + piece.trim_end().len();
            }
        }
        let code = Span::new(start, code_end);
        let comments = std::mem::take(&mut self.comments);
        let depth = 0;
        let mut instruction = self.read(logical, 0, depth);
        instruction.code = code;
        instruction.comments = comments;
        instruction.inner_comments = inner_comments;
        instruction.inner_blanks = inner_blanks;
        self.heredocs(&mut instruction);
        instruction.span = Span::new(first.span.start, self.at);
        self.mean(&mut instruction);
        self.items.push(Item::Instruction(Box::new(instruction)));
    }

    /// Cuts the joined text from `from` on into name, flags and arguments.
    fn read(&mut self, logical: Logical, from: usize, depth: usize) -> Instruction {
        let text = logical.text();
        let trimmed = text[from..].trim_start();
        let start = text.len() - trimmed.len();
        let line = &text[start..start + trimmed.trim_end().len()];
        let (name_end, rest) = gap(line, 0).unwrap_or((line.len(), line.len()));
        let keyword =
            Spanned::new(line[..name_end].to_owned(), logical.span(start..start + name_end));
        let kind = Keyword::parse(&keyword.value);
        let escape = self.escape.char();
        let (flag_texts, args) = flags::split(&line[rest..], escape);
        let flags = flag_texts
            .iter()
            .map(|flag| {
                let at = start + rest;
                self::flag(flag, logical.span(at + flag.range.start..at + flag.range.end))
            })
            .collect();
        let args = start + rest + args;
        let body = text[args..start + line.len()].trim_start();
        let args = start + line.len() - body.len();
        let range = args..start + line.len();
        let mut instruction = Instruction {
            span: Span::default(),
            code: logical.span(start..start + line.len()),
            keyword,
            kind,
            flags,
            form: Form::Empty,
            arguments: Vec::new(),
            heredocs: Vec::new(),
            onbuild: None,
            command: None,
            comments: Vec::new(),
            inner_comments: Vec::new(),
            inner_blanks: Vec::new(),
            ranges: Vec::new(),
            argument_range: range.clone(),
            logical: Logical::default(),
        };
        match arguments::arguments(kind, body, escape) {
            Err(kind) => self.error(instruction.code, kind),
            Ok(arguments) => {
                instruction.form = arguments.form;
                for (value, at) in arguments.list {
                    let at = args + at.start..args + at.end;
                    instruction.arguments.push(Spanned::new(value, logical.span(at.clone())));
                    instruction.ranges.push(at);
                }
            }
        }
        // `ONBUILD ONBUILD …` is refused anyway; there is no reason to follow it far down.
        if instruction.form == Form::Instruction && depth < ONBUILD_DEPTH {
            let inner = self.read(logical.clone(), range.start, depth + 1);
            instruction.onbuild = Some(Box::new(inner));
        }
        instruction.logical = logical;
        instruction
    }

    /// Takes the inline documents that the instruction announces.
    fn heredocs(&mut self, instruction: &mut Instruction) {
        let inner = instruction.onbuild.as_deref().unwrap_or(instruction);
        let may = matches!(inner.kind, Some(Keyword::Run | Keyword::Copy | Keyword::Add));
        if !may || inner.form == Form::Json {
            return;
        }
        let announced = match heredoc::announced(instruction.joined()) {
            Ok(announced) => announced,
            Err(kind) => return self.error(instruction.code, kind),
        };
        for heredoc in announced {
            let name = heredoc.name.clone();
            match self.document(heredoc) {
                Some(document) => instruction.heredocs.push(document),
                None => {
                    return self
                        .error(instruction.code, SyntaxErrorKind::UnterminatedHeredoc { name });
                }
            }
        }
    }

    /// Takes lines up to the one that ends `heredoc`; all there are if none does.
    fn document(&mut self, mut heredoc: Heredoc) -> Option<InlineDocument> {
        let start = self.at;
        while let Some(line) = self.line() {
            let candidate =
                if heredoc.chomp { line.text.trim_start_matches('\t') } else { line.text };
            if candidate == heredoc.name {
                let content = Span::new(start, line.span.start);
                self.text[content.range()].clone_into(&mut heredoc.content);
                return Some(InlineDocument { heredoc, content, terminator: line.span });
            }
        }
        None
    }

    /// Gives the instruction its meaning.
    fn mean(&mut self, instruction: &mut Instruction) {
        let Some(kind) = instruction.kind else {
            let keyword = instruction.keyword.value.clone();
            let names = Keyword::ALL.map(Keyword::as_str);
            let suggestion = closest(&keyword.to_uppercase(), names);
            self.error(
                instruction.keyword.span,
                SyntaxErrorKind::UnknownInstruction { keyword, suggestion },
            );
            return;
        };
        self.in_stage |= kind == Keyword::From;
        let errors = self.errors.len();
        let broken = self.is_broken(instruction);
        let heredocs: Vec<Heredoc> =
            instruction.heredocs.iter().map(|document| document.heredoc.clone()).collect();
        if kind == Keyword::Onbuild {
            instruction.command = self.onbuild(instruction, &heredocs);
        } else {
            instruction.command = self.typed(instruction, kind, &heredocs);
        }
        let accepted =
            !broken && self.errors[errors..].iter().all(|one| one.kind.phase() == Phase::Build);
        if accepted && !self.in_stage && kind != Keyword::Arg {
            let keyword = instruction.keyword.value.clone();
            self.error(instruction.keyword.span, SyntaxErrorKind::NoStage { keyword });
        }
    }

    /// Whether a parse error is already noted, which left no arguments to look at.
    fn is_broken(&self, instruction: &Instruction) -> bool {
        self.errors.last().is_some_and(|error| {
            error.span == instruction.code && error.kind.phase() == Phase::Parse
        })
    }

    fn onbuild(&mut self, outer: &mut Instruction, heredocs: &[Heredoc]) -> Option<Command> {
        let Some(inner) = &mut outer.onbuild else {
            let kind = SyntaxErrorKind::ArgumentCount {
                instruction: "ONBUILD",
                expected: "at least one argument",
            };
            self.error(outer.code, kind);
            return None;
        };
        if let Some(flag) = outer.flags.first() {
            let flag = flag.name.clone();
            let kind = SyntaxErrorKind::UnknownFlag { instruction: "ONBUILD", flag };
            self.error(outer.code, kind);
            return None;
        }
        let allowed =
            !matches!(inner.kind, Some(Keyword::Onbuild | Keyword::From | Keyword::Maintainer));
        if !allowed {
            let keyword = inner.keyword.value.to_uppercase();
            self.error(inner.keyword.span, SyntaxErrorKind::OnbuildTrigger { keyword });
            return None;
        }
        // What it holds is read when an image is built on this one: BuildKit looks no closer now.
        let kind = inner.kind?;
        let errors = self.errors.len();
        let command = self.typed(inner, kind, heredocs);
        self.errors.truncate(errors);
        inner.command.clone_from(&command);
        command.map(|command| Command::Onbuild(Box::new(command)))
    }

    fn typed(
        &mut self,
        instruction: &Instruction,
        keyword: Keyword,
        heredocs: &[Heredoc],
    ) -> Option<Command> {
        if self.is_broken(instruction) {
            return None;
        }
        let flags: Vec<FlagText> = instruction
            .flags
            .iter()
            .map(|flag| FlagText { text: flag.text.clone(), range: 0..0 })
            .collect();
        let request = Request {
            keyword,
            flags: &flags,
            form: instruction.form,
            arguments: instruction.arguments.iter().map(|word| word.value.as_str()).collect(),
            heredocs,
            breaks: instruction
                .ranges
                .last()
                .map(|range| instruction.logical.breaks(range))
                .unwrap_or_default(),
        };
        match typed::command(&request) {
            Ok(typed) => {
                for error in typed.mount_errors {
                    self.error(instruction.code, SyntaxErrorKind::Mount(error));
                }
                Some(typed.command)
            }
            Err(kind) => {
                self.error(instruction.code, kind);
                None
            }
        }
    }
}

fn flag(flag: &FlagText, span: Span) -> Flag {
    let body = flag.text.strip_prefix("--").unwrap_or(&flag.text);
    let (name, value) = match body.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (body, None),
    };
    Flag { text: flag.text.clone(), name: name.to_owned(), value, span }
}

/// The line without its continuation mark, and whether it has one.
///
/// The mark is an escape character with nothing but blanks behind it; one that
/// is itself escaped is none. (BuildKit does not look further back than that,
/// so three of them in a row are none either.)
fn trim_continuation(line: &str, escape: char) -> (&str, bool) {
    match line.trim_end_matches([' ', '\t']).strip_suffix(escape) {
        Some(rest) if !rest.ends_with(escape) => (rest, true),
        _ => (line, false),
    }
}
