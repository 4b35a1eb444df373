//! Debian's control format (deb822): paragraphs of `Name: value` fields.

use memchr::memchr;

/// The fields of one paragraph, in order: each name with its value, trimmed. A value that goes on
/// over several lines keeps its line breaks and the indentation of the later ones.
///
/// Lines that are neither a field nor the continuation of one are passed over, as they cannot
/// change the meaning of a field; what a caller needs and does not find is its error.
pub(crate) fn fields(paragraph: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = paragraph;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let (field, tail) = rest.split_at(end_of_field(rest));
            rest = tail;
            if !field.starts_with([' ', '\t', '\n'])
                && let Some((name, value)) = field.split_once(':')
            {
                return Some((name, value.trim()));
            }
        }
    })
}

/// The value of one field; the first, where a name is repeated. Names are compared without case.
pub(crate) fn field<'a>(paragraph: &'a str, name: &str) -> Option<&'a str> {
    fields(paragraph).find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Where the first field of `text` and its continuation lines end.
fn end_of_field(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut end = 0;
    while let Some(newline) = memchr(b'\n', &bytes[end..]) {
        end += newline + 1;
        if !matches!(bytes.get(end), Some(b' ' | b'\t')) {
            return end;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_goes_on_over_indented_lines() {
        let text = "Package: a\nDescription: short\n long\n\tlonger\nEmpty:\nSize:  7 \n";
        assert_eq!(
            fields(text).collect::<Vec<_>>(),
            [
                ("Package", "a"),
                ("Description", "short\n long\n\tlonger"),
                ("Empty", ""),
                ("Size", "7")
            ]
        );
        assert_eq!(field(text, "size"), Some("7"));
        assert_eq!(field(text, "long"), None);
    }

    #[test]
    fn a_list_starts_on_its_own_line() {
        assert_eq!(field("SHA256:\n aa 1 x\n bb 2 y", "SHA256"), Some("aa 1 x\n bb 2 y"));
    }

    #[test]
    fn noise_is_no_field() {
        assert_eq!(fields(" indented: no\nno colon\nA: b").collect::<Vec<_>>(), [("A", "b")]);
    }
}
