//! One line of comma-separated values, as in `--mount`.

use std::ops::Range;

/// The fields of `text`, and where each stands; `None` where a quote is out of place.
pub(crate) fn fields(text: &str) -> Option<Vec<(String, Range<usize>)>> {
    if text.is_empty() {
        // No line at all, to a reader of lines.
        return None;
    }
    let mut fields = Vec::new();
    let mut at = 0;
    loop {
        let start = at;
        let field = if text[at..].starts_with('"') {
            let (field, end) = quoted(text, at)?;
            at = end;
            field
        } else {
            let len = text[at..].find(',').unwrap_or(text.len() - at);
            let field = &text[at..at + len];
            if field.contains('"') {
                return None;
            }
            at += len;
            field.to_owned()
        };
        fields.push((field, start..at));
        match text[at..].chars().next() {
            None => return Some(fields),
            Some(',') => at += 1,
            Some(_) => return None,
        }
    }
}

/// The quoted field that opens at `open`, and the offset behind it; `""` in it is one quote.
fn quoted(text: &str, open: usize) -> Option<(String, usize)> {
    let mut field = String::new();
    let mut at = open + 1;
    loop {
        let len = text[at..].find('"')?;
        field.push_str(&text[at..at + len]);
        at += len + 1;
        if !text[at..].starts_with('"') {
            return Some((field, at));
        }
        field.push('"');
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_split_at_commas_outside_quotes() {
        let read = |text: &str| {
            fields(text).map(|fields| fields.into_iter().map(|(f, _)| f).collect::<Vec<_>>())
        };
        assert_eq!(read("type=bind,ro").unwrap(), ["type=bind", "ro"]);
        assert_eq!(read("\"a,b\",\"c\"\"d\"").unwrap(), ["a,b", "c\"d"]);
        assert_eq!(read("a,,b,").unwrap(), ["a", "", "b", ""]);
        for text in ["", "a\"b", "\"a", "\"a\"b"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
