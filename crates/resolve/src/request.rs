//! What a resolver is asked for.

use std::str::FromStr;

use boxwright_digest::Digest;
use boxwright_requirements::Target;
use pep440_rs::VersionSpecifiers;
use pep508_rs::{ExtraName, MarkerTree, PackageName, Requirement, VersionOrUrl};
use url::Url;

use crate::Timestamp;

/// A requirement or a constraint, and the line that it stands on.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The project.
    pub name: PackageName,
    /// Its extras.
    pub extras: Vec<ExtraName>,
    /// Its versions; empty for all.
    pub specifiers: VersionSpecifiers,
    /// Where its wheel is, instead of on the index.
    pub url: Option<String>,
    /// When it is wanted.
    pub marker: MarkerTree,
    /// What its wheel may hash to; empty for anything.
    pub hashes: Vec<Digest>,
    /// Where it is written, for people: `requirements.txt:14`.
    pub origin: String,
}

/// A text that is no requirement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: `{text}` is not a requirement: {reason}")]
pub struct WantedError {
    /// Where it is written.
    pub origin: String,
    /// What is written there.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Wanted {
    /// Reads a dependency specifier, such as `flask[async]>=3; python_version >= "3.9"`.
    pub fn parse(text: &str, origin: impl Into<String>) -> Result<Self, WantedError> {
        let refuse =
            |reason: String| WantedError { origin: String::new(), text: text.to_owned(), reason };
        let parsed = crate::metadata::refuse_excess(text)
            .map_err(|reason| refuse(reason.to_owned()))
            .and_then(|()| {
                Requirement::<Url>::from_str(text)
                    .map_err(|error| refuse(error.message.to_string()))
            });
        let origin = origin.into();
        let requirement = match parsed {
            Ok(requirement) => requirement,
            Err(error) => return Err(WantedError { origin, ..error }),
        };
        let (specifiers, url) = match requirement.version_or_url {
            None => (VersionSpecifiers::empty(), None),
            Some(VersionOrUrl::VersionSpecifier(specifiers)) => (specifiers, None),
            Some(VersionOrUrl::Url(url)) => (VersionSpecifiers::empty(), Some(url.to_string())),
        };
        let Requirement { name, extras, marker, .. } = requirement;
        Ok(Self { name, extras, specifiers, url, marker, hashes: Vec::new(), origin })
    }
}

/// When alpha, beta, candidate and development releases are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PreReleases {
    /// As pip does: when a specifier of the project names one, or when no final release satisfies.
    #[default]
    WhenNamed,
    /// Like any other release.
    Always,
    /// Not at all.
    Never,
}

/// All that a resolution depends on, but for the index.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What is wanted, in the order of the files.
    pub requirements: Vec<Wanted>,
    /// What is not wanted for itself, but restricts what is.
    pub constraints: Vec<Wanted>,
    /// What the wheels must run on.
    pub target: Target,
    /// When pre-releases are taken.
    pub prereleases: PreReleases,
    /// Files uploaded at this time or later do not count; nor do, then, files without a time.
    pub exclude_newer: Option<Timestamp>,
    /// Whether every project must have hashes, as pip's hash-checking mode asks.
    pub require_hashes: bool,
}

impl Request {
    /// Asks for `requirements` with pip's defaults.
    pub fn new(target: Target, requirements: Vec<Wanted>) -> Self {
        Self {
            requirements,
            constraints: Vec::new(),
            target,
            prereleases: PreReleases::default(),
            exclude_newer: None,
            require_hashes: false,
        }
    }
}
