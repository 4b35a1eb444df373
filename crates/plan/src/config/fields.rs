//! The forms in which values of `boxwright.yaml` may be written.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::HealthcheckConfig;
use crate::PythonMinor;
use crate::shell;
use crate::step::User;

/// A command as one line or as a list of words.
#[derive(Deserialize)]
#[serde(untagged)]
enum Command {
    Line(String),
    Words(Vec<String>),
}

impl Command {
    fn words<E: Error>(self) -> Result<Vec<String>, E> {
        match self {
            Self::Line(line) => shell::split(&line).map_err(E::custom),
            Self::Words(words) => Ok(words),
        }
    }
}

pub(super) fn command<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<String>>, D::Error> {
    Option::<Command>::deserialize(from)?.map(Command::words).transpose()
}

pub(super) fn command_list<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<Vec<String>>, D::Error> {
    Vec::<Command>::deserialize(from)?.into_iter().map(Command::words).collect()
}

pub(super) fn commands<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<String, Vec<String>>, D::Error> {
    let commands = BTreeMap::<String, Command>::deserialize(from)?;
    commands.into_iter().map(|(name, command)| Ok((name, command.words()?))).collect()
}

/// A scalar that YAML may have taken for something else than the text that was typed.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
}

impl Scalar {
    fn text(self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Float(value) => value.to_string(),
            Self::Text(value) => value,
        }
    }
}

pub(super) fn scalars<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    let values = BTreeMap::<String, Scalar>::deserialize(from)?;
    Ok(values.into_iter().map(|(name, value)| (name, value.text())).collect())
}

/// YAML reads an unquoted `3.10` as the number 3.1, which no Python has been since 2009.
pub(super) fn python<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PythonMinor>, D::Error> {
    let Some(scalar) = Option::<Scalar>::deserialize(from)? else { return Ok(None) };
    if let Scalar::Float(number) = scalar
        && number < 3.15
        && number.to_string().len() < 4
    {
        return Err(D::Error::custom(format!(
            "YAML reads an unquoted {number}0 as {number}: write `python: \"{number}0\"`"
        )));
    }
    let text = scalar.text();
    text.parse().map(Some).map_err(D::Error::custom)
}

pub(super) fn user<'de, D: Deserializer<'de>>(from: D) -> Result<Option<User>, D::Error> {
    let scalar = Option::<Scalar>::deserialize(from)?;
    scalar.map(|user| user.text().parse().map_err(D::Error::custom)).transpose()
}

/// A path alone, or every setting.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum HealthcheckForms {
    Path(String),
    Full(HealthcheckFields),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct HealthcheckFields {
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

impl From<HealthcheckForms> for HealthcheckConfig {
    fn from(forms: HealthcheckForms) -> Self {
        let fields = match forms {
            HealthcheckForms::Path(path) => {
                HealthcheckFields { path: Some(path), ..HealthcheckFields::default() }
            }
            HealthcheckForms::Full(fields) => fields,
        };
        let HealthcheckFields { path, command, interval, timeout, start_period, retries } = fields;
        Self { path, command, interval, timeout, start_period, retries }
    }
}
