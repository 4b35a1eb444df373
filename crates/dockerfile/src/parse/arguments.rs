//! Arguments, each instruction's own way.

use std::ops::Range;

use super::json::{Array, array};
use super::words::{gap, pair_words, space_words};
use crate::SyntaxErrorKind;
use crate::model::Keyword;
use crate::syntax::Form;

/// Arguments as text, and where each stands in the text they were read from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) form: Form,
    pub(crate) list: Vec<(String, Range<usize>)>,
}

impl Arguments {
    fn empty() -> Self {
        Self { form: Form::Empty, list: Vec::new() }
    }

    fn ranges(form: Form, text: &str, ranges: Vec<Range<usize>>) -> Self {
        let list =
            ranges.into_iter().map(|range| (text[range.clone()].to_owned(), range)).collect();
        Self { form, list }
    }
}

/// Reads `text`, which is trimmed and has no flags in front.
pub(crate) fn arguments(
    keyword: Option<Keyword>,
    text: &str,
    escape: char,
) -> Result<Arguments, SyntaxErrorKind> {
    let Some(keyword) = keyword else {
        return Ok(Arguments { form: Form::Text, list: vec![(String::new(), 0..0)] });
    };
    if text.is_empty() {
        return Ok(Arguments::empty());
    }
    match keyword {
        Keyword::Env | Keyword::Label => pairs(keyword.as_str(), text, escape),
        Keyword::Arg => Ok(Arguments::ranges(Form::Words, text, pair_words(text, escape))),
        Keyword::Expose | Keyword::From => {
            Ok(Arguments::ranges(Form::Words, text, space_words(text)))
        }
        Keyword::Maintainer | Keyword::StopSignal | Keyword::User | Keyword::Workdir => {
            Ok(whole(text))
        }
        Keyword::Cmd | Keyword::Entrypoint | Keyword::Run | Keyword::Shell => {
            json(text, 0).map(|list| list.unwrap_or_else(|| whole(text)))
        }
        Keyword::Add | Keyword::Copy | Keyword::Volume => json(text, 0).map(|list| {
            list.unwrap_or_else(|| Arguments::ranges(Form::Words, text, space_words(text)))
        }),
        Keyword::Healthcheck => healthcheck(text),
        // The caller takes the instruction behind it apart.
        Keyword::Onbuild => Ok(Arguments { form: Form::Instruction, list: Vec::new() }),
    }
}

fn whole(text: &str) -> Arguments {
    Arguments::ranges(Form::Text, text, std::iter::once(0..text.len()).collect())
}

/// The JSON array that starts at `start`, if that is one.
fn json(text: &str, start: usize) -> Result<Option<Arguments>, SyntaxErrorKind> {
    match array(&text[start..]) {
        Array::Mixed => Err(SyntaxErrorKind::NotStrings),
        Array::No => Ok(None),
        Array::Strings(list) => {
            let list = list
                .into_iter()
                .map(|(string, range)| (string, range.start + start..range.end + start))
                .collect();
            Ok(Some(Arguments { form: Form::Json, list }))
        }
    }
}

/// `CMD` or `NONE`, then a command line.
///
/// BuildKit looks at bytes here, and takes two of them for spaces that are none in UTF-8: it may
/// cut a character in half.
fn healthcheck(text: &str) -> Result<Arguments, SyntaxErrorKind> {
    let space = |byte: u8| char::from(byte).is_whitespace();
    let bytes = text.as_bytes();
    let kind = bytes.iter().position(|&byte| space(byte)).unwrap_or(bytes.len());
    let start = bytes[kind..].iter().position(|&byte| !space(byte));
    let start = start.map_or(bytes.len(), |len| kind + len);
    let piece = |range: Range<usize>| {
        let piece = String::from_utf8_lossy(&bytes[range.clone()]).into_owned();
        (piece, text.floor_char_boundary(range.start)..text.ceil_char_boundary(range.end))
    };
    let array = if text.is_char_boundary(start) { json(text, start)? } else { None };
    let mut arguments = array.unwrap_or_else(|| Arguments {
        form: Form::Text,
        list: (start < bytes.len()).then(|| piece(start..bytes.len())).into_iter().collect(),
    });
    arguments.list.insert(0, piece(0..kind));
    Ok(arguments)
}

fn pairs(
    instruction: &'static str,
    text: &str,
    escape: char,
) -> Result<Arguments, SyntaxErrorKind> {
    let words = pair_words(text, escape);
    let Some(first) = words.first() else {
        return Ok(Arguments::empty());
    };
    let mut list = Vec::with_capacity(words.len() * 3);
    let mut add = |key: Range<usize>, value: Range<usize>, sign: &str| {
        list.push((text[key.clone()].to_owned(), key.clone()));
        list.push((text[value.clone()].to_owned(), value));
        list.push((sign.to_owned(), key.end..key.end + sign.len()));
    };
    if !text[first.clone()].contains('=') {
        let (end, start) = gap(text, 0).ok_or(SyntaxErrorKind::ValueMissing { instruction })?;
        add(0..end, start..text.len(), "");
        return Ok(Arguments { form: Form::Pairs, list });
    }
    for word in words {
        let Some(sign) = text[word.clone()].find('=') else {
            return Err(SyntaxErrorKind::EqualsMissing { word: text[word].to_owned() });
        };
        let sign = word.start + sign;
        add(word.start..sign, sign + 1..word.end, "=");
    }
    Ok(Arguments { form: Form::Pairs, list })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(keyword: Keyword, text: &str) -> Result<Vec<String>, SyntaxErrorKind> {
        let arguments = arguments(Some(keyword), text, '\\')?;
        Ok(arguments.list.into_iter().map(|(text, _)| text).collect())
    }

    #[test]
    fn pairs_come_in_two_forms() {
        assert_eq!(read(Keyword::Env, "A b  c").unwrap(), ["A", "b  c", ""]);
        assert_eq!(
            read(Keyword::Env, "A=b C=\"d e\"").unwrap(),
            ["A", "b", "=", "C", "\"d e\"", "="]
        );
        assert_eq!(read(Keyword::Label, "\"g h\"=i").unwrap(), ["\"g h\"", "i", "="]);
        let error = read(Keyword::Env, "A").unwrap_err();
        assert_eq!(error, SyntaxErrorKind::ValueMissing { instruction: "ENV" });
        let error = read(Keyword::Env, "A=b c").unwrap_err();
        assert_eq!(error, SyntaxErrorKind::EqualsMissing { word: "c".to_owned() });
    }

    #[test]
    fn a_healthcheck_is_a_kind_and_a_command() {
        assert_eq!(read(Keyword::Healthcheck, "CMD  curl x").unwrap(), ["CMD", "curl x"]);
        assert_eq!(read(Keyword::Healthcheck, "CMD [\"a\"]").unwrap(), ["CMD", "a"]);
        assert_eq!(read(Keyword::Healthcheck, "NONE").unwrap(), ["NONE"]);
        assert!(read(Keyword::Healthcheck, "CMDà x").is_ok());
    }
}
