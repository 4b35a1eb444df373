//! From the text of a requirements file to its logical lines: continuations joined, comments cut,
//! variables expanded, with Python's idea of what a line and a space is.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// A logical line: its text, without white space around it, and the number of its first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    pub(crate) number: u32,
    pub(crate) text: Cow<'a, str>,
    /// Whether a `\` at the end of some line was followed by white space, and so joined nothing.
    pub(crate) failed_continuation: bool,
}

/// Python's `str.isspace` for one character: Unicode's white space, and four separators.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

/// All logical lines that are not empty.
pub(crate) fn logical_lines<'a>(
    text: &'a str,
    environment: &BTreeMap<String, String>,
) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    let mut joined: Option<(u32, String)> = None;
    let mut emit = |number, text: Cow<'a, str>| {
        let text = trimmed(without_comment(text));
        if !text.is_empty() {
            let failed_continuation = text.ends_with('\\');
            lines.push(Line { number, text: expanded(text, environment), failed_continuation });
        }
    };
    for (line, number) in physical_lines(text).zip(1..) {
        let is_comment = line.trim_start_matches(is_space).starts_with('#');
        if line.ends_with('\\') && !is_comment {
            let part = line.trim_matches('\\');
            joined.get_or_insert_with(|| (number, String::new())).1.push_str(part);
            continue;
        }
        match joined.take() {
            Some((first, mut whole)) => {
                // A comment ends a continuation; without the space its `#` might touch the text.
                whole.push_str(if is_comment { " " } else { "" });
                whole.push_str(line);
                emit(first, whole.into());
            }
            None => emit(number, line.into()),
        }
    }
    if let Some((first, whole)) = joined {
        emit(first, whole.into());
    }
    lines
}

/// Splits where Python's `str.splitlines` does.
fn physical_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (line, after) = match line_break(rest.as_bytes()) {
            Some((at, len)) => (&rest[..at], &rest[at + len..]),
            None => (rest, ""),
        };
        rest = after;
        Some(line)
    })
}

/// The first line break: where, and of how many bytes.
fn line_break(bytes: &[u8]) -> Option<(usize, usize)> {
    bytes.iter().enumerate().find_map(|(at, byte)| {
        let len = match (byte, &bytes[at + 1..]) {
            (b'\r', [b'\n', ..]) | (0xC2, [0x85, ..]) => 2,
            (b'\n' | b'\r' | 0x0B | 0x0C | 0x1C..=0x1E, _) => 1,
            (0xE2, [0x80, 0xA8 | 0xA9, ..]) => 3,
            _ => return None,
        };
        Some((at, len))
    })
}

/// Cuts at a `#` that begins the line or follows white space.
fn without_comment(line: Cow<'_, str>) -> Cow<'_, str> {
    let start = memchr::memchr_iter(b'#', line.as_bytes())
        .find(|at| line[..*at].chars().next_back().is_none_or(is_space));
    match (start, line) {
        (None, line) => line,
        (Some(at), Cow::Borrowed(line)) => Cow::Borrowed(&line[..at]),
        (Some(at), Cow::Owned(mut line)) => {
            line.truncate(at);
            Cow::Owned(line)
        }
    }
}

fn trimmed(line: Cow<'_, str>) -> Cow<'_, str> {
    match line {
        Cow::Borrowed(line) => Cow::Borrowed(line.trim_matches(is_space)),
        Cow::Owned(line) => Cow::Owned(line.trim_matches(is_space).to_owned()),
    }
}

/// Replaces each `${NAME}` of capitals, digits and underscores that has a value. Unknown ones
/// stay, as with pip.
fn expanded<'a>(line: Cow<'a, str>, environment: &BTreeMap<String, String>) -> Cow<'a, str> {
    if environment.is_empty() || !line.contains("${") {
        return line;
    }
    let mut result = String::with_capacity(line.len());
    let mut rest = &line[..];
    while let Some(start) = rest.find("${") {
        let name_and_rest = &rest[start + 2..];
        let end = name_and_rest
            .find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))
            .unwrap_or(name_and_rest.len());
        let value = name_and_rest[end..]
            .starts_with('}')
            .then(|| environment.get(&name_and_rest[..end]))
            .flatten()
            .filter(|value| !value.is_empty());
        if let Some(value) = value {
            result.push_str(&rest[..start]);
            result.push_str(value);
            rest = &name_and_rest[end + 1..];
        } else {
            result.push_str(&rest[..start + 2]);
            rest = name_and_rest;
        }
    }
    result.push_str(rest);
    result.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(u32, String)> {
        logical_lines(text, &BTreeMap::new())
            .into_iter()
            .map(|line| (line.number, line.text.into_owned()))
            .collect()
    }

    #[test]
    fn lines_are_joined_and_cut_as_pip_does() {
        let cases: [(&str, &[(u32, &str)]); 9] = [
            ("a \\\n b\nc", &[(1, "a  b"), (3, "c")]),
            ("a \\\n# c\nb", &[(1, "a"), (3, "b")]),
            ("# c \\\na", &[(2, "a")]),
            ("a \\ \nb", &[(1, "a \\"), (2, "b")]),
            ("a#b # c", &[(1, "a#b")]),
            ("a \\", &[(1, "a")]),
            (
                "a\r\nb\rc\u{2028}d\x0ce\u{85}f",
                &[(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e"), (6, "f")],
            ),
            ("\n\n\u{a0}a\u{a0}#x\n", &[(3, "a")]),
            ("a\\\nb", &[(1, "ab")]),
        ];
        for (text, expected) in cases {
            let expected: Vec<_> = expected.iter().map(|(n, t)| (*n, (*t).to_owned())).collect();
            assert_eq!(lines(text), expected, "{text:?}");
        }
    }

    #[test]
    fn only_known_capitals_expand() {
        let environment = BTreeMap::from(
            [("TOKEN", "x"), ("lower", "y"), ("EMPTY", "")].map(|(k, v)| (k.into(), v.into())),
        );
        let line =
            expanded("${TOKEN} $TOKEN ${lower} ${EMPTY} ${NOPE} ${TOKEN} ${".into(), &environment);
        assert_eq!(line, "x $TOKEN ${lower} ${EMPTY} ${NOPE} x ${");
    }
}
