//! Words, quoted as the place they stand in needs it.

use super::builder::BuildError;
use crate::model::{Command, Pair};
use crate::word::{Escape, Part};
use crate::{Dockerfile, Word};

/// Words that stand between spaces.
pub(super) fn listed<'a>(
    instruction: &'static str,
    words: &'a [Word],
) -> Result<Vec<&'a str>, BuildError> {
    words.iter().map(|word| bare(instruction, word)).collect()
}

/// A word that holds no space.
pub(super) fn bare<'a>(instruction: &'static str, word: &'a Word) -> Result<&'a str, BuildError> {
    let text = one_line(instruction, word.as_str())?;
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err(BuildError::NotWritable {
            text: format!("{instruction} {text}"),
            reason: "spaces end a word there, and quotes do not help".to_owned(),
        });
    }
    Ok(text)
}

/// The rest of the line as one word.
pub(super) fn whole(instruction: &'static str, word: &Word) -> Result<String, BuildError> {
    let text = one_line(instruction, word.as_str())?;
    if text.is_empty() {
        return Err(BuildError::NotWritable {
            text: instruction.to_owned(),
            reason: "it has nothing to say".to_owned(),
        });
    }
    if text.trim() != text || text.starts_with("--") {
        return quoted(instruction, word);
    }
    Ok(text.to_owned())
}

/// A value of `ENV`, `LABEL` or `ARG`.
pub(super) fn value_word(instruction: &'static str, word: &Word) -> Result<String, BuildError> {
    let text = one_line(instruction, word.as_str())?;
    let plain = !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c == '\\');
    if plain { Ok(text.to_owned()) } else { quoted(instruction, word) }
}

/// `key=value` as `ENV` and `LABEL` take it; `None` where it cannot be written so.
pub(crate) fn quoted_pair(pair: &Pair) -> Option<String> {
    let (key, value) = (key_word("ENV", &pair.key).ok()?, value_word("ENV", &pair.value).ok()?);
    let text = format!("{key}={value}");
    // A name with a quote of its own would take the value in.
    let meant = Command::Env(vec![pair.clone()]).canonical();
    let file = Dockerfile::parse(&format!("ENV {text}\n"));
    let read = file.instructions().next()?.command.as_ref()?.canonical();
    (read == meant).then_some(text)
}

pub(super) fn key_word(instruction: &'static str, word: &Word) -> Result<String, BuildError> {
    let key = value_word(instruction, word)?;
    if key.contains('=') || word.as_str().is_empty() {
        return Err(BuildError::NotWritable {
            text: format!("{instruction} {key}"),
            reason: "a name is not empty and holds no `=`".to_owned(),
        });
    }
    Ok(key)
}

/// `word` between double quotes.
fn quoted(instruction: &'static str, word: &Word) -> Result<String, BuildError> {
    let refuse =
        |reason: String| BuildError::NotWritable { text: format!("{instruction} {word}"), reason };
    let parts = word.parts(Escape::Backslash).map_err(|error| refuse(error.to_string()))?;
    let mut text = String::from('"');
    quote_parts(word, &parts, false, &mut text).map_err(refuse)?;
    text.push('"');
    Ok(text)
}

fn quote_parts(word: &Word, parts: &[Part], inside: bool, text: &mut String) -> Result<(), String> {
    let literal = |text: &mut String, literal: &str| {
        for c in literal.chars() {
            if matches!(c, '"' | '\\' | '$') {
                text.push('\\');
            }
            text.push(c);
        }
    };
    for part in parts {
        match part {
            Part::Text(part) | Part::Heredoc(part) | Part::Single(part) => literal(text, part),
            Part::Escaped(Some(c)) => literal(text, c.encode_utf8(&mut [0; 4])),
            // Between quotes an escape that escapes nothing stands for itself; at the end, for nothing.
            Part::Escaped(None) => text.push_str(if inside { "\\\\" } else { "" }),
            Part::Double(parts) => quote_parts(word, parts, true, text)?,
            Part::Variable(variable) => {
                let source = &word.as_str()[variable.range.clone()];
                if source.contains(['"', '\'', '\\']) {
                    return Err(format!(
                        "`{source}` holds quotes or escapes of its own, which cannot stand between quotes"
                    ));
                }
                text.push_str(source);
            }
        }
    }
    Ok(())
}

pub(super) fn one_line<'a>(
    instruction: &'static str,
    text: &'a str,
) -> Result<&'a str, BuildError> {
    if text.contains(['\n', '\r']) {
        return Err(BuildError::LineBreak { instruction, text: text.to_owned() });
    }
    Ok(text)
}
