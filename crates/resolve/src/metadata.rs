//! Core metadata: what a distribution needs.

use std::collections::BTreeSet;
use std::str::FromStr;

use boxwright_requirements::{Dependency, Extra, PackageName};
use pep440_rs::Version;

/// Ten times what the largest projects have. The work of a search grows with its square.
const MOST_DEPENDENCIES: usize = 10_000;

/// The fields of a `METADATA` file that a resolver needs (core metadata specification, any version).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// `Name`.
    pub name: PackageName,
    /// `Version`.
    pub version: Version,
    /// `Requires-Python`, as written.
    pub requires_python: Option<Box<str>>,
    /// `Requires-Dist`, in order.
    pub dependencies: Vec<Dependency>,
    /// `Provides-Extra`. What cannot be a name cannot be asked for, and is left out.
    pub extras: BTreeSet<Extra>,
}

/// Metadata that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// A field that must be there is not.
    #[error("its metadata has no `{field}`")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A field does not mean anything.
    #[error("its metadata has an unreadable `{field}: {value}` ({reason})")]
    Malformed {
        /// The field.
        field: &'static str,
        /// What it holds, shortened.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The metadata could not be read out of the wheel.
    #[error("its metadata cannot be read: {reason}")]
    Unreadable {
        /// What is wrong.
        reason: String,
    },
}

impl Metadata {
    /// Reads a `METADATA` file.
    ///
    /// One requirement that pip cannot read, such as `foo>=2.7.*` of older days, makes all of it
    /// an error, as it does for pip: the resolver then leaves that wheel out, and says why if it
    /// finds no other.
    pub fn parse(bytes: &[u8]) -> Result<Self, MetadataError> {
        // The format says UTF-8; what is not can only be in fields that are not read here.
        let text = String::from_utf8_lossy(bytes);
        let (mut name, mut version, mut requires_python) = (None, None, None);
        let (mut dependencies, mut extras) = (Vec::new(), BTreeSet::new());
        for (field, value) in headers(&text) {
            match field.to_ascii_lowercase().as_str() {
                "name" => name = Some(parse("Name", value)?),
                "version" => version = Some(parse("Version", value)?),
                "requires-python" => requires_python = Some(value.into()),
                "requires-dist" if dependencies.len() == MOST_DEPENDENCIES => {
                    let reason = format!("it has more than {MOST_DEPENDENCIES} requirements");
                    return Err(MetadataError::Unreadable { reason });
                }
                "requires-dist" => dependencies.push(parse("Requires-Dist", value)?),
                "provides-extra" => extras.extend(Extra::new(value)),
                _ => {}
            }
        }
        let name = name.ok_or(MetadataError::Missing { field: "Name" })?;
        let version = version.ok_or(MetadataError::Missing { field: "Version" })?;
        Ok(Self { name, version, requires_python, dependencies, extras })
    }
}

fn parse<T: FromStr>(field: &'static str, value: &str) -> Result<T, MetadataError>
where
    T::Err: std::fmt::Display,
{
    value.parse().map_err(|error: T::Err| {
        let mut value: String = value.chars().take(101).collect();
        if let Some((end, _)) = value.char_indices().nth(100) {
            value.replace_range(end.., "…");
        }
        MetadataError::Malformed { field, value, reason: error.to_string() }
    })
}

/// The header fields before the first line that is empty and not merely blank. Folded lines are
/// left out: no field that matters here is ever folded.
fn headers(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| !line.starts_with([' ', '\t']))
        .filter_map(|line| line.split_once(':'))
        .map(|(field, value)| (field.trim_end(), value.trim()))
}
