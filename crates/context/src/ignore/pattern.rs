//! One compiled pattern.

use std::sync::OnceLock;

use regex::bytes::Regex;

use super::file::{IgnoreError, IgnorePattern};
use super::glob::{self, MatchKind};
use super::matcher::Dialect;
use super::{go, regexp};
use crate::path::Shown;

/// A pattern ready to be matched. As in moby, its expression is compiled when a
/// path first needs it: most paths are told apart by their first or last
/// bytes, and a malformed expression that no path reaches is no error.
#[derive(Debug)]
pub(super) struct Pattern {
    /// The pattern without its `!`.
    text: Vec<u8>,
    /// Whether it takes back in (`!`).
    pub(super) exception: bool,
    /// How many components it has.
    pub(super) depth: usize,
    kind: MatchKind,
    regex: OnceLock<Result<Regex, String>>,
    /// What a path must start and end with, where that is certain.
    literal: Option<(Vec<u8>, Vec<u8>)>,
    /// Where it stands in the file.
    pub(super) source: IgnorePattern,
}

impl Pattern {
    /// Compiles a pattern; `None` where nothing is left of it.
    pub(super) fn new(
        source: &IgnorePattern,
        dialect: Dialect,
        file: &str,
    ) -> Result<Option<Self>, IgnoreError> {
        // moby trims and cleans again what its reader has cleaned. That shows:
        // `!../../x` becomes `x`, and stops being an exception.
        let trimmed = go::trim_space(&source.text);
        if trimmed.is_empty() {
            return Ok(None);
        }
        let mut text = go::clean(trimmed);
        let exception = text[0] == b'!';
        if exception {
            text.remove(0);
            if text.is_empty() {
                let IgnorePattern { line, column, .. } = *source;
                return Err(IgnoreError::LoneExclamation { file: file.to_owned(), line, column });
            }
        }
        if let Err(go::SyntaxError { offset, reason }) = go::check_syntax(&text) {
            let column = source.column_of(&text, offset);
            return Err(malformed(file, source, column, reason.to_owned()));
        }
        let kind = if dialect.is_engine20() {
            glob::compile_engine20(&text)
        } else {
            glob::compile(&text)
        };
        let literal = literal_ends(&text);
        let depth = memchr::memchr_iter(b'/', &text).count() + 1;
        let (source, regex) = (source.clone(), OnceLock::new());
        Ok(Some(Self { text, exception, depth, kind, regex, literal, source }))
    }

    /// The pattern without its `!`.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    pub(super) fn kind(&self) -> &MatchKind {
        &self.kind
    }

    /// Whether the pattern itself matches this path, whatever its parents do.
    pub(super) fn matches(&self, path: &[u8], file: &str) -> Result<bool, IgnoreError> {
        let text = &self.text[..];
        Ok(match &self.kind {
            MatchKind::Exact => path == text,
            MatchKind::Prefix => path.starts_with(&text[..text.len() - 2]),
            MatchKind::Suffix => {
                let suffix = &text[2..];
                path.ends_with(suffix) || suffix.strip_prefix(b"/") == Some(path)
            }
            MatchKind::Regexp(expression) => {
                // Only brackets can be malformed in a way that moby would report
                // whatever the path is; everything else may be told apart early.
                if !text.contains(&b'[') && !self.ends_fit(path) {
                    return Ok(false);
                }
                let compiled = self.regex.get_or_init(|| regexp::compile(expression));
                let regex = compiled.as_ref().map_err(|reason| {
                    malformed(file, &self.source, self.source.column, reason.clone())
                })?;
                self.ends_fit(path) && regex.is_match(glob::go_string(path).as_bytes())
            }
        })
    }

    fn ends_fit(&self, path: &[u8]) -> bool {
        let literal = self.literal.as_ref();
        literal.is_none_or(|(start, end)| path.starts_with(start) && path.ends_with(end))
    }

    /// Whether this pattern could match a path strictly below `directory`.
    /// It may say yes where the truth is no.
    pub(super) fn may_match_below(&self, directory: &[u8]) -> bool {
        let compatible = |start: &[u8]| {
            let common = start.len().min(directory.len() + 1);
            let (inside, slash) = (common.min(directory.len()), common > directory.len());
            start[..inside] == directory[..inside] && (!slash || start[inside] == b'/')
        };
        match &self.kind {
            MatchKind::Exact => self.text.len() > directory.len() && compatible(&self.text),
            MatchKind::Prefix => compatible(&self.text[..self.text.len() - 2]),
            MatchKind::Suffix => true,
            MatchKind::Regexp(_) => {
                let Some((start, _)) = &self.literal else { return true };
                let slashes = |text: &[u8]| memchr::memchr_iter(b'/', text).count();
                // Only `**` and classes match a slash that the pattern does not show.
                let any_depth =
                    self.text.contains(&b'[') || self.text.windows(2).any(|w| w == b"**");
                compatible(start) && (any_depth || slashes(&self.text) > slashes(directory))
            }
        }
    }
}

impl IgnorePattern {
    /// The column of a byte of the cleaned pattern, where cleaning has moved nothing before it.
    fn column_of(&self, cleaned: &[u8], offset: usize) -> u32 {
        let shift = self.written.len().checked_sub(cleaned.len());
        match shift.filter(|&shift| self.written[shift..] == *cleaned) {
            Some(shift) => self.column.saturating_add(u32::try_from(shift + offset).unwrap_or(0)),
            None => self.column,
        }
    }
}

fn malformed(file: &str, source: &IgnorePattern, column: u32, reason: String) -> IgnoreError {
    IgnoreError::Malformed {
        file: file.to_owned(),
        line: source.line,
        column,
        pattern: Shown(&source.written).to_string(),
        reason,
    }
}

/// The bytes before the first wildcard and after the last, where the rest of
/// the pattern cannot change what they mean.
fn literal_ends(text: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let odd = |byte: &u8| !byte.is_ascii() || b"\\|{}^()+$".contains(byte);
    if text.iter().any(odd) {
        return None;
    }
    let wildcard = |byte: &u8| b"*?[]".contains(byte);
    let start = &text[..text.iter().position(wildcard)?];
    let end = text.iter().rposition(wildcard)? + 1;
    // `a/**/b` matches `a/b` as well: the slash belongs to the stars.
    let after_stars = text[..end].ends_with(b"**");
    let end = if after_stars && text.get(end) == Some(&b'/') { end + 1 } else { end };
    Some((start.to_vec(), text[end..].to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        let source = IgnorePattern { text: text.into(), written: text.into(), line: 1, column: 1 };
        Pattern::new(&source, Dialect::Current, "f").unwrap().unwrap()
    }

    #[test]
    fn what_cannot_match_below_is_known() {
        for (text, directory, expected) in [
            ("src/pkg/b.py", "src", true),
            ("src/pkg/b.py", "src/pkg", true),
            ("src/pkg/b.py", "src/pk", false),
            ("src/pkg", "src/pkg", false),
            ("src/pkg", "other", false),
            ("*.py", "src", false),
            ("*/x", "src", true),
            ("*/x", "src/pkg", false),
            ("src/*/x", "src", true),
            ("src/*/x", "node_modules", false),
            ("src/**", "src/a/b", true),
            ("src/**", "s", false),
            ("**/x", "anything", true),
            ("a[^x]b", "a", true),
            ("a|b*", "c", true),
            ("ab*", "a", false),
            ("a*/b", "abc", true),
        ] {
            assert_eq!(pattern(text).may_match_below(directory.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn literal_ends_never_contradict_the_expression() {
        for (text, path) in [
            ("a/**/b", "a/b"),
            ("a/***/b", "a/x/b"),
            ("**/*.py", "a.py"),
            ("a*a", "aa"),
            ("[a]]", "a]"),
            ("x?", "xy"),
        ] {
            assert!(pattern(text).matches(path.as_bytes(), "f").unwrap(), "{text} {path}");
        }
    }
}
