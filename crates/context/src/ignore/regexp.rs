//! Go's regular expressions, as far as an ignore pattern can write them,
//! rewritten for the `regex` crate.
//!
//! Once a pattern holds a wildcard, moby hands most of its characters to Go's
//! `regexp` as they are: `[[:alpha:]]`, `\d`, `\pL`, `a{2}` and `|` mean there
//! what they mean in Go. The two languages are close, but not the same (`\d` is
//! ASCII in Go, `a{2}{3}` an error, `\Q…\E` a quotation), so this parses
//! Go's and writes each piece so that it cannot be misread.

use std::fmt::Write as _;

use regex::bytes::{Regex, RegexBuilder};

use super::class::{self, Class};

/// Go refuses to repeat more often.
const MOST_REPEATS: u32 = 1000;

/// Go refuses to nest deeper.
const DEEPEST: usize = 1000;

/// Compiles an expression of Go's `regexp` package, or says why Go would not.
pub(super) fn compile(expression: &str) -> Result<Regex, String> {
    let chars: Vec<char> = expression.chars().collect();
    let rewritten =
        Parser { input: Input { chars: &chars, at: 0 }, ..Parser::default() }.parse()?;
    // The haystack is always UTF-8 (see `go_string`); matching bytes merely
    // lets `\B` mean what it means in Go.
    RegexBuilder::new(&rewritten).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "it is too large an expression".to_owned(),
        error => error.to_string(),
    })
}

/// What is left to read.
#[derive(Default)]
pub(super) struct Input<'a> {
    pub(super) chars: &'a [char],
    pub(super) at: usize,
}

impl Input<'_> {
    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.at += 1;
        Some(char)
    }

    /// Takes these characters if they come next.
    pub(super) fn take(&mut self, expected: &str) -> bool {
        let mut rest = self.chars.get(self.at..).unwrap_or_default().iter().copied();
        let found = expected.chars().all(|char| rest.next() == Some(char));
        if found {
            self.at += expected.chars().count();
        }
        found
    }
}

/// Reads Go's syntax and writes ours, piece by piece.
#[derive(Default)]
struct Parser<'a> {
    input: Input<'a>,
    out: String,
    /// Where in `out` the piece starts that a repetition would repeat.
    piece: Option<usize>,
    /// Whether that piece is a repetition, directly behind which none may stand.
    repeated: bool,
    /// Where in `out` the open groups start.
    groups: Vec<usize>,
}

impl Parser<'_> {
    fn parse(mut self) -> Result<String, String> {
        while let Some(char) = self.input.next() {
            let repetition = match char {
                '*' => Some((0, None)),
                '+' => Some((1, None)),
                '?' => Some((0, Some(1))),
                '{' => self.counts()?,
                _ => None,
            };
            if let Some(counts) = repetition {
                self.repeat(counts)?;
                continue;
            }
            self.repeated = false;
            self.piece(char)?;
        }
        if self.groups.is_empty() { Ok(self.out) } else { Err("a `(` is not closed".into()) }
    }

    fn piece(&mut self, char: char) -> Result<(), String> {
        match char {
            '^' => self.push("\\A"),
            '$' => self.push("\\z"),
            // Neither language lets a dot match a newline.
            '.' => self.push("."),
            '|' => {
                self.out.push('|');
                self.piece = None;
            }
            '(' if self.groups.len() == DEEPEST => return Err("too many `(` are open".into()),
            '(' => {
                self.groups.push(self.out.len());
                self.out.push_str("(?:");
                self.piece = None;
            }
            ')' => {
                let start = self.groups.pop().ok_or("a `)` closes nothing")?;
                self.out.push(')');
                self.piece = Some(start);
            }
            '[' => {
                let class = class::read(&mut self.input)?;
                self.push(&class);
            }
            '\\' => self.escape()?,
            _ => self.literal(char),
        }
        Ok(())
    }

    /// A backslash outside of a class.
    fn escape(&mut self) -> Result<(), String> {
        match self.input.peek() {
            Some('A') => self.push("\\A"),
            Some('z') => self.push("\\z"),
            Some('b') => self.push("(?-u:\\b)"),
            Some('B') => self.push("(?-u:\\B)"),
            Some('Q') => {
                self.input.next();
                while !self.input.take("\\E") {
                    let Some(char) = self.input.next() else { break };
                    self.literal(char);
                }
                return Ok(());
            }
            _ => {
                let mut class = Class::default();
                self.input.at -= 1;
                if class.escaped_set(&mut self.input)? {
                    self.push(&class.finish(false));
                } else {
                    self.input.next();
                    let char = class::escaped_char(&mut self.input)?;
                    match char::from_u32(char) {
                        Some(char) => self.literal(char),
                        // A surrogate, which no text holds.
                        None => self.push(&Class::default().finish(false)),
                    }
                }
                return Ok(());
            }
        }
        self.input.next();
        Ok(())
    }

    fn push(&mut self, piece: &str) {
        self.piece = Some(self.out.len());
        self.out.push_str(piece);
    }

    fn literal(&mut self, char: char) {
        self.piece = Some(self.out.len());
        if char.is_ascii_alphanumeric() || !char.is_ascii() {
            self.out.push(char);
        } else {
            class::push_code(&mut self.out, char.into());
        }
    }

    /// The counts behind a `{` that was just read; `None` where it is a literal.
    fn counts(&mut self) -> Result<Option<(u32, Option<u32>)>, String> {
        let start = self.input.at;
        let counts = self.read_counts();
        match counts {
            None => {
                self.input.at = start;
                Ok(None)
            }
            Some((least, most)) if least <= MOST_REPEATS => match most {
                Some(most) if most > MOST_REPEATS || most < least => Err(bad_counts()),
                _ => Ok(Some((least, most))),
            },
            Some(_) => Err(bad_counts()),
        }
    }

    fn read_counts(&mut self) -> Option<(u32, Option<u32>)> {
        let least = self.number()?;
        let most = if !self.input.take(",") {
            Some(least)
        } else if self.input.peek() == Some('}') {
            None
        } else {
            Some(self.number()?)
        };
        self.input.take("}").then_some((least, most))
    }

    /// A decimal without leading zeros; huge ones come out as too many.
    fn number(&mut self) -> Option<u32> {
        let start = self.input.at;
        let mut number = 0_u32;
        while let Some(digit) = self.input.peek().and_then(|char| char.to_digit(10)) {
            number = number.saturating_mul(10).saturating_add(digit);
            self.input.at += 1;
        }
        let length = self.input.at - start;
        let leading_zero = length > 1 && self.input.chars[start] == '0';
        (length > 0 && !leading_zero).then_some(number)
    }

    fn repeat(&mut self, (least, most): (u32, Option<u32>)) -> Result<(), String> {
        if self.repeated {
            return Err("a repetition stands directly behind another".into());
        }
        let start = self.piece.ok_or("a repetition has nothing to repeat")?;
        // `??` and its like prefer fewer, which does not change what matches.
        self.input.take("?");
        self.out.insert_str(start, "(?:");
        self.out.push(')');
        let most = most.map(|most| most.to_string()).unwrap_or_default();
        let _ = write!(self.out, "{{{least},{most}}}");
        self.repeated = true;
        Ok(())
    }
}

fn bad_counts() -> String {
    format!("a repetition must count upwards and to at most {MOST_REPEATS}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, matches: &[&str], differs: &[&str]) {
        let regex = compile(expression).unwrap();
        for text in matches {
            assert!(regex.is_match(text.as_bytes()), "`{expression}` should match {text:?}");
        }
        for text in differs {
            assert!(!regex.is_match(text.as_bytes()), "`{expression}` should not match {text:?}");
        }
    }

    #[test]
    fn go_and_rust_agree_on_the_common_part() {
        check("^(.*/)?[^/]*\\.py$", &["a.py", "b/a.py", "b/c/.py"], &["a.pyc", "apy", "a\nb/c.py"]);
        check("^a|b[^/]*$", &["a", "a/x/y", "xb", "x/bz"], &["c", "b/"]);
        check("^^x[^/]*$", &["x", "xy"], &["^x"]);
        check("^[^a-c]$", &["/", "d", "é", "\n"], &["a", "dd"]);
        check("^é[à-ü]$", &["éà", "éü"], &["éz"]);
        check("^-&~ #[a-d&&~~b-]$", &["-&~ #a", "-&~ #&", "-&~ #~", "-&~ #-"], &["-&~ #e"]);
    }

    #[test]
    fn braces_repeat_only_where_they_count() {
        check("^a{2}[^/]*$", &["aa", "aab"], &["a", "a{2}"]);
        check("^a{1,}b{0}$", &["a", "aaa"], &["", "ab"]);
        check("^a{,2}$", &["a{,2}"], &["a", "aa"]);
        check("^a{01}{x}{$", &["a{01}{x}{"], &["a"]);
        check("^{2}a$", &["a"], &["{2}a"]);
        for bad in [
            "^a{99999999999999999999}$",
            "^a{1001}$",
            "^a{2,1}$",
            "^a{2}{3}$",
            "^[^/]*{2}$",
            "^a|{2}$",
            "^(a$",
            "^a)$",
        ] {
            assert!(compile(bad).is_err(), "`{bad}` was accepted");
        }
    }

    #[test]
    fn escapes_are_gos() {
        check("^\\d\\w\\s$", &["1_ ", "2a\t"], &["٣a ", "1é ", "1a\u{b}", "1a\u{a0}"]);
        check("^\\D\\W\\S$", &["aéb"], &["1éb"]);
        check("^\\x41\\x{e9}\\101\\07$", &["Aé\u{41}\u{7}"], &[]);
        check("^\\Qa.[\\E.$", &["a.[x"], &["ab[x"]);
        check("^\\Q*$", &["*$"], &["*"]);
        check("^\\pL\\p{Greek}\\P{Lu}\\p{^Nd}$", &["éαax"], &["1αax", "éaax", "éαAx", "éαa1"]);
        check("^a\\bb$|^a\\b-\\B$", &["a-"], &["ab"]);
        check("^\\[\\-\\_\\#$", &["[-_#"], &[]);
        check("^\\x{d800}$", &[], &["\u{fffd}", ""]);
        for bad in
            ["\\q", "\\1", "\\8", "\\px", "\\p{Klingon}", "\\p{", "\\x{110000}", "\\é", "\\C"]
        {
            assert!(compile(bad).is_err(), "`{bad}` was accepted");
        }
    }

    #[test]
    fn classes_are_gos() {
        check("^[[:alpha:]_\\d]$", &["a", "_", "7"], &["é", "-"]);
        check("^[[:^alpha:]]$", &["é", "1"], &["a"]);
        check("^[\\w-]$", &["-", "z"], &["+"]);
        check("^[a[^/]*]$", &["[]", "a/^]"], &["b]", "]x"]);
        check("^[]a]$", &["]", "a"], &["b"]);
        check("^[\\pL]$", &["é"], &["1"]);
        check("^[\\]\\-]$", &["]", "-"], &["\\"]);
        check("^[^\\D]$", &["1"], &["a"]);
        for bad in ["[z-a]", "[a", "[[:alfa:]]", "[\\q]", "[\\px]", "[\\d-z"] {
            assert!(compile(bad).is_err(), "`{bad}` was accepted");
        }
    }

    #[test]
    fn size_is_bounded() {
        assert!(compile("^((a{1000}){1000}){1000}$").is_err());
        assert!(compile(&"(".repeat(100_000)).is_err());
    }
}
