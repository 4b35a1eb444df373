//! Patterns in `${NAME#…}`, `${NAME%…}` and `${NAME/…/…}`: `*`, `?` and escapes.

use regex::{NoExpand, Regex};

use super::expand::{LIMIT, WordErrorKind};

/// `value` without what `pattern` matches at its start; with a second `#` in front, as much as it can.
pub(super) fn trim_start(pattern: &str, value: &str) -> Result<String, WordErrorKind> {
    let (longest, pattern) = greedy(pattern, '#');
    cut(pattern, longest, value)
}

/// `value` without what `pattern` matches at its end; with a second `%` in front, as much as it can.
pub(super) fn trim_end(pattern: &str, value: &str) -> Result<String, WordErrorKind> {
    let (longest, pattern) = greedy(pattern, '%');
    // Found from the end: both reversed, the shortest match is the first one.
    let reversed: String = value.chars().rev().collect();
    let kept = cut(&reverse_pattern(pattern), longest, &reversed)?;
    Ok(kept.chars().rev().collect())
}

/// `value` with `replacement` for the first match of `pattern`, or for all.
pub(super) fn replace(
    pattern: &str,
    replacement: &str,
    all: bool,
    value: &str,
) -> Result<String, WordErrorKind> {
    let regex = Regex::new(&translate(pattern, true)?).map_err(|_| bad(pattern))?;
    let times = usize::from(!all);
    let replaced = regex.replacen(value, times, NoExpand(replacement)).into_owned();
    if replaced.len() > LIMIT { Err(WordErrorKind::TooLong) } else { Ok(replaced) }
}

/// Whether the operator was doubled, and the pattern without the second sign.
fn greedy(pattern: &str, sign: char) -> (bool, &str) {
    pattern.strip_prefix(sign).map_or((false, pattern), |rest| (true, rest))
}

fn cut(pattern: &str, longest: bool, value: &str) -> Result<String, WordErrorKind> {
    let regex = format!("^{}", translate(pattern, longest)?);
    let regex = Regex::new(&regex).map_err(|_| bad(pattern))?;
    Ok(regex.find(value).map_or(value, |found| &value[found.end()..]).to_owned())
}

fn bad(pattern: &str) -> WordErrorKind {
    WordErrorKind::Pattern { pattern: pattern.to_owned() }
}

/// `*` and `?` as a regular expression; there are no brackets.
fn translate(pattern: &str, greedy: bool) -> Result<String, WordErrorKind> {
    let mut regex = String::with_capacity(pattern.len() + 8);
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' => regex.push_str(if greedy { ".*" } else { ".*?" }),
            '?' => regex.push('.'),
            '\\' => match chars.peek() {
                Some('}' | '/') => {}
                Some(&next @ ('*' | '?' | '\\')) => {
                    chars.next();
                    regex.push_str(&regex::escape(next.encode_utf8(&mut [0; 4])));
                }
                _ => return Err(bad(pattern)),
            },
            c => regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    Ok(regex)
}

/// The pattern from its end, each escape still in front of what it escapes.
fn reverse_pattern(pattern: &str) -> String {
    let chars: Vec<char> = pattern.chars().collect();
    let mut pieces = Vec::with_capacity(chars.len());
    let mut at = 0;
    while at < chars.len() {
        let len = if chars[at] == '\\' && at + 1 < chars.len() { 2 } else { 1 };
        pieces.push(&chars[at..at + len]);
        at += len;
    }
    pieces.into_iter().rev().flatten().collect()
}
