//! Words: text with quotes, escapes and variables still in it.

mod expand;
mod lex;
mod pattern;

use std::fmt;

pub use expand::{Expansion, WordError, WordErrorKind};
pub(crate) use expand::{Options, words};
pub use lex::{Modifier, Part, Variable};

/// The character that escapes the next one, and that continues a line at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Escape {
    /// `\`, the default.
    #[default]
    Backslash,
    /// `` ` ``, set by `# escape=` and common in Windows images.
    Backtick,
}

impl Escape {
    /// The character.
    pub const fn char(self) -> char {
        match self {
            Self::Backslash => '\\',
            Self::Backtick => '`',
        }
    }
}

/// A word as BuildKit's shell-like expansion reads it: `"…"` and `'…'` quote,
/// the escape character escapes, `$NAME` and `${NAME…}` are variables.
///
/// A word made from a `&str` or `String` expands variables and takes every
/// other character for itself; [`Word::literal`] takes `$` for itself too;
/// [`Word::raw`] takes text that is already escaped, as the parser does.
///
/// ```
/// use boxwright_dockerfile::{Escape, Word};
///
/// let path = Word::from("/venv/bin:$PATH");
/// let value = |name: &str| (name == "PATH").then(|| "/bin".to_owned());
/// assert_eq!(path.expand(Escape::Backslash, &value)?.text, "/venv/bin:/bin");
///
/// let price = Word::literal("it's $5");
/// assert_eq!(price.expand(Escape::Backslash, &value)?.text, "it's $5");
/// # Ok::<(), boxwright_dockerfile::WordError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(String);

impl Word {
    /// Takes text that is already escaped, as it stands in a Dockerfile.
    pub fn raw(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A word whose expansion is exactly `text`, for files whose escape character is the backslash.
    pub fn literal(text: &str) -> Self {
        Self(escape(text, &['\\', '\'', '"', '$']))
    }

    /// The text as it stands in a Dockerfile.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes quotes, escapes and variables apart.
    pub fn parts(&self, escape: Escape) -> Result<Vec<Part>, WordError> {
        lex::parts(&self.0, escape.char())
    }

    /// The same word without quotes; as it is where it cannot be read.
    pub(crate) fn canonical(&self) -> Self {
        let Ok(parts) = self.parts(Escape::Backslash) else {
            return self.clone();
        };
        let mut text = String::with_capacity(self.0.len());
        self.unquote(&parts, false, &mut text);
        Self(text)
    }

    fn unquote(&self, parts: &[Part], inside: bool, text: &mut String) {
        for part in parts {
            match part {
                Part::Text(part) | Part::Heredoc(part) | Part::Single(part) => {
                    text.push_str(Self::literal(part).as_str());
                }
                Part::Escaped(Some(c)) => text.push_str(Self::literal(&c.to_string()).as_str()),
                Part::Escaped(None) => text.push_str(if inside { "\\\\" } else { "" }),
                Part::Double(parts) => self.unquote(parts, true, text),
                Part::Variable(variable) => text.push_str(&self.0[variable.range.clone()]),
            }
        }
    }

    /// All variables, also those inside other variables' defaults, in the order written.
    pub fn variables(&self, escape: Escape) -> Result<Vec<Variable>, WordError> {
        let mut found = Vec::new();
        lex::variables(&self.parts(escape)?, &mut found);
        Ok(found)
    }

    /// Expands to one text, spaces kept, as `ENV`, `COPY`, `WORKDIR` and most others do.
    ///
    /// `value` gives a variable's value, or `None` where it is not set.
    pub fn expand(
        &self,
        escape: Escape,
        value: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Expansion, WordError> {
        expand::one(&self.0, escape, value)
    }

    /// Expands and splits at unquoted spaces, as `EXPOSE` does.
    pub fn expand_words(
        &self,
        escape: Escape,
        value: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Vec<String>, WordError> {
        words(&self.0, escape.char(), &Options { value, ..Options::plain(&|_| None) })
    }
}

fn escape(text: &str, special: &[char]) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        // A byte order mark in front would be dropped.
        if special.contains(&c) || (at == 0 && c == '\u{feff}') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

impl From<&str> for Word {
    fn from(text: &str) -> Self {
        Self(escape(text, &['\\', '\'', '"']))
    }
}

impl From<String> for Word {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&Word> for Word {
    fn from(word: &Word) -> Self {
        word.clone()
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
