//! JSON arrays of strings, as Go's `encoding/json` reads them.

use std::ops::Range;

/// What a text that may be a JSON array is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Array {
    /// An array of strings: each decoded, and where it stands with its quotes.
    Strings(Vec<(String, Range<usize>)>),
    /// An array that holds other things too.
    Mixed,
    /// No JSON array: the shell's.
    No,
}

/// Reads `text`, which may have white space around the array but nothing else.
pub(crate) fn array(text: &str) -> Array {
    let body = text.trim_start();
    if !body.starts_with('[') {
        return Array::No;
    }
    if let Some(strings) = strings(text, text.len() - body.len()) {
        return Array::Strings(strings);
    }
    // Only where all of it is JSON is it taken for an array that holds the wrong things.
    match serde_json::from_str::<Vec<serde::de::IgnoredAny>>(body) {
        Ok(_) => Array::Mixed,
        Err(_) => Array::No,
    }
}

/// The strings of the array that opens at `open`, if it is one of strings alone.
fn strings(text: &str, open: usize) -> Option<Vec<(String, Range<usize>)>> {
    let bytes = text.as_bytes();
    let mut at = skip(bytes, open + 1);
    let mut found = Vec::new();
    if bytes.get(at) == Some(&b']') {
        return ends(bytes, at + 1).then_some(found);
    }
    loop {
        let (string, end) = string(text, at)?;
        found.push((string, at..end));
        at = skip(bytes, end);
        match bytes.get(at)? {
            b',' => at = skip(bytes, at + 1),
            b']' => return ends(bytes, at + 1).then_some(found),
            _ => return None,
        }
    }
}

fn ends(bytes: &[u8], at: usize) -> bool {
    skip(bytes, at) == bytes.len()
}

/// The first byte from `at` on that is no white space of JSON.
fn skip(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
        at += 1;
    }
    at
}

/// The string that opens at `at`, decoded, and the offset behind it.
fn string(text: &str, at: usize) -> Option<(String, usize)> {
    let mut decoded = String::new();
    let mut rest = text.get(at..)?.strip_prefix('"')?;
    loop {
        let stop = rest.find(|c: char| c == '"' || c == '\\' || c < ' ')?;
        decoded.push_str(&rest[..stop]);
        let tail = &rest[stop..];
        if let Some(tail) = tail.strip_prefix('"') {
            return Some((decoded, text.len() - tail.len()));
        }
        rest = escape(tail.strip_prefix('\\')?, &mut decoded)?;
    }
}

/// Decodes the escape whose backslash is already taken, and gives what follows it.
fn escape<'a>(rest: &'a str, decoded: &mut String) -> Option<&'a str> {
    let c = rest.chars().next()?;
    let rest = &rest[c.len_utf8()..];
    decoded.push(match c {
        '"' | '\\' | '/' => c,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode(rest, decoded),
        _ => return None,
    });
    Some(rest)
}

/// `XXXX`, or the two halves of a surrogate pair; a half alone becomes U+FFFD, as in Go.
fn unicode<'a>(rest: &'a str, decoded: &mut String) -> Option<&'a str> {
    let unit = |text: &str| {
        let digits = text.get(..4)?;
        let hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        hex.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    };
    let first = unit(rest)?;
    let rest = &rest[4..];
    if let Some(c) = char::from_u32(first) {
        decoded.push(c);
        return Some(rest);
    }
    let second = rest.strip_prefix("\\u").and_then(|tail| Some((unit(tail)?, &tail[4..])));
    if let Some((second @ 0xdc00..=0xdfff, tail)) = second
        && first < 0xdc00
    {
        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        decoded.push(char::from_u32(code)?);
        return Some(tail);
    }
    decoded.push(char::REPLACEMENT_CHARACTER);
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vec<String>> {
        match array(text) {
            Array::Strings(strings) => {
                for (_, range) in &strings {
                    assert!(
                        text[range.clone()].starts_with('"') && text[range.clone()].ends_with('"')
                    );
                }
                Some(strings.into_iter().map(|(string, _)| string).collect())
            }
            _ => None,
        }
    }

    #[test]
    fn arrays_of_strings_are_decoded() {
        let strings = |strings: &[&str]| Some(strings.iter().map(|&s| s.to_owned()).collect());
        assert_eq!(read("[]"), Some(vec![]));
        assert_eq!(read("\t[\t\"a\",\t\"b\"\t]\t"), strings(&["a", "b"]));
        assert_eq!(read(r#"["\"\\\/\b\f\n\r\t\u00e9"]"#), strings(&["\"\\/\u{8}\u{c}\n\r\té"]));
        assert_eq!(
            read(r#"["\ud83d\ude00", "\ud83d", "\ude00x"]"#),
            strings(&["😀", "\u{fffd}", "\u{fffd}x"])
        );
    }

    #[test]
    fn what_is_none_belongs_to_the_shell() {
        for text in [
            "",
            "a",
            "[",
            "[a]",
            "['a']",
            r#"["a"] x"#,
            r#"["a",]"#,
            r#"["a" "b"]"#,
            "[\"\t\"]",
            r#"["\x"]"#,
            r#"["\u12"]"#,
            r#"["é\u+123"]"#,
        ] {
            assert_eq!(array(text), Array::No, "{text}");
        }
        for text in [r#"["a", 1]"#, "[[]]", "[null]", r#"[{"a": "b"}]"#, "[true]"] {
            assert_eq!(array(text), Array::Mixed, "{text}");
        }
    }
}
