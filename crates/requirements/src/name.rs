//! Names of packages and extras, compared the way indexes compare them.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A package's name in the form that PEP 503 compares: lower case, with each run of `-`, `_` and
/// `.` as one `-`.
///
/// `Foo_Bar`, `foo.bar` and `FOO--BAR` are one package, and one value of this type.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageName(Box<str>);

/// An extra's name, in the same form as a [`PackageName`] (PEP 685).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Extra(Box<str>);

/// A text that cannot be the name of a package or an extra.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` is not a valid name: names are ASCII letters, digits, `-`, `_` and `.`, and begin and end with a letter or digit",
    text.escape_debug()
)]
pub struct InvalidName {
    /// What was read.
    pub text: String,
}

impl PackageName {
    /// Checks and normalises a name.
    pub fn new(text: &str) -> Result<Self, InvalidName> {
        normalize(text).map(Self)
    }

    /// The normalised name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Extra {
    /// Checks and normalises a name.
    pub fn new(text: &str) -> Result<Self, InvalidName> {
        normalize(text).map(Self)
    }

    /// The normalised name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How many leading bytes of `text` make up a name, by PEP 508's rule: it ends with a letter or
/// digit, so trailing punctuation is not part of it.
pub(crate) fn name_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    if !bytes.first().is_some_and(u8::is_ascii_alphanumeric) {
        return 0;
    }
    let end = bytes.iter().position(|byte| !is_name_byte(*byte)).unwrap_or(bytes.len());
    bytes[..end].iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |last| last + 1)
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

fn normalize(text: &str) -> Result<Box<str>, InvalidName> {
    if text.is_empty() || name_len(text) != text.len() {
        return Err(InvalidName { text: text.to_owned() });
    }
    let mut name = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '-' | '_' | '.' if name.ends_with('-') => {}
            '-' | '_' | '.' => name.push('-'),
            _ => name.push(c.to_ascii_lowercase()),
        }
    }
    Ok(name.into_boxed_str())
}

/// Normalises a text that is only compared with names, whether or not it is a valid one.
pub(crate) fn fold(text: &str) -> String {
    normalize(text).map_or_else(|_| text.to_lowercase(), String::from)
}

macro_rules! text_form {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

text_form!(PackageName);
text_form!(Extra);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_one_value() {
        for text in ["foo-bar", "Foo_Bar", "FOO.bar", "foo--bar", "foo-_.bar"] {
            assert_eq!(PackageName::new(text).unwrap().as_str(), "foo-bar", "{text}");
        }
        assert_eq!(Extra::new("Standard").unwrap().as_str(), "standard");
        assert_eq!(PackageName::new("2to3").unwrap().as_str(), "2to3");
    }

    #[test]
    fn texts_that_are_no_names_are_refused() {
        for text in ["", "-", "a-", "_a", "a b", "é", "a/b", "a\0", "a\n"] {
            assert!(PackageName::new(text).is_err(), "{text:?} was accepted");
        }
    }
}
