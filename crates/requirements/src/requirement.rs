//! One requirement, whatever file it came from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::link::Link;
use crate::marker::Marker;
use crate::name::{Extra, PackageName};
use crate::origin::Origin;
use crate::pep508::Dependency;
use crate::specifiers::Specifiers;

/// A package that is wanted: which, in which versions, from where, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The package; `None` for a URL or path whose text does not say.
    pub name: Option<PackageName>,
    /// The extras asked for.
    pub extras: BTreeSet<Extra>,
    /// The versions accepted; for a URL, what the URL itself says.
    pub specifiers: Specifiers,
    /// Where the package comes from.
    pub source: Source,
    /// When it applies; `None` is always.
    pub marker: Option<Marker>,
    /// The accepted digests of its files; empty where none were given.
    pub hashes: BTreeSet<Hash>,
    /// Whether it is installed as a link to its sources.
    pub editable: bool,
    /// How it is built.
    pub build: BuildOptions,
    /// Where it was written.
    pub origin: Origin,
}

impl Requirement {
    /// A requirement for any version from the index.
    pub fn new(name: PackageName, origin: Origin) -> Self {
        Self {
            name: Some(name),
            extras: BTreeSet::new(),
            specifiers: Specifiers::any(),
            source: Source::default(),
            marker: None,
            hashes: BTreeSet::new(),
            editable: false,
            build: BuildOptions::default(),
            origin,
        }
    }

    /// A requirement that a dependency specifier states.
    pub fn from_dependency(dependency: Dependency, origin: Origin) -> Self {
        let Dependency { name, extras, specifiers, url, marker } = dependency;
        let source = match url {
            None => Source::default(),
            Some(link) if link.is_vcs() => Source::Vcs(link),
            Some(link) => Source::Archive(link),
        };
        Self { extras, specifiers, source, marker, ..Self::new(name, origin) }
    }

    /// What to call it in messages: its name, else its URL or path.
    pub fn label(&self) -> String {
        match (&self.name, &self.source) {
            (Some(name), _) => name.to_string(),
            (None, Source::Index { .. }) => "a requirement without a name".to_owned(),
            (None, Source::Archive(link) | Source::Vcs(link)) => link.to_string(),
            (None, Source::Path(path)) => path.to_string(),
        }
    }
}

/// Where a package comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A package index: the given one, else those of the whole set.
    Index {
        /// The index named for this package alone.
        index: Option<Link>,
    },
    /// The URL of a wheel or source archive.
    Archive(Link),
    /// A repository, in pip's form: `git+https://host/repository@revision#subdirectory=path`.
    Vcs(Link),
    /// A file or directory of the project.
    Path(LocalPath),
}

impl Default for Source {
    fn default() -> Self {
        Self::Index { index: None }
    }
}

/// A path within the project, from its root; the root itself is empty, and prints as `.`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalPath(pub String);

impl fmt::Display for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "." } else { &self.0 })
    }
}

/// Options that reach a package's build.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BuildOptions {
    /// `--global-option`s, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub global_options: Vec<String>,
    /// `--config-settings`: for each key its values in order.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub config_settings: BTreeMap<String, Vec<String>>,
}

impl BuildOptions {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        let Self { global_options, config_settings } = self;
        global_options.is_empty() && config_settings.is_empty()
    }
}

/// The digest of a file in some algorithm; in text `sha256:<hex>`. Cheap to clone.
///
/// The digits are kept in lower case. Their number is not checked: pip does not either, and a
/// wrong one fails when the file is compared with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(
    /// Algorithm, `:` and digits.
    Arc<str>,
);

/// A text that is no hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a hash: expected `sha256:` and hex digits (sha384 and sha512 are known too)"
)]
pub struct InvalidHash {
    /// What was read.
    pub text: String,
}

impl Hash {
    /// A SHA-256 digest.
    pub fn sha256(digits: &str) -> Self {
        Self::new("sha256", digits)
    }

    /// A digest in an algorithm by name, as pylock.toml lists them.
    pub fn new(algorithm: &str, digits: &str) -> Self {
        Self::of_text(&format!("{algorithm}:{digits}"))
    }

    fn of_text(text: &str) -> Self {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Self(text.to_ascii_lowercase().into());
        }
        Self(text.into())
    }

    /// The algorithm's name, in lower case.
    pub fn algorithm(&self) -> &str {
        self.0.split_once(':').map_or("", |(algorithm, _)| algorithm)
    }

    /// The digits, in lower case.
    pub fn digits(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, digits)| digits)
    }

    /// The text form, such as `sha256:<hex>`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digest, if it is SHA-256 and well-formed.
    pub fn as_sha256(&self) -> Option<boxwright_digest::Digest> {
        (self.algorithm() == "sha256")
            .then(|| boxwright_digest::Digest::from_hex(self.digits()).ok())
            .flatten()
    }
}

impl FromStr for Hash {
    type Err = InvalidHash;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some((algorithm, digits)) if !algorithm.is_empty() && !digits.is_empty() => {
                Ok(Self::of_text(text))
            }
            _ => Err(InvalidHash { text: text.to_owned() }),
        }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
