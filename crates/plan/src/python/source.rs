//! From bytes to a syntax tree, within limits.

use ruff_python_ast::Suite;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer, parse_module};
use ruff_text_size::TextSize;

/// The longest source that is read, in bytes: twenty times what anyone writes by hand.
pub(crate) const LONGEST: u64 = 2 * 1024 * 1024;

/// The deepest syntax tree that is read.
///
/// The parser grows its stack as it needs, but a tree is dropped and walked by plain recursion. A
/// frame is a few hundred bytes, so this stays within the two megabytes of a thread's stack.
const DEEPEST: usize = 1500;

/// Python itself refuses more levels of indentation than this.
const DEEPEST_INDENT: usize = 100;

/// A Python source that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file system refused.
    #[error("{file}: cannot be read: {error}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// Longer than anything written by hand.
    #[error(
        "{file}: {size} bytes of Python are not read, at most {LONGEST} are: keep the application in a smaller file, or name it with `--app`"
    )]
    TooLong {
        /// The file.
        file: String,
        /// Its length in bytes.
        size: u64,
    },
    /// Not in an encoding that is read.
    #[error("{file}:{line}: not UTF-8: save the file as UTF-8")]
    Encoding {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u32,
    },
    /// Nested deeper than anything written by hand.
    #[error("{file}: nested too deeply to be read: name the application with `--app`")]
    TooDeep {
        /// The file.
        file: String,
    },
    /// Not Python 3.
    #[error("{file}:{line}:{column}: {problem}: correct the syntax (Python 3)")]
    Syntax {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u32,
        /// The column in characters, from 1.
        column: u32,
        /// What the parser says.
        problem: String,
    },
}

impl SourceError {
    /// Whether the file may well be Python, only larger or deeper than what is read.
    pub(crate) fn is_limit(&self) -> bool {
        matches!(self, Self::TooLong { .. } | Self::TooDeep { .. })
    }
}

/// A source text and its syntax tree.
pub(crate) struct Source {
    pub(crate) suite: Suite,
    lines: Lines,
}

impl Source {
    /// Parses the content of `file`.
    pub(crate) fn parse(file: &str, bytes: &[u8]) -> Result<Self, SourceError> {
        let text = decode(file, bytes)?;
        let lines = Lines::of(&text);
        if nests_too_deeply(&text) {
            return Err(SourceError::TooDeep { file: file.to_owned() });
        }
        let parsed = parse_module(&text).map_err(|error| {
            let at = error.location.start();
            let (line, column) = lines.place(&text, at);
            SourceError::Syntax {
                file: file.to_owned(),
                line,
                column,
                problem: error.error.to_string(),
            }
        })?;
        Ok(Self { suite: parsed.into_suite(), lines })
    }

    /// The line of an offset, from 1.
    pub(crate) fn line(&self, at: TextSize) -> u32 {
        self.lines.line(at)
    }
}

/// PEP 263: UTF-8, unless one of the first two lines says Latin-1, in which every byte is a character.
fn decode(file: &str, bytes: &[u8]) -> Result<String, SourceError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) if says_latin_1(bytes) => Ok(bytes.iter().map(|&byte| char::from(byte)).collect()),
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            let line = 1 + memchr::memchr_iter(b'\n', before).count();
            Err(SourceError::Encoding {
                file: file.to_owned(),
                line: line.try_into().unwrap_or(u32::MAX),
            })
        }
    }
}

fn says_latin_1(bytes: &[u8]) -> bool {
    bytes.split(|&byte| byte == b'\n').take(2).any(|line| {
        let line = String::from_utf8_lossy(line).to_ascii_lowercase();
        line.trim_start().starts_with('#')
            && line.contains("coding")
            && ["latin-1", "latin1", "iso-8859-1"].iter().any(|name| line.contains(name))
    })
}

/// Whether a syntax tree could be deeper than [`DEEPEST`], by its tokens alone.
///
/// Within one element of a bracket, or one statement outside of all, every token may nest the rest
/// one deeper (`not not x`, `a.b.c`, `a + b + c`). A comma ends an element, unless it separates the
/// parameters of a lambda; adjacent strings are joined flat.
fn nests_too_deeply(text: &str) -> bool {
    let mut lexer = lexer::lex(text, Mode::Module);
    let (mut indent, mut total) = (0_usize, 0_usize);
    let mut element = Element::default();
    let mut outer = Vec::new();
    loop {
        match lexer.next_token() {
            TokenKind::EndOfFile => return false,
            TokenKind::Indent => indent += 1,
            TokenKind::Dedent => indent = indent.saturating_sub(1),
            TokenKind::Newline | TokenKind::Semi if outer.is_empty() => {
                (total, element) = (0, Element::default());
            }
            TokenKind::Comma if element.lambdas == 0 => {
                total -= element.tokens;
                element = Element::default();
            }
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                element.tokens += 1;
                total += 1;
                outer.push(std::mem::take(&mut element));
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                total -= element.tokens;
                element = outer.pop().unwrap_or_default();
            }
            TokenKind::String | TokenKind::NonLogicalNewline | TokenKind::Comment => {}
            kind => {
                match kind {
                    TokenKind::Lambda => element.lambdas += 1,
                    TokenKind::Colon => element.lambdas = element.lambdas.saturating_sub(1),
                    _ => {}
                }
                element.tokens += 1;
                total += 1;
            }
        }
        if total > DEEPEST || indent > DEEPEST_INDENT {
            return true;
        }
    }
}

/// What has been read of one element.
#[derive(Default)]
struct Element {
    tokens: usize,
    /// Lambdas whose parameters are not all read.
    lambdas: usize,
}

/// Where lines start.
struct Lines(Vec<u32>);

impl Lines {
    fn of(text: &str) -> Self {
        let ends = memchr::memchr_iter(b'\n', text.as_bytes());
        let starts = ends.filter_map(|end| u32::try_from(end + 1).ok());
        Self(std::iter::once(0).chain(starts).collect())
    }

    fn line(&self, at: TextSize) -> u32 {
        let index = self.0.partition_point(|&start| start <= at.to_u32());
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    fn place(&self, text: &str, at: TextSize) -> (u32, u32) {
        let line = self.line(at);
        let start = self.0.get(line.saturating_sub(1) as usize).map_or(0, |&start| start as usize);
        let column = text.get(start..at.to_usize()).map_or(0, |before| before.chars().count());
        (line, u32::try_from(column).unwrap_or(u32::MAX).saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        match Source::parse("app.py", text.as_bytes()) {
            Ok(_) => "read".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn faults_name_their_place() {
        assert_eq!(
            problem("x = 1\nprint 'hello'\n"),
            "app.py:2:7: Simple statements must be separated by newlines or semicolons: correct the syntax (Python 3)"
        );
        let latin = Source::parse("app.py", b"a = 1\nb = '\xe9'\n").err().unwrap().to_string();
        assert_eq!(latin, "app.py:2: not UTF-8: save the file as UTF-8");
        assert!(Source::parse("app.py", b"# -*- coding: latin-1 -*-\nb = '\xe9'\n").is_ok());
        assert!(Source::parse("app.py", b"\xef\xbb\xbfa = 1\n").is_ok());
    }

    /// On a thread with the stack that a test or a worker has, which a deep tree would overflow.
    #[test]
    fn hostile_nesting_is_refused() {
        let many = 100_000;
        for text in [
            "(".repeat(many),
            format!("x = {}{}", "[".repeat(many), "]".repeat(many)),
            format!("x = {}1", "-".repeat(many)),
            format!("x = {}1", "not ".repeat(many)),
            format!("x = a{}", ".b".repeat(many)),
            format!("x = a{}", "()".repeat(many)),
            format!("x = a{}", "[0]".repeat(many)),
            format!("x = 1{}", " + 1".repeat(many)),
            format!("x = {}1", "lambda: ".repeat(many)),
            format!("x = {}1", "lambda a, b: ".repeat(many)),
            format!("x = {}", "1 if a else ".repeat(many)),
            format!("x = {}", "f'{".repeat(many)),
            (0..2000)
                .fold(String::new(), |text, depth| format!("{text}{}if x:\n", " ".repeat(depth))),
            "async ".repeat(many),
        ] {
            assert!(problem(&text).contains("nested too deeply"), "{}", &text[..20]);
        }
    }

    #[test]
    fn what_is_long_but_flat_is_read() {
        for text in [
            format!("x = [{}]\n", "(1, 'a'),\n".repeat(20_000)),
            format!("x = ({})\n", "'a'\n".repeat(20_000)),
            "x = 1\n".repeat(20_000),
            "if x: a()\n".to_owned() + &"elif x: a()\n".repeat(5_000),
            format!("x = {{{}}}\n", "'a': b + 1,\n".repeat(20_000)),
        ] {
            assert_eq!(problem(&text), "read", "{}", &text[..20]);
        }
    }
}
