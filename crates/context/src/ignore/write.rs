//! Writing patterns.

use super::glob::go_string;
use crate::path::RelPath;

/// The pattern that matches a path and nothing else (but for characters that no pattern can
/// name, such as a newline: those are written `?`).
pub fn pattern_for(path: &RelPath) -> String {
    let text = go_string(path.as_bytes());
    let mut pattern = String::with_capacity(text.len() + 2);
    let last = text.chars().count() - 1;
    for (index, char) in text.chars().enumerate() {
        let at_edge = index == 0 || index == last;
        match char {
            // What is no UTF-8 was replaced, and space at the edges would be cut off.
            char::REPLACEMENT_CHARACTER | '\u{feff}' => pattern.push('?'),
            char if char.is_control() || (at_edge && char.is_whitespace()) => pattern.push('?'),
            '*' | '?' | '[' | ']' | '\\' | '^' | '|' | '{' | '}' => pattern.extend(['\\', char]),
            '!' | '#' if index == 0 => pattern.extend(['\\', char]),
            char => pattern.push(char),
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ignore::{Dialect, IgnoreFile, Matcher};

    proptest! {
        #[test]
        fn a_path_is_matched_by_its_own_pattern(
            path in prop_oneof!["[a-c!#*?\\[\\]\\\\^|{}+.$() \t\n\u{feff}é-]{1,8}(/[a-c* !]{1,4})?", "\\PC{1,6}"],
            other in "[a-c]{1,8}",
        ) {
            let Ok(path) = RelPath::new(path) else { return Ok(()) };
            let ignore = IgnoreFile::parse(pattern_for(&path), "f").unwrap();
            let matcher = Matcher::new(&ignore, Dialect::Current).unwrap();
            prop_assert!(matcher.matches(path.as_bytes()).unwrap(), "{path} {}", pattern_for(&path));
            let has_wild = path.as_bytes().iter().any(|byte| b" \t\n\xef".contains(byte));
            if !has_wild && other.as_bytes() != path.as_bytes() {
                prop_assert!(!matcher.matches(other.as_bytes()).unwrap());
            }
        }
    }

    #[test]
    fn bytes_that_are_no_text_match_as_well() {
        let path = RelPath::new(b"caf\xe9\xff/x").unwrap();
        let ignore = IgnoreFile::parse(pattern_for(&path), "f").unwrap();
        assert!(Matcher::new(&ignore, Dialect::Current).unwrap().matches(path.as_bytes()).unwrap());
    }
}
