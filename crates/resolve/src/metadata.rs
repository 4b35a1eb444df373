//! Core metadata: what a distribution needs.

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::{ExtraName, MarkerTree, PackageName, Requirement, VersionOrUrl};
use url::Url;

/// Deeper nesting and longer lines are no requirement that anybody wrote.
const DEEPEST: usize = 32;
const LONGEST: usize = 16 * 1024;

/// Evaluating a marker can take two to the power of this many steps.
const MOST_EXTRAS: usize = 20;

/// The fields of a `METADATA` file that a resolver needs (core metadata specification, any version).
#[derive(Debug, Clone, PartialEq)]
pub struct Metadata {
    /// `Name`, normalised.
    pub name: PackageName,
    /// `Version`.
    pub version: Version,
    /// `Requires-Python`, as written.
    pub requires_python: Option<Box<str>>,
    /// `Requires-Dist`, in order.
    pub dependencies: Vec<Dependency>,
    /// `Provides-Extra`, normalised. Names that cannot be normalised cannot be asked for, and are left out.
    pub extras: Vec<ExtraName>,
}

/// One `Requires-Dist`.
#[derive(Debug, Clone, PartialEq)]
pub struct Dependency {
    /// The project.
    pub name: PackageName,
    /// Its extras.
    pub extras: Vec<ExtraName>,
    /// Its versions; empty for all.
    pub specifiers: VersionSpecifiers,
    /// Where it must come from, instead of versions.
    pub url: Option<String>,
    /// When it is needed.
    pub marker: MarkerTree,
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
        let mut raw = RawMetadata::default();
        for (field, value) in headers(&text) {
            raw.take(field, value)?;
        }
        Ok(Self {
            name: raw.name.ok_or(MetadataError::Missing { field: "Name" })?,
            version: raw.version.ok_or(MetadataError::Missing { field: "Version" })?,
            requires_python: raw.requires_python,
            dependencies: raw.dependencies,
            extras: raw.extras,
        })
    }
}

#[derive(Default)]
struct RawMetadata {
    name: Option<PackageName>,
    version: Option<Version>,
    requires_python: Option<Box<str>>,
    dependencies: Vec<Dependency>,
    extras: Vec<ExtraName>,
}

impl RawMetadata {
    fn take(&mut self, field: &str, value: &str) -> Result<(), MetadataError> {
        if field.eq_ignore_ascii_case("name") {
            self.name = Some(parse("Name", value)?);
        } else if field.eq_ignore_ascii_case("version") {
            self.version = Some(parse("Version", value)?);
        } else if field.eq_ignore_ascii_case("requires-python") {
            self.requires_python = Some(value.into());
        } else if field.eq_ignore_ascii_case("requires-dist") {
            self.dependencies.push(Dependency::parse(value)?);
        } else if field.eq_ignore_ascii_case("provides-extra") {
            self.extras.extend(ExtraName::from_str(value));
        }
        Ok(())
    }
}

impl Dependency {
    fn parse(value: &str) -> Result<Self, MetadataError> {
        refuse_excess(value).map_err(|reason| malformed("Requires-Dist", value, reason))?;
        let requirement: Requirement<Url> = Requirement::from_str(value)
            .map_err(|error| malformed("Requires-Dist", value, error.message.to_string()))?;
        let (specifiers, url) = match requirement.version_or_url {
            None => (VersionSpecifiers::empty(), None),
            Some(VersionOrUrl::VersionSpecifier(specifiers)) => (specifiers, None),
            Some(VersionOrUrl::Url(url)) => (VersionSpecifiers::empty(), Some(url.to_string())),
        };
        let Requirement { name, extras, marker, .. } = requirement;
        Ok(Self { name, extras, specifiers, url, marker })
    }
}

fn parse<T: FromStr>(field: &'static str, value: &str) -> Result<T, MetadataError>
where
    T::Err: std::fmt::Display,
{
    value.parse().map_err(|error: T::Err| malformed(field, value, error.to_string()))
}

fn malformed(field: &'static str, value: &str, reason: impl Into<String>) -> MetadataError {
    let value = if value.chars().count() > 100 {
        format!("{}…", value.chars().take(100).collect::<String>())
    } else {
        value.to_owned()
    };
    MetadataError::Malformed { field, value, reason: reason.into() }
}

/// Refuses what would cost the requirement parser its stack or its time.
pub(crate) fn refuse_excess(requirement: &str) -> Result<(), &'static str> {
    if requirement.len() > LONGEST {
        return Err("it is too long");
    }
    let depth = requirement.bytes().try_fold(0_usize, |depth, byte| match byte {
        b'(' if depth == DEEPEST => None,
        b'(' => Some(depth + 1),
        b')' => Some(depth.saturating_sub(1)),
        _ => Some(depth),
    });
    if depth.is_none() {
        return Err("its parentheses are nested too deeply");
    }
    // Markers become decision diagrams: many `or`s of the same variable stay small, while `and`s
    // of many variables may double them each.
    let extras = requirement.matches("extra").count();
    let ands = requirement.matches(" and ").count().max(requirement.matches(")and").count());
    if extras.min(ands) > MOST_EXTRAS {
        return Err("its marker is too complicated");
    }
    Ok(())
}

/// The header fields before the first empty line, with folded lines left at their first line: no
/// field that matters here is ever folded.
fn headers(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines()
        .take_while(|line| !line.trim_end().is_empty())
        .filter(|line| !line.starts_with([' ', '\t']))
        .filter_map(|line| line.split_once(':'))
        .map(|(field, value)| (field.trim_end(), value.trim()))
}
