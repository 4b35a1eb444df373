//! Words of `ENV`, `LABEL` and `ARG`: split at spaces outside quotes, quotes kept.

use std::ops::Range;

/// Where each word of `text` stands. A lone escape character at the very end is left out.
pub(crate) fn pair_words(text: &str, escape: char) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut word: Option<usize> = None;
    let mut quote: Option<char> = None;
    let mut end = 0;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if quote.is_none() && c.is_whitespace() {
            if let Some(start) = word.take() {
                words.push(start..end);
            }
            continue;
        }
        if word.is_none() {
            word = Some(at);
            end = at;
        }
        match quote {
            None if matches!(c, '\'' | '"') => quote = Some(c),
            Some(open) if c == open => quote = None,
            _ => {}
        }
        // Nothing escapes between single quotes. The quote that just closed cannot be an escape.
        if c == escape && quote != Some('\'') {
            match chars.next() {
                Some((next, escaped)) => end = next + escaped.len_utf8(),
                None => break,
            }
        } else {
            end = at + c.len_utf8();
        }
    }
    if let Some(start) = word
        && start < end
    {
        words.push(start..end);
    }
    words
}

/// Pieces between runs of the white space that ends words elsewhere: ASCII's.
pub(crate) fn space_words(text: &str) -> Vec<Range<usize>> {
    if text.is_empty() {
        return Vec::new();
    }
    let mut words = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while let Some((from, to)) = gap(text, at) {
        words.push(start..from);
        start = to;
        at = to;
    }
    words.push(start..text.len());
    words
}

/// The next run of white space from `at` on.
pub(crate) fn gap(text: &str, at: usize) -> Option<(usize, usize)> {
    let from = at + text[at..].find(is_gap)?;
    let to = text[from..].find(|c| !is_gap(c)).map_or(text.len(), |len| from + len);
    Some((from, to))
}

fn is_gap(c: char) -> bool {
    matches!(c, '\t' | '\x0b' | '\x0c' | '\r' | ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<&str> {
        pair_words(text, '\\').into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn quotes_and_escapes_keep_a_word_together() {
        for (text, expected) in [
            ("foo", &["foo"][..]),
            ("foo bar 'abc xyz'", &["foo", "bar", "'abc xyz'"]),
            ("a=\"b c\" d=e\\ f", &["a=\"b c\"", "d=e\\ f"]),
            ("a='x\\' b", &["a='x\\'", "b"]),
            ("a=\"x\\\"y\" b", &["a=\"x\\\"y\"", "b"]),
            ("a\\\"b c", &["a\\\"b", "c"]),
            ("a=\"unclosed b", &["a=\"unclosed b"]),
            ("a\\", &["a"]),
            ("\\", &[]),
            ("\"\" x", &["\"\"", "x"]),
            ("é=日 本", &["é=日", "本"]),
        ] {
            assert_eq!(pairs(text), expected, "{text}");
        }
    }

    #[test]
    fn only_ascii_space_splits_elsewhere() {
        let split = |text: &'static str| -> Vec<&str> {
            space_words(text).into_iter().map(|range| &text[range]).collect()
        };
        assert_eq!(split("a \t b"), ["a", "b"]);
        assert_eq!(split("a\u{a0}b"), ["a\u{a0}b"]);
        assert!(split("").is_empty());
    }
}
