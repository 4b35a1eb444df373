//! `--name=value` in front of an instruction's arguments.

use std::ops::Range;

use crate::SyntaxErrorKind;
use crate::model::Keyword;

/// A flag's text without quotes and escapes, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FlagText {
    pub(crate) text: String,
    pub(crate) range: Range<usize>,
}

/// Takes the flags off the start of `line`; gives them, and the offset of what is left.
///
/// BuildKit reads bytes here, not characters: a byte outside ASCII becomes the
/// Latin-1 character of its number, and the bytes 0x85 and 0xA0 are spaces. So
/// does this, or a flag would mean something else here than when it is built.
pub(crate) fn split(line: &str, escape: char) -> (Vec<FlagText>, usize) {
    let bytes = line.as_bytes();
    let mut flags = Vec::new();
    let mut at = 0;
    loop {
        while bytes.get(at).is_some_and(|&byte| is_space(byte)) {
            at += 1;
        }
        if !bytes[at..].starts_with(b"--") {
            return (flags, boundary(line, at));
        }
        let start = at;
        let (text, end) = word(bytes, at, escape);
        at = end;
        if text == "--" {
            return (flags, boundary(line, at));
        }
        let range = start..boundary(line, at);
        flags.push(FlagText { text, range });
    }
}

fn is_space(byte: u8) -> bool {
    char::from(byte).is_whitespace()
}

/// The next offset from `at` on that lies between two characters.
fn boundary(line: &str, mut at: usize) -> usize {
    while !line.is_char_boundary(at) {
        at += 1;
    }
    at
}

/// One word without its quotes and escapes, and the offset of the space behind it.
fn word(bytes: &[u8], mut at: usize, escape: char) -> (String, usize) {
    let mut text = String::new();
    let mut quote = None;
    while let Some(&byte) = bytes.get(at) {
        let c = char::from(byte);
        at += 1;
        match quote {
            None if c.is_whitespace() => return (text, at - 1),
            None if matches!(c, '\'' | '"') => quote = Some(c),
            Some(open) if c == open => quote = None,
            _ if c == escape => {
                if let Some(&escaped) = bytes.get(at) {
                    text.push(char::from(escaped));
                    at += 1;
                }
            }
            _ => text.push(c),
        }
    }
    (text, at)
}

/// What kind of value a flag has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Switch,
    Text,
    List,
}

/// The flags of `instruction`.
fn known(instruction: Keyword) -> &'static [(&'static str, Kind)] {
    use Kind::{List, Switch, Text};
    match instruction {
        Keyword::From => &[("platform", Text)],
        Keyword::Run => &[("mount", List), ("network", Text), ("security", Text), ("device", List)],
        Keyword::Copy => &[
            ("from", Text),
            ("chown", Text),
            ("chmod", Text),
            ("link", Switch),
            ("parents", Switch),
            ("exclude", List),
        ],
        Keyword::Add => &[
            ("chown", Text),
            ("chmod", Text),
            ("link", Switch),
            ("keep-git-dir", Switch),
            ("checksum", Text),
            ("unpack", Switch),
            ("exclude", List),
        ],
        Keyword::Healthcheck => &[
            ("interval", Text),
            ("timeout", Text),
            ("start-period", Text),
            ("start-interval", Text),
            ("retries", Text),
        ],
        _ => &[],
    }
}

/// Flags checked against what the instruction knows.
pub(crate) struct Flags<'a> {
    given: Vec<(&'static str, &'a str)>,
}

impl<'a> Flags<'a> {
    /// Checks `flags`; the first that is wrong is the error.
    pub(crate) fn check(
        instruction: Keyword,
        flags: &'a [FlagText],
    ) -> Result<Self, SyntaxErrorKind> {
        let mut given: Vec<(&'static str, &'a str)> = Vec::new();
        for flag in flags {
            let body = flag.text.strip_prefix("--").unwrap_or(&flag.text);
            let (name, value) = match body.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (body, None),
            };
            let Some(&(name, kind)) = known(instruction).iter().find(|known| known.0 == name)
            else {
                let flag = name.to_owned();
                return Err(SyntaxErrorKind::UnknownFlag {
                    instruction: instruction.as_str(),
                    flag,
                });
            };
            if kind != Kind::List && given.iter().any(|(other, _)| *other == name) {
                return Err(SyntaxErrorKind::DuplicateFlag { flag: name.to_owned() });
            }
            given.push((name, value_of(name, kind, value)?));
        }
        Ok(Self { given })
    }

    /// The value of a flag that may be given once; empty counts as absent, as in BuildKit.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.list(name).next().filter(|value| !value.is_empty())
    }

    /// Whether a switch is on; `None` where it is not given.
    pub(crate) fn switch(&self, name: &str) -> Option<bool> {
        self.list(name).next().map(|value| value == "true")
    }

    /// All values of a flag that may be given more than once.
    pub(crate) fn list(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.given.iter().filter(move |(given, _)| *given == name).map(|(_, value)| *value)
    }
}

fn value_of<'a>(
    name: &'static str,
    kind: Kind,
    value: Option<&'a str>,
) -> Result<&'a str, SyntaxErrorKind> {
    let missing = || SyntaxErrorKind::FlagValueMissing { flag: name.to_owned() };
    if kind != Kind::Switch {
        return value.ok_or_else(missing);
    }
    match value {
        None => Ok("true"),
        Some("") => Err(missing()),
        Some(value) if value.eq_ignore_ascii_case("true") => Ok("true"),
        Some(value) if value.eq_ignore_ascii_case("false") => Ok("false"),
        Some(value) => Err(SyntaxErrorKind::FlagValue {
            flag: name,
            value: value.to_owned(),
            expected: "`true` or `false`",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_taken_off_the_front() {
        for (line, flags, rest) in [
            ("a --b", &[][..], "a --b"),
            ("  --a --b=c d", &["--a", "--b=c"], "d"),
            ("--a=\"b c\" d", &["--a=b c"], "d"),
            ("--a=b\\ c d", &["--a=b c"], "d"),
            ("--a -- --b", &["--a"], " --b"),
            ("--a\\", &["--a"], ""),
            ("--", &[], ""),
            ("", &[], ""),
            ("-a", &[], "-a"),
            ("--a='x", &["--a=x"], ""),
            ("--é x", &["--Ã©"], "x"),
            ("--à x", &["--Ã"], "x"),
        ] {
            let (found, end) = split(line, '\\');
            let found: Vec<_> = found.iter().map(|flag| flag.text.as_str()).collect();
            assert_eq!((found.as_slice(), &line[end..]), (flags, rest), "{line}");
        }
    }

    #[test]
    fn hostile_bytes_do_not_split_characters() {
        for line in ["--x=\u{1800}y", "--\u{2005}\u{2005}", "--a \u{1800}"] {
            let (_, end) = split(line, '\\');
            assert!(line.is_char_boundary(end));
        }
    }
}
