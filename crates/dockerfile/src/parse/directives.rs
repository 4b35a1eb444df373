//! Parser directives: `# syntax=…`, `# escape=…`, `# check=…` before everything else.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::SyntaxErrorKind;

/// The directives that BuildKit knows; any other name is a comment, and ends them.
const KNOWN: [&str; 3] = ["syntax", "escape", "check"];

/// A directive's parts, as offsets into its line.
pub(crate) struct Found {
    pub(crate) name: Range<usize>,
    pub(crate) value: Range<usize>,
}

/// Reads directives as long as there are any.
#[derive(Default)]
pub(crate) struct Directives {
    seen: BTreeSet<String>,
    done: bool,
}

impl Directives {
    /// Looks at the next line of the file, trimmed on the left.
    pub(crate) fn next(&mut self, line: &str) -> Result<Option<Found>, SyntaxErrorKind> {
        if self.done {
            return Ok(None);
        }
        let Some(found) = split(line) else {
            self.done = true;
            return Ok(None);
        };
        let name = line[found.name.clone()].to_ascii_lowercase();
        if !self.seen.insert(name.clone()) {
            return Err(SyntaxErrorKind::DuplicateDirective { name });
        }
        Ok(Some(found))
    }
}

/// The value of the `syntax` directive among those that `text` starts with.
pub(crate) fn syntax_directive(text: &str) -> Option<&str> {
    let mut directives = Directives::default();
    for line in text.lines() {
        let found = directives.next(line).ok()??;
        if line[found.name].eq_ignore_ascii_case("syntax") {
            return Some(&line[found.value]);
        }
    }
    None
}

/// `# name = value`.
fn split(line: &str) -> Option<Found> {
    let body = line.strip_prefix('#')?.trim_start();
    let start = line.len() - body.len();
    if !body.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let len = body.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(body.len());
    let name = &body[..len];
    if !KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return None;
    }
    let space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\x0c' | '\r');
    let rest = body[len..].trim_start_matches(space).strip_prefix('=')?;
    let value = rest.trim_matches(space);
    if value.is_empty() {
        return None;
    }
    let value_start = line.len() - rest.trim_start_matches(space).len();
    Some(Found { name: start..start + len, value: value_start..value_start + value.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_told_from_comments() {
        for (line, expected) in [
            ("# syntax=docker/dockerfile:1", Some(("syntax", "docker/dockerfile:1"))),
            ("#Escape = `  ", Some(("Escape", "`"))),
            ("# check=skip=all;error=true", Some(("check", "skip=all;error=true"))),
            ("# syntax", None),
            ("# syntax=", None),
            ("# other=x", None),
            ("# syn tax=x", None),
            ("syntax=x", None),
        ] {
            let found = split(line).map(|found| (&line[found.name], &line[found.value]));
            assert_eq!(found, expected, "{line}");
        }
    }

    #[test]
    fn a_comment_ends_them() {
        let mut directives = Directives::default();
        assert!(directives.next("# syntax=a").unwrap().is_some());
        assert!(directives.next("# a comment").unwrap().is_none());
        assert!(directives.next("# escape=`").unwrap().is_none());
    }
}
