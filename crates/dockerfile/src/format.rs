//! A Dockerfile laid out as one writes them by hand.

use crate::model::Keyword;
use crate::syntax::{Comment, Dockerfile, Form, Instruction, Item};
use crate::{Escape, Span};

/// How far continuation lines are indented.
const INDENT: &str = "    ";

/// What means nothing at the end of a line: behind a continuation mark it is passed over, and at
/// the end of an instruction it is trimmed.
const BLANKS: [char; 3] = [' ', '\t', '\r'];

/// Lays out `file`: names of instructions in capitals, one space between words,
/// continuation lines indented, trailing blanks and surplus empty lines gone,
/// one empty line before each stage.
///
/// The meaning never changes: each instruction is read back, and one that would
/// say something else stays as it is. So shell text keeps its own spaces, and
/// what cannot be read is not touched. Formatting twice changes nothing more.
///
/// ```
/// use boxwright_dockerfile::{Dockerfile, format};
///
/// let file = Dockerfile::parse("from  python:3.13 as base\ncopy a  b   /c/\n\n\n\nrun  pip  list");
/// assert_eq!(format(&file), "FROM python:3.13 AS base\nCOPY a b /c/\n\nRUN pip  list\n");
/// ```
pub fn format(file: &Dockerfile) -> String {
    let formatter = Formatter { file, newline: newline(file) };
    let text = formatter.text();
    // What one instruction means hangs on nothing but the escape character, and that on the first
    // lines; still, nobody wants a formatter that was wrong about it.
    if same_meaning(file, &Dockerfile::parse(&text)) { text } else { file.text().to_owned() }
}

/// Whether two files say the same, comments and layout aside.
pub(crate) fn same_meaning(a: &Dockerfile, b: &Dockerfile) -> bool {
    let directives = |file: &Dockerfile| -> Vec<_> {
        file.directives().map(|one| (one.name.value.clone(), one.value.value.clone())).collect()
    };
    a.escape() == b.escape()
        && directives(a) == directives(b)
        && a.instructions().count() == b.instructions().count()
        && a.instructions().zip(b.instructions()).all(|(a, b)| says_the_same(a, b))
}

fn says_the_same(a: &Instruction, b: &Instruction) -> bool {
    let word = |one: &Instruction, index: usize| {
        let word = &one.arguments[index].value;
        // `AS` in any case is the same.
        let is_as = one.kind == Some(Keyword::From) && index == 1;
        if is_as { word.to_uppercase() } else { word.clone() }
    };
    a.command == b.command
        && a.kind == b.kind
        && a.form == b.form
        && a.flags.iter().map(|flag| &flag.text).eq(b.flags.iter().map(|flag| &flag.text))
        && a.arguments.len() == b.arguments.len()
        && (0..a.arguments.len()).all(|index| word(a, index) == word(b, index))
        && a.inner_comments.len() == b.inner_comments.len()
        && a.heredocs.iter().map(|one| &one.heredoc).eq(b.heredocs.iter().map(|one| &one.heredoc))
        && (a.command.is_some() || a.joined().trim() == b.joined().trim())
}

/// The line end of the first line that is not empty, which the whole file gets.
fn newline(file: &Dockerfile) -> &'static str {
    let item = file.items().iter().find(|item| !matches!(item, Item::Blank(_)));
    let text = item.map_or("", |item| file.slice(item.span()));
    let first = text.split_inclusive('\n').next().unwrap_or_default();
    if first.ends_with("\r\n") { "\r\n" } else { "\n" }
}

/// The instruction's name in capitals.
fn name(one: &Instruction) -> String {
    one.kind.map_or_else(|| one.keyword.value.clone(), |kind| kind.as_str().to_owned())
}

struct Formatter<'a> {
    file: &'a Dockerfile,
    newline: &'static str,
}

impl Formatter<'_> {
    fn text(&self) -> String {
        let mut text = String::with_capacity(self.file.text().len());
        // Blank lines are owed until something follows them.
        let mut blanks = 0;
        let mut in_stage = false;
        let items = self.file.items();
        for (index, item) in items.iter().enumerate() {
            if matches!(item, Item::Blank(_)) {
                blanks += 1;
                continue;
            }
            let first = text.is_empty();
            let wanted = if first {
                // An empty line at the top keeps a comment from being a directive.
                usize::from(blanks > 0 && self.would_be_directive(item))
            } else {
                blanks.min(1).max(usize::from(in_stage && self.starts_stage(index)))
            };
            for _ in 0..wanted {
                text.push_str(self.newline);
            }
            blanks = 0;
            match item {
                Item::Blank(_) => {}
                Item::Comment(comment) => self.comment(comment, "", &mut text),
                Item::Directive(directive) => {
                    text.push_str("# ");
                    text.push_str(&directive.name.value);
                    text.push('=');
                    text.push_str(&directive.value.value);
                    text.push_str(self.newline);
                }
                Item::Instruction(one) => {
                    in_stage |= one.kind == Some(Keyword::From);
                    text.push_str(&self.instruction(one));
                }
            }
        }
        text
    }

    /// Whether the item at `index` is a `FROM`, or the first of the comments right above one.
    fn starts_stage(&self, index: usize) -> bool {
        let items = self.file.items();
        let comment = |item: &&Item| matches!(item, Item::Comment(_));
        if index > 0 && comment(&&items[index - 1]) {
            return false;
        }
        let next = items[index..].iter().find(|item| !comment(item));
        matches!(next, Some(Item::Instruction(one)) if one.kind == Some(Keyword::From))
    }

    fn would_be_directive(&self, item: &Item) -> bool {
        let line = self.file.slice(item.span());
        Dockerfile::parse(line.trim_start()).directives().next().is_some()
    }

    fn comment(&self, comment: &Comment, indent: &str, text: &mut String) {
        let line = self.file.slice(comment.span).trim();
        self.comment_line(line, indent, text);
    }

    /// `line` is trimmed and starts with `#`.
    fn comment_line(&self, line: &str, indent: &str, text: &mut String) {
        let body = &line[1..];
        text.push_str(indent);
        text.push('#');
        // Rulers (`####`), and what other tools read (`#!`, `#:`), stay as they are.
        if body.starts_with(|c: char| c.is_alphanumeric()) {
            text.push(' ');
        }
        text.push_str(body);
        text.push_str(self.newline);
    }

    /// The instruction laid out, or as it is.
    fn instruction(&self, one: &Instruction) -> String {
        if one.command.is_none() {
            return self.verbatim(one.span);
        }
        let mut code = self.code(one);
        for document in &one.heredocs {
            code.push_str(self.file.slice(document.content));
            let terminator = self.file.slice(document.terminator);
            code.push_str(terminator.trim_end_matches(['\r', '\n']));
            code.push_str(self.newline);
        }
        let escape = match self.file.escape() {
            Escape::Backslash => "",
            Escape::Backtick => "# escape=`\n",
        };
        let read = Dockerfile::parse(&format!("{escape}{code}"));
        let mut instructions = read.instructions();
        let same = instructions.next().is_some_and(|again| says_the_same(one, again))
            && instructions.next().is_none();
        if same { code } else { self.verbatim(one.span) }
    }

    fn verbatim(&self, span: Span) -> String {
        let text = self.file.slice(span);
        if text.ends_with('\n') { text.to_owned() } else { format!("{text}{}", self.newline) }
    }

    fn code(&self, one: &Instruction) -> String {
        let words = match one.form {
            Form::Words | Form::Empty => true,
            Form::Pairs => one.arguments.get(2).is_some_and(|sign| sign.value == "="),
            Form::Text | Form::Json | Form::Instruction => false,
        };
        let lines = self.file.lines(one.code);
        let one_line = lines.0 == lines.1 && one.inner_comments.is_empty();
        if one.form == Form::Json && one_line && one.kind != Some(Keyword::Healthcheck) {
            self.json(one)
        } else if words && one.kind.is_some() {
            self.words(one)
        } else {
            self.lines(one)
        }
    }

    /// A JSON array with a space behind each comma, its strings as they are written.
    fn json(&self, one: &Instruction) -> String {
        let mut text = name(one);
        for flag in &one.flags {
            text.push(' ');
            text.push_str(self.file.slice(flag.span));
        }
        let strings: Vec<&str> =
            one.arguments.iter().map(|word| self.file.slice(word.span)).collect();
        text.extend([" [", &strings.join(", "), "]", self.newline]);
        text
    }

    /// Flags and words with one space between them, broken where they are broken now.
    fn words(&self, one: &Instruction) -> String {
        let mut pieces: Vec<(Span, String)> = one
            .flags
            .iter()
            .map(|flag| (flag.span, self.file.slice(flag.span).to_owned()))
            .collect();
        if one.form == Form::Pairs {
            for pair in one.arguments.chunks_exact(3) {
                let span = pair[0].span.to(pair[1].span);
                pieces.push((span, self.file.slice(span).to_owned()));
            }
        } else {
            for (index, word) in one.arguments.iter().enumerate() {
                let is_as = one.kind == Some(Keyword::From) && index == 1;
                let text = self.file.slice(word.span);
                pieces.push((word.span, if is_as { text.to_uppercase() } else { text.to_owned() }));
            }
        }
        pieces.extend(one.inner_comments.iter().map(|span| (*span, String::new())));
        pieces.sort_by_key(|(span, _)| *span);
        self.broken(one, &pieces)
    }

    /// Writes `pieces`; an empty one is a comment line.
    fn broken(&self, one: &Instruction, pieces: &[(Span, String)]) -> String {
        let escape = match self.file.escape() {
            Escape::Backslash => "\\",
            Escape::Backtick => "`",
        };
        let mut text = name(one);
        let mut line = self.file.lines(one.keyword.span).0;
        // Whether the text ends in the middle of a line that goes on.
        let mut open = true;
        for (span, piece) in pieces {
            let here = self.file.lines(*span);
            if here.0 != line || !open {
                if open {
                    text.extend([" ", escape, self.newline]);
                }
                if piece.is_empty() {
                    self.comment_line(self.file.slice(*span).trim(), INDENT, &mut text);
                    open = false;
                    line = here.0;
                    continue;
                }
                text.push_str(INDENT);
            } else {
                text.push(' ');
            }
            text.push_str(piece);
            open = true;
            line = here.1;
        }
        if open {
            text.push_str(self.newline);
        }
        text
    }

    /// The lines as they are, but for the first one's name, comments, empty lines and what trails.
    fn lines(&self, one: &Instruction) -> String {
        let end = one.heredocs.first().map_or(one.span.end, |document| document.content.start);
        let source = self.file.slice(Span::new(one.span.start, end));
        let mut text = String::with_capacity(source.len());
        let mut first = true;
        for line in source.split_inclusive('\n') {
            let line = line.trim_end_matches(['\r', '\n']);
            let trimmed = line.trim();
            if first {
                first = false;
                let rest = line.trim_start().get(one.keyword.value.len()..).unwrap_or_default();
                text.push_str(&name(one));
                let rest = rest.trim_start_matches(BLANKS);
                if !rest.trim().is_empty() {
                    text.push(' ');
                    text.push_str(rest.trim_end_matches(BLANKS));
                }
            } else if trimmed.is_empty() {
                continue;
            } else if trimmed.starts_with('#') {
                self.comment_line(trimmed, INDENT, &mut text);
                continue;
            } else {
                text.push_str(line.trim_end_matches(BLANKS));
            }
            text.push_str(self.newline);
        }
        text
    }
}
