//! The forms in which values of `boxwright.yaml` may be written.
//!
//! These are visitors and not untagged enums, since only an error that is raised while its value is
//! read knows the line.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use boxwright_context::Rule as LeakRule;

use super::HealthcheckConfig;
use crate::PythonMinor;
use crate::shell;
use crate::step::User;

/// A type that is read from one or more kinds of YAML node.
trait Forms: Sized {
    /// What is expected, for messages.
    const EXPECTED: &'static str;

    fn text<E: Error>(text: &str) -> Result<Self, E>;

    fn number<E: Error>(number: f64) -> Result<Self, E> {
        Self::text(&number.to_string())
    }

    fn integer<E: Error>(number: i64) -> Result<Self, E> {
        Self::text(&number.to_string())
    }

    fn boolean<E: Error>(value: bool) -> Result<Self, E> {
        Err(E::invalid_type(serde::de::Unexpected::Bool(value), &Self::EXPECTED))
    }

    fn list<'de, A: SeqAccess<'de>>(_: A) -> Result<Self, A::Error> {
        Err(A::Error::invalid_type(serde::de::Unexpected::Seq, &Self::EXPECTED))
    }

    fn mapping<'de, A: MapAccess<'de>>(_: A) -> Result<Self, A::Error> {
        Err(A::Error::invalid_type(serde::de::Unexpected::Map, &Self::EXPECTED))
    }
}

/// Reads one of the forms of `T`.
struct Any<T>(T);

struct AnyVisitor<T>(PhantomData<T>);

impl<'de, T: Forms> Deserialize<'de> for Any<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyVisitor(PhantomData)).map(Self)
    }
}

impl<'de, T: Forms> Visitor<'de> for AnyVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::text(text)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        T::number(number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::integer(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        T::integer(number.try_into().map_err(|_| E::custom("the number is too large"))?)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        T::boolean(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, mapping: A) -> Result<T, A::Error> {
        T::mapping(mapping)
    }
}

/// A command as one line or as a list of words.
struct Command(Vec<String>);

impl Forms for Command {
    const EXPECTED: &'static str = "a command, as one line or as a list of words";

    fn text<E: Error>(text: &str) -> Result<Self, E> {
        shell::split(text).map(Self).map_err(E::custom)
    }

    fn integer<E: Error>(number: i64) -> Result<Self, E> {
        Err(E::invalid_type(serde::de::Unexpected::Signed(number), &Self::EXPECTED))
    }

    fn list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut words = Vec::new();
        while let Some(Any(Scalar(word))) = list.next_element()? {
            words.push(word);
        }
        if words.is_empty() {
            Err(A::Error::custom("the command is empty"))
        } else {
            Ok(Self(words))
        }
    }
}

/// A text, also where YAML takes it for something else than what was typed.
struct Scalar(String);

impl Forms for Scalar {
    const EXPECTED: &'static str = "a text";

    fn text<E: Error>(text: &str) -> Result<Self, E> {
        Ok(Self(text.to_owned()))
    }

    fn boolean<E: Error>(value: bool) -> Result<Self, E> {
        Ok(Self(value.to_string()))
    }
}

impl Forms for PythonMinor {
    const EXPECTED: &'static str = "a Python version in quotes, such as \"3.13\"";

    fn text<E: Error>(text: &str) -> Result<Self, E> {
        text.parse().map_err(E::custom)
    }

    /// YAML reads an unquoted `3.10` as the number 3.1, which no Python has been since 2009.
    fn number<E: Error>(number: f64) -> Result<Self, E> {
        let text = number.to_string();
        if text.len() < "3.10".len() {
            return Err(E::custom(format!(
                "YAML reads an unquoted {text}0 as {text}: write `python: \"{text}0\"`"
            )));
        }
        Self::text(&text)
    }
}

impl Forms for User {
    const EXPECTED: &'static str = "a user, such as 65532:65532";

    fn text<E: Error>(text: &str) -> Result<Self, E> {
        text.parse().map_err(E::custom)
    }
}

impl Forms for LeakRule {
    const EXPECTED: &'static str = "a rule of the leak check";

    fn text<E: Error>(text: &str) -> Result<Self, E> {
        text.parse().map_err(E::custom)
    }
}

impl Forms for HealthcheckConfig {
    const EXPECTED: &'static str = "a path, or a mapping with `path` or `command`";

    fn text<E: Error>(path: &str) -> Result<Self, E> {
        Ok(HealthcheckFields { path: Some(path.to_owned()), ..HealthcheckFields::default() }.into())
    }

    fn mapping<'de, A: MapAccess<'de>>(mapping: A) -> Result<Self, A::Error> {
        HealthcheckFields::deserialize(MapAccessDeserializer::new(mapping)).map(Into::into)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct HealthcheckFields {
    path: Option<String>,
    #[serde(deserialize_with = "command")]
    command: Option<Vec<String>>,
    interval: u32,
    timeout: u32,
    start_period: u32,
    retries: u32,
}

impl Default for HealthcheckFields {
    /// Docker's own defaults but for the start, which for a Python application is never instant.
    fn default() -> Self {
        Self { path: None, command: None, interval: 30, timeout: 5, start_period: 10, retries: 3 }
    }
}

impl From<HealthcheckFields> for HealthcheckConfig {
    fn from(fields: HealthcheckFields) -> Self {
        let HealthcheckFields { path, command, interval, timeout, start_period, retries } = fields;
        Self { path, command, interval, timeout, start_period, retries }
    }
}

pub(super) fn command<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<String>>, D::Error> {
    Ok(Option::<Any<Command>>::deserialize(from)?.map(|Any(Command(words))| words))
}

pub(super) fn command_list<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<Vec<String>>, D::Error> {
    let commands = Vec::<Any<Command>>::deserialize(from)?;
    Ok(commands.into_iter().map(|Any(Command(words))| words).collect())
}

pub(super) fn commands<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<String, Vec<String>>, D::Error> {
    let commands = BTreeMap::<String, Any<Command>>::deserialize(from)?;
    Ok(commands.into_iter().map(|(name, Any(Command(words)))| (name, words)).collect())
}

pub(super) fn scalars<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    let values = BTreeMap::<String, Any<Scalar>>::deserialize(from)?;
    Ok(values.into_iter().map(|(name, Any(Scalar(text)))| (name, text)).collect())
}

pub(super) fn python<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PythonMinor>, D::Error> {
    Ok(Option::<Any<PythonMinor>>::deserialize(from)?.map(|Any(python)| python))
}

pub(super) fn user<'de, D: Deserializer<'de>>(from: D) -> Result<Option<User>, D::Error> {
    Ok(Option::<Any<User>>::deserialize(from)?.map(|Any(user)| user))
}

pub(super) fn healthcheck<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<HealthcheckConfig>, D::Error> {
    Ok(Option::<Any<HealthcheckConfig>>::deserialize(from)?.map(|Any(check)| check))
}

pub(super) fn leak_rules<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<LeakRule>, D::Error> {
    let rules = Vec::<Any<LeakRule>>::deserialize(from)?;
    Ok(rules.into_iter().map(|Any(rule)| rule).collect())
}
