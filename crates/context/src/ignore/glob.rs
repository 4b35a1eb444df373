//! A pattern as moby compiles it: one of four kinds of match.

/// How a pattern is matched, as moby/patternmatcher's `compile` decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MatchKind {
    /// The path is the pattern.
    Exact,
    /// `dir/**`: the path starts with the pattern less its two stars.
    Prefix,
    /// `**/name`: the path ends with the pattern less its two stars, or is what follows the slash.
    Suffix,
    /// Everything else: this regular expression in Go's syntax.
    Regexp(String),
}

/// Which characters are taken literally that a regular expression would not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escaping {
    /// Today's: `.`, `+`, `(`, `)` and `$`. (`|`, `{` and `}` stand in moby's list
    /// as well, but its bitmap is too small for them, so they keep their meaning.)
    Current,
    /// Engine 20.10's: `.` and `$`.
    Engine20,
}

impl Escaping {
    fn escapes(self, char: char) -> bool {
        match self {
            Self::Current => matches!(char, '.' | '+' | '(' | ')' | '$'),
            Self::Engine20 => matches!(char, '.' | '$'),
        }
    }
}

/// What Engine 20.10 makes of a pattern: always a regular expression.
pub(super) fn compile_engine20(pattern: &[u8]) -> MatchKind {
    MatchKind::Regexp(translate(pattern, Escaping::Engine20).1)
}

/// What today's matcher makes of a pattern.
pub(super) fn compile(pattern: &[u8]) -> MatchKind {
    let (shape, regexp) = translate(pattern, Escaping::Current);
    match shape {
        Shape::Exact => MatchKind::Exact,
        Shape::Prefix => MatchKind::Prefix,
        Shape::Suffix => MatchKind::Suffix,
        Shape::Regexp => MatchKind::Regexp(regexp),
    }
}

/// The kind of match found so far. Later characters may change it, and not
/// always to what one would expect: `**a|b` stays a suffix.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Exact,
    Prefix,
    Suffix,
    Regexp,
}

fn translate(pattern: &[u8], escaping: Escaping) -> (Shape, String) {
    let text = go_string(pattern);
    // Go's text/scanner, with which moby reads, drops a byte order mark in front.
    let mut chars = text.strip_prefix('\u{feff}').unwrap_or(&text).chars().peekable();
    let (mut shape, mut regexp) = (Shape::Exact, String::from("^"));
    let mut first = true;
    while let Some(char) = chars.next() {
        match char {
            '*' if chars.next_if_eq(&'*').is_some() => {
                chars.next_if_eq(&'/');
                if chars.peek().is_some() {
                    regexp.push_str("(.*/)?");
                    shape = Shape::Regexp;
                } else if shape == Shape::Exact {
                    regexp.push_str(".*");
                    shape = Shape::Prefix;
                } else {
                    regexp.push_str(".*");
                    shape = Shape::Regexp;
                }
                if first {
                    shape = Shape::Suffix;
                }
            }
            '*' => {
                regexp.push_str("[^/]*");
                shape = Shape::Regexp;
            }
            '?' => {
                regexp.push_str("[^/]");
                shape = Shape::Regexp;
            }
            '\\' => {
                regexp.push('\\');
                if let Some(next) = chars.next() {
                    regexp.push(next);
                    shape = Shape::Regexp;
                }
            }
            '[' | ']' => {
                regexp.push(char);
                shape = Shape::Regexp;
            }
            _ => {
                if escaping.escapes(char) {
                    regexp.push('\\');
                }
                regexp.push(char);
            }
        }
        first = false;
    }
    regexp.push('$');
    (shape, regexp)
}

/// Bytes as the characters that Go sees in them: each byte that is no part of
/// a UTF-8 character is U+FFFD by itself.
pub(super) fn go_string(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.into();
    }
    let mut text = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_mobys_kinds() {
        let regexp = |text: &str| MatchKind::Regexp(text.to_owned());
        for (pattern, expected) in [
            ("abc.def", MatchKind::Exact),
            ("a|b", MatchKind::Exact),
            ("dir/**", MatchKind::Prefix),
            ("**", MatchKind::Suffix),
            ("**/dir", MatchKind::Suffix),
            ("**file", MatchKind::Suffix),
            ("**{2}", MatchKind::Suffix),
            ("*", regexp("^[^/]*$")),
            ("a?b", regexp("^a[^/]b$")),
            ("a**", MatchKind::Prefix),
            ("a/**/b", regexp("^a/(.*/)?b$")),
            ("a***/b", regexp("^a(.*/)?[^/]*/b$")),
            ("*/**", regexp("^[^/]*/.*$")),
            ("**/*.py", regexp("^(.*/)?[^/]*\\.py$")),
            ("[.]+|{2}$(", regexp("^[\\.]\\+|{2}\\$\\($")),
            ("\\Qa\\E*", regexp("^\\Qa\\E[^/]*$")),
            ("\u{feff}a*", regexp("^a[^/]*$")),
        ] {
            assert_eq!(compile(pattern.as_bytes()), expected, "{pattern}");
        }
        assert_eq!(compile(b"\xff\xe9*"), regexp("^\u{fffd}\u{fffd}[^/]*$"));
        assert_eq!(compile_engine20(b"a+(b"), regexp("^a+(b$"));
        assert_eq!(compile_engine20(b"**"), regexp("^.*$"));
    }
}
