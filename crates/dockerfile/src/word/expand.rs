//! What a word becomes: quotes removed, variables replaced.

use std::collections::BTreeSet;

use super::lex::{self, Modifier, Part, Variable};
use super::{Escape, pattern};

/// The longest expansion: `ENV A=$A$A`, thirty times, would fill a disk.
pub(super) const LIMIT: usize = 1 << 20;

/// What a word expands to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expansion {
    /// The text.
    pub text: String,
    /// Variables that had a value.
    pub matched: BTreeSet<String>,
    /// Variables that had none.
    pub unmatched: BTreeSet<String>,
}

/// Why a word cannot be read or expanded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot expand `{word}`: {kind}")]
pub struct WordError {
    /// The word.
    pub word: String,
    /// Where in it, in bytes.
    pub at: usize,
    /// What is wrong.
    pub kind: WordErrorKind,
}

/// What is wrong with a word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordErrorKind {
    /// A quote is not closed.
    #[error("a quote {quote} is opened and not closed; escape it if it stands for itself")]
    OpenQuote {
        /// Which.
        quote: char,
    },
    /// `${` without its `}`.
    #[error("`${{` has no matching `}}`")]
    OpenBrace,
    /// `${}`, `${{…` or `${:…`.
    #[error("`${{` needs a name behind it")]
    BadSubstitution,
    /// `${NAME` and a character that starts no modifier.
    #[error(
        "`{modifier}` is no modifier here: Dockerfiles know `-`, `+`, `?` (each also after `:`), `#`, `%` and `/`"
    )]
    UnknownModifier {
        /// The character.
        modifier: char,
    },
    /// `${NAME:?message}` and no value.
    #[error("{name}: {message}")]
    Required {
        /// The variable.
        name: String,
        /// What its author has to say.
        message: String,
    },
    /// A pattern with an escape that escapes nothing.
    #[error("`{pattern}` is no pattern: `\\` may stand before `*`, `?`, `\\`, `/` and `}}` only")]
    Pattern {
        /// The pattern.
        pattern: String,
    },
    /// A value that doubles with each line.
    #[error("it expands to more than a megabyte")]
    TooLong,
    /// Variables in variables in variables.
    #[error("variables are nested too deeply")]
    TooDeep,
}

/// How BuildKit's expansion is asked to behave.
#[derive(Clone, Copy)]
pub(crate) struct Options<'a> {
    /// Quotes stay in the result.
    pub(crate) raw_quotes: bool,
    /// Escape characters stay in the result.
    pub(crate) raw_escapes: bool,
    /// Variables without a value stay in the result.
    pub(crate) keep_unset: bool,
    /// Gives a variable's value.
    pub(crate) value: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Options<'a> {
    pub(crate) fn plain(value: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { raw_quotes: false, raw_escapes: false, keep_unset: false, value }
    }
}

/// Expands `word` to one text.
pub(crate) fn one(
    word: &str,
    escape: Escape,
    value: &dyn Fn(&str) -> Option<String>,
) -> Result<Expansion, WordError> {
    let parts = lex::parts(word, escape.char())?;
    let mut expander = Expander {
        word,
        escape: escape.char(),
        options: Options::plain(value),
        expansion: Expansion::default(),
    };
    let text = expander.text(&parts, false)?;
    Ok(Expansion { text, ..expander.expansion })
}

/// Expands `word` and splits it at unquoted white space.
pub(crate) fn words(
    word: &str,
    escape: char,
    options: &Options<'_>,
) -> Result<Vec<String>, WordError> {
    let parts = lex::parts(word, escape)?;
    let mut expander =
        Expander { word, escape, options: *options, expansion: Expansion::default() };
    let mut words = Words::default();
    for part in &parts {
        // BuildKit has one buffer for all words it collects; reading a modifier empties it, so
        // what stood in front of such a variable is gone. Inline documents are found this way.
        if has_modifier(part) {
            words.word.clear();
        }
        match part {
            Part::Text(text) => words.split(text),
            Part::Variable(variable) => {
                let value = expander.variable(variable)?;
                words.split(&value);
            }
            _ => words.keep(&expander.part(part, options.raw_escapes)?),
        }
    }
    Ok(words.finish())
}

fn has_modifier(part: &Part) -> bool {
    match part {
        Part::Double(parts) => parts.iter().any(has_modifier),
        Part::Variable(variable) => variable.modifier.is_some(),
        Part::Text(_) | Part::Escaped(_) | Part::Heredoc(_) | Part::Single(_) => false,
    }
}

/// Words under way.
#[derive(Default)]
struct Words {
    done: Vec<String>,
    word: String,
}

impl Words {
    fn split(&mut self, text: &str) {
        for c in text.chars() {
            if !c.is_whitespace() {
                self.word.push(c);
            } else if !self.word.is_empty() {
                self.done.push(std::mem::take(&mut self.word));
            }
        }
    }

    fn keep(&mut self, text: &str) {
        self.word.push_str(text);
    }

    fn finish(mut self) -> Vec<String> {
        if !self.word.is_empty() {
            self.done.push(self.word);
        }
        self.done
    }
}

struct Expander<'a> {
    word: &'a str,
    escape: char,
    options: Options<'a>,
    expansion: Expansion,
}

impl Expander<'_> {
    fn text(&mut self, parts: &[Part], raw_escapes: bool) -> Result<String, WordError> {
        let mut text = String::new();
        for part in parts {
            text.push_str(&self.part(part, raw_escapes)?);
            self.check_length(&text)?;
        }
        Ok(text)
    }

    fn check_length(&self, text: &str) -> Result<(), WordError> {
        if text.len() <= LIMIT {
            return Ok(());
        }
        Err(WordError { word: self.word.to_owned(), at: 0, kind: WordErrorKind::TooLong })
    }

    fn part(&mut self, part: &Part, raw_escapes: bool) -> Result<String, WordError> {
        let quote = |text: String, quote: char, raw: bool| {
            if raw { format!("{quote}{text}{quote}") } else { text }
        };
        let raw_quotes = self.options.raw_quotes;
        Ok(match part {
            Part::Text(text) | Part::Heredoc(text) => text.clone(),
            Part::Escaped(escaped) => {
                let escape = raw_escapes.then_some(self.escape);
                escape.into_iter().chain(*escaped).collect()
            }
            Part::Single(text) => quote(text.clone(), '\'', raw_quotes),
            Part::Double(parts) => {
                let mut text = String::new();
                for part in parts {
                    if *part == Part::Escaped(None) {
                        // An escape that escapes nothing stands for itself between double
                        // quotes; BuildKit keeps it twice where escapes stay.
                        text.extend(std::iter::repeat_n(self.escape, 1 + usize::from(raw_escapes)));
                    } else {
                        text.push_str(&self.part(part, raw_escapes)?);
                    }
                    self.check_length(&text)?;
                }
                quote(text, '"', raw_quotes)
            }
            Part::Variable(variable) => self.variable(variable)?,
        })
    }

    fn variable(&mut self, variable: &Variable) -> Result<String, WordError> {
        let name = &variable.name;
        // Modifiers are expanded before the value is known, so that their variables count as used.
        let modifier = match &variable.modifier {
            None => None,
            Some(modifier) => Some(self.modifier(modifier)?),
        };
        let value = (self.options.value)(name);
        let seen = if value.is_some() {
            &mut self.expansion.matched
        } else {
            &mut self.expansion.unmatched
        };
        seen.insert(name.clone());
        if value.is_none() && self.options.keep_unset {
            return Ok(match modifier {
                None if variable.braces => format!("${{{name}}}"),
                None => format!("${name}"),
                Some(modifier) => format!("${{{name}{}}}", modifier.source),
            });
        }
        match modifier {
            None => Ok(value.unwrap_or_default()),
            Some(modifier) => apply(name, value, &modifier).map_err(|kind| WordError {
                word: self.word.to_owned(),
                at: variable.range.start,
                kind,
            }),
        }
    }

    fn modifier(&mut self, modifier: &Modifier) -> Result<Expanded, WordError> {
        let sign = |colon: bool, sign: &str| format!("{}{sign}", if colon { ":" } else { "" });
        Ok(match modifier {
            Modifier::Default { colon, word } => {
                let word = self.text(word, false)?;
                let source = sign(*colon, "-") + &word;
                Expanded { source, operation: Operation::Default { colon: *colon, word } }
            }
            Modifier::Alternate { colon, word } => {
                let word = self.text(word, false)?;
                let source = sign(*colon, "+") + &word;
                Expanded { source, operation: Operation::Alternate { colon: *colon, word } }
            }
            Modifier::Require { colon, word } => {
                let word = self.text(word, false)?;
                let source = sign(*colon, "?") + &word;
                Expanded { source, operation: Operation::Require { colon: *colon, word } }
            }
            Modifier::TrimStart { pattern } => {
                let pattern = self.text(pattern, true)?;
                Expanded { source: format!("#{pattern}"), operation: Operation::TrimStart(pattern) }
            }
            Modifier::TrimEnd { pattern } => {
                let pattern = self.text(pattern, true)?;
                Expanded { source: format!("%{pattern}"), operation: Operation::TrimEnd(pattern) }
            }
            Modifier::Replace { all, pattern, replacement } => {
                let pattern = self.text(pattern, true)?;
                let replacement = self.text(replacement, true)?;
                let source = format!("/{pattern}/{replacement}");
                Expanded {
                    source,
                    operation: Operation::Replace { all: *all, pattern, replacement },
                }
            }
        })
    }
}

/// A modifier whose own variables are replaced.
struct Expanded {
    /// As it would be written.
    source: String,
    operation: Operation,
}

enum Operation {
    Default { colon: bool, word: String },
    Alternate { colon: bool, word: String },
    Require { colon: bool, word: String },
    TrimStart(String),
    TrimEnd(String),
    Replace { all: bool, pattern: String, replacement: String },
}

fn apply(name: &str, value: Option<String>, modifier: &Expanded) -> Result<String, WordErrorKind> {
    let set = |colon: bool| value.as_ref().is_some_and(|value| !colon || !value.is_empty());
    let required = |message: &str, otherwise: &str| WordErrorKind::Required {
        name: name.to_owned(),
        message: if message.is_empty() { otherwise } else { message }.to_owned(),
    };
    match &modifier.operation {
        Operation::Default { colon, word } if !set(*colon) => return Ok(word.clone()),
        Operation::Alternate { colon, word } => {
            return Ok(if set(*colon) { word.clone() } else { String::new() });
        }
        Operation::Require { word, .. } if value.is_none() => {
            return Err(required(word, "it has to be set"));
        }
        Operation::Require { colon, word } if !set(*colon) => {
            return Err(required(word, "it must not be empty"));
        }
        _ => {}
    }
    let value = value.unwrap_or_default();
    match &modifier.operation {
        Operation::TrimStart(pattern) => pattern::trim_start(pattern, &value),
        Operation::TrimEnd(pattern) => pattern::trim_end(pattern, &value),
        Operation::Replace { all, pattern, replacement } => {
            pattern::replace(pattern, replacement, *all, &value)
        }
        Operation::Default { .. } | Operation::Alternate { .. } | Operation::Require { .. } => {
            Ok(value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Word;

    fn value(name: &str) -> Option<String> {
        match name {
            "A" => Some("a.tar.gz".to_owned()),
            "E" => Some(String::new()),
            "P" => Some("/usr/local/bin".to_owned()),
            "S" => Some("two words".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn words_expand_as_in_buildkit() {
        for (word, expected) in [
            ("plain", "plain"),
            ("$A-$NO-x", "a.tar.gz--x"),
            ("${A}b", "a.tar.gzb"),
            ("'$A'", "$A"),
            ("\"$A 'x'\"", "a.tar.gz 'x'"),
            (r"\$A", "$A"),
            (r#""\$A \n \\""#, r"$A \n \"),
            ("${NO:-x}", "x"),
            ("${NO-x}", "x"),
            ("${E:-x}", "x"),
            ("${E-x}", ""),
            ("${A:+x}${NO:+y}${E+z}", "xz"),
            ("${NO:-${A}}", "a.tar.gz"),
            ("${NO:-'a b'}", "a b"),
            ("${A#*.}", "tar.gz"),
            ("${A##*.}", "gz"),
            ("${A%.*}", "a.tar"),
            ("${A%%.*}", "a"),
            ("${P/local/x}", "/usr/x/bin"),
            ("${P//\\//:}", ":usr:local:bin"),
            ("${P/#/x}", "/usr/local/bin"),
            ("${P//u?r/x}", "/x/local/bin"),
            ("a$", "a$"),
            ("$(x)", "$(x)"),
            ("$1a", "a"),
            ("a\\", "a"),
            ("é$A", "éa.tar.gz"),
        ] {
            let expanded = Word::raw(word).expand(Escape::Backslash, &value);
            assert_eq!(expanded.map(|expansion| expansion.text).as_deref(), Ok(expected), "{word}");
        }
    }

    #[test]
    fn malformed_words_are_refused() {
        for word in [
            "'a",
            "\"a",
            "${",
            "${}",
            "${{A}}",
            "${:A}",
            "${A",
            "${A:-x",
            "${A@Q}",
            "${A:#x}",
            "${NO:?gone}",
            "${E:?}",
            "${A/x}",
            "${A#\\x}",
        ] {
            assert!(Word::raw(word).expand(Escape::Backslash, &value).is_err(), "{word}");
        }
        let deep = "${A:-".repeat(1000);
        assert!(Word::raw(deep).expand(Escape::Backslash, &value).is_err());
    }

    #[test]
    fn what_was_used_is_remembered() {
        let expansion = Word::raw("$A ${B:-$C}").expand(Escape::Backslash, &value).unwrap();
        assert!(expansion.matched.iter().eq(["A"]));
        assert!(expansion.unmatched.iter().eq(["B", "C"]));
    }

    #[test]
    fn unquoted_values_are_split() {
        let words = Word::raw("$S \"$S\" x").expand_words(Escape::Backslash, &value);
        assert_eq!(words.unwrap(), ["two", "words", "two words", "x"]);
    }

    #[test]
    fn a_backtick_escapes_where_the_file_says_so() {
        let expansion = Word::raw(r"c:\x`$A").expand(Escape::Backtick, &value).unwrap();
        assert_eq!(expansion.text, r"c:\x$A");
    }
}
