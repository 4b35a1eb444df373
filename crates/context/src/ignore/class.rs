//! Character classes and escapes of Go's regular expressions.

use std::fmt::Write as _;

use regex::bytes::Regex;

use super::regexp::Input;

/// The POSIX classes that both languages know, all of them ASCII.
const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// Reads the class behind a `[` that was just read, and writes it for `regex`.
pub(super) fn read(input: &mut Input<'_>) -> Result<String, String> {
    let negated = input.take("^");
    let mut class = Class::default();
    let mut first = true;
    // A `]` in front is a member. (Go's syntax check of patterns refuses it
    // earlier, but it arises where a star stands in a class.)
    while first || input.peek() != Some(']') {
        first = false;
        if class.posix(input)? || class.escaped_set(input)? {
            continue;
        }
        let low = member(input)?;
        let ranged = input.peek() == Some('-')
            && input.chars.get(input.at + 1).is_some_and(|&next| next != ']');
        let high = if ranged {
            input.next();
            member(input)?
        } else {
            low
        };
        if high < low {
            return Err("a range in brackets runs backwards".into());
        }
        class.range(low, high);
    }
    input.next();
    Ok(class.finish(negated))
}

fn member(input: &mut Input<'_>) -> Result<u32, String> {
    match input.peek() {
        None => Err("a bracket is not closed".into()),
        Some('\\') => {
            input.next();
            escaped_char(input)
        }
        Some(char) => {
            input.next();
            Ok(char.into())
        }
    }
}

/// A class under construction, in the words of `regex`.
#[derive(Default)]
pub(super) struct Class {
    members: String,
}

impl Class {
    /// Adds a range. What no text can hold, the surrogates, is left out.
    fn range(&mut self, low: u32, high: u32) {
        for (first, last) in [(low, high.min(0xd7ff)), (low.max(0xe000), high)] {
            if first <= last {
                push_code(&mut self.members, first);
                self.members.push('-');
                push_code(&mut self.members, last);
            }
        }
    }

    /// `[:alpha:]`, if that comes next.
    fn posix(&mut self, input: &mut Input<'_>) -> Result<bool, String> {
        let rest = input.chars.get(input.at..).unwrap_or_default();
        let ['[', ':', rest @ ..] = rest else {
            return Ok(false);
        };
        let Some(length) = rest.windows(2).position(|pair| pair == [':', ']']) else {
            return Ok(false);
        };
        let name: String = rest[..length].iter().collect();
        if !POSIX.contains(&name.strip_prefix('^').unwrap_or(&name)) {
            return Err(format!("there is no class `[:{name}:]`"));
        }
        let _ = write!(self.members, "[:{name}:]");
        input.at += length + 4;
        Ok(true)
    }

    /// The set that an escape names, such as `\d` or `\pL`, if that comes next.
    pub(super) fn escaped_set(&mut self, input: &mut Input<'_>) -> Result<bool, String> {
        let start = input.at;
        if !input.take("\\") {
            return Ok(false);
        }
        let set = match input.next() {
            Some('d') => "0-9".to_owned(),
            Some('D') => "[^0-9]".to_owned(),
            Some('s') => "\\t\\n\\f\\r\\x20".to_owned(),
            Some('S') => "[^\\t\\n\\f\\r\\x20]".to_owned(),
            Some('w') => "0-9A-Za-z_".to_owned(),
            Some('W') => "[^0-9A-Za-z_]".to_owned(),
            Some(kind @ ('p' | 'P')) => unicode_set(input, kind)?,
            _ => {
                input.at = start;
                return Ok(false);
            }
        };
        self.members.push_str(&set);
        Ok(true)
    }

    /// The class as `regex` reads it. One without members matches nothing.
    pub(super) fn finish(self, negated: bool) -> String {
        let sign = if negated { "^" } else { "" };
        if self.members.is_empty() {
            let all = if negated { "" } else { "^" };
            return format!("[{all}\\x00-\\x{{10FFFF}}]");
        }
        format!("[{sign}{}]", self.members)
    }
}

/// Reads what follows `\p` or `\P`: one letter, or a name in braces.
///
/// Names are those of general categories and scripts. As in Go since 1.25,
/// case, spaces, hyphens and underscores in them do not count.
fn unicode_set(input: &mut Input<'_>, kind: char) -> Result<String, String> {
    let name: String = match input.next() {
        Some('{') => {
            let rest = input.chars.get(input.at..).unwrap_or_default();
            let length =
                rest.iter().position(|&char| char == '}').ok_or("a `\\p{` is not closed")?;
            input.at += length + 1;
            rest[..length].iter().collect()
        }
        Some(letter) => letter.into(),
        None => return Err("nothing follows `\\p`".into()),
    };
    let (negated, bare) = match name.strip_prefix('^') {
        Some(bare) => (kind == 'p', bare),
        None => (kind == 'P', name.as_str()),
    };
    let letter = if negated { 'P' } else { 'p' };
    if bare.eq_ignore_ascii_case("any") {
        return Ok(format!("\\{letter}{{any}}"));
    }
    let spelled = bare.chars().all(|char| char.is_ascii_alphanumeric() || "_ -".contains(char));
    ["gc", "sc"]
        .iter()
        .map(|property| format!("\\{letter}{{{property}={bare}}}"))
        .find(|set| spelled && !bare.is_empty() && Regex::new(set).is_ok())
        .ok_or_else(|| format!("there is no Unicode class `{name}`"))
}

/// Reads the character behind a backslash that was just read.
pub(super) fn escaped_char(input: &mut Input<'_>) -> Result<u32, String> {
    let unknown = |char: char| Err(format!("`\\{char}` is no escape"));
    let Some(char) = input.next() else {
        return Err("nothing follows the backslash".into());
    };
    let code = match char {
        '0'..='7' => {
            let next_is_octal = input.peek().is_some_and(|next| next.is_digit(8));
            if char != '0' && !next_is_octal {
                // It would refer back to a group, which neither language can.
                return unknown(char);
            }
            octal(input, char)
        }
        'x' => return hex(input).ok_or_else(|| "`\\x` is not followed by a code".to_owned()),
        'a' => 7,
        't' => 9,
        'n' => 10,
        'v' => 11,
        'f' => 12,
        'r' => 13,
        _ if char.is_ascii() && !char.is_ascii_alphanumeric() => char.into(),
        _ => return unknown(char),
    };
    Ok(code)
}

/// Up to three octal digits, of which the first was read.
fn octal(input: &mut Input<'_>, first: char) -> u32 {
    let mut code = first.to_digit(8).unwrap_or_default();
    for _ in 0..2 {
        let Some(digit) = input.peek().and_then(|char| char.to_digit(8)) else { break };
        code = code * 8 + digit;
        input.next();
    }
    code
}

/// Two hex digits, or any number of them in braces.
fn hex(input: &mut Input<'_>) -> Option<u32> {
    if !input.take("{") {
        let high = input.next()?.to_digit(16)?;
        return Some(high * 16 + input.next()?.to_digit(16)?);
    }
    let mut code = input.next()?.to_digit(16)?;
    loop {
        match input.next()? {
            '}' => return Some(code),
            digit => code = code * 16 + digit.to_digit(16)?,
        }
        if code > u32::from(char::MAX) {
            return None;
        }
    }
}

/// Writes a character by its code, which `regex` cannot misread.
pub(super) fn push_code(out: &mut String, code: u32) {
    let _ = write!(out, "\\x{{{code:x}}}");
}
