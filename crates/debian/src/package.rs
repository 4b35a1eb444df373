//! One package as an index describes it.

use boxwright_digest::Digest;
use serde::{Deserialize, Serialize};

use crate::deb822;
use crate::dependency::{Dependency, Relation, RelationError};
use crate::version::{Version, VersionError};

/// A package file: everything that is needed to fetch it and to say what was installed.
///
/// This is what a lock file pins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PackageFile {
    /// The package's name.
    pub name: String,
    /// Its whole version, epoch and revision included.
    pub version: String,
    /// `amd64`, `arm64` or `all`.
    pub architecture: String,
    /// Where the file lies, below the URL of its repository: `pool/main/…/x_1_amd64.deb`.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// The digest of its bytes.
    pub sha256: Digest,
}

/// A package as an index describes it, borrowing from the index.
#[derive(Debug, Clone)]
pub struct Package<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its version.
    pub version: Version<'a>,
    /// `all`, or what it was built for.
    pub architecture: &'a str,
    /// Whether any architecture of it satisfies a dependency on `name:any`.
    pub multi_arch_allowed: bool,
    /// How needed Debian finds it: 0 for `required` to 4 for `extra`.
    pub priority: u8,
    /// Where the file lies, below the URL of its repository.
    pub filename: &'a str,
    /// The file's size in bytes.
    pub size: u64,
    /// The digest of the file's bytes.
    pub sha256: Digest,
    /// What must be unpacked and set up before it.
    pub pre_depends: Vec<Dependency<'a>>,
    /// What it needs to work.
    pub depends: Vec<Dependency<'a>>,
    /// What it stands in for; a version, where there is one, is exact.
    pub provides: Vec<Relation<'a>>,
    /// What cannot be installed beside it: its `Conflicts` and `Breaks`.
    pub conflicts: Vec<Relation<'a>>,
    /// Which of the merged indexes lists it, by position.
    pub origin: usize,
}

/// A paragraph of an index that describes no package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// A field that every package has is missing or malformed.
    #[error("the index entry of `{package}` has no valid `{field}` field")]
    Field {
        /// The package, as far as it is known.
        package: String,
        /// The field.
        field: &'static str,
    },
    /// Its version is none.
    #[error("the index entry of `{package}` is malformed")]
    Version {
        /// The package.
        package: String,
        /// What is wrong.
        source: VersionError,
    },
    /// A relation to another package is malformed.
    #[error("the `{field}` field of `{package}` is malformed")]
    Relation {
        /// The package.
        package: String,
        /// The field.
        field: &'static str,
        /// What is wrong.
        source: RelationError,
    },
}

impl<'a> Package<'a> {
    /// Reads the paragraph of an index.
    pub(crate) fn parse(paragraph: &'a str, origin: usize) -> Result<Self, PackageError> {
        let mut raw = Fields::default();
        for (name, value) in deb822::fields(paragraph) {
            if let Some(slot) = raw.slot(name) {
                slot.get_or_insert(value);
            }
        }
        let name = raw.name.filter(|name| valid_name(name));
        let package = name.unwrap_or("(unnamed)");
        let missing = |field| PackageError::Field { package: package.to_owned(), field };
        let relations =
            |text: Option<&'a str>, field| {
                Dependency::list(text.unwrap_or_default()).map_err(|source| {
                    PackageError::Relation { package: package.to_owned(), field, source }
                })
            };
        let version = raw.version.ok_or_else(|| missing("Version"))?;
        let mut conflicts = relations(raw.conflicts, "Conflicts")?;
        conflicts.extend(relations(raw.breaks, "Breaks")?);
        Ok(Self {
            name: name.ok_or_else(|| missing("Package"))?,
            version: Version::new(version)
                .map_err(|source| PackageError::Version { package: package.to_owned(), source })?,
            architecture: raw.architecture.ok_or_else(|| missing("Architecture"))?,
            multi_arch_allowed: raw.multi_arch == Some("allowed"),
            priority: priority(raw.priority),
            filename: raw
                .filename
                .filter(|path| valid_path(path))
                .ok_or_else(|| missing("Filename"))?,
            size: raw.size.and_then(|size| size.parse().ok()).ok_or_else(|| missing("Size"))?,
            sha256: raw
                .sha256
                .and_then(|hex| Digest::from_hex(hex).ok())
                .ok_or_else(|| missing("SHA256"))?,
            pre_depends: relations(raw.pre_depends, "Pre-Depends")?,
            depends: relations(raw.depends, "Depends")?,
            provides: single(relations(raw.provides, "Provides")?),
            conflicts: single(conflicts),
            origin,
        })
    }

    /// What it takes to fetch the package's file.
    pub fn file(&self) -> PackageFile {
        PackageFile {
            name: self.name.to_owned(),
            version: self.version.as_str().to_owned(),
            architecture: self.architecture.to_owned(),
            path: self.filename.to_owned(),
            size: self.size,
            sha256: self.sha256,
        }
    }

    /// All that must be installed beside it.
    pub fn needs(&self) -> impl Iterator<Item = &Dependency<'a>> {
        self.pre_depends.iter().chain(&self.depends)
    }
}

/// The fields that matter, as they stand in the paragraph.
#[derive(Default)]
struct Fields<'a> {
    name: Option<&'a str>,
    version: Option<&'a str>,
    architecture: Option<&'a str>,
    multi_arch: Option<&'a str>,
    priority: Option<&'a str>,
    filename: Option<&'a str>,
    size: Option<&'a str>,
    sha256: Option<&'a str>,
    pre_depends: Option<&'a str>,
    depends: Option<&'a str>,
    provides: Option<&'a str>,
    conflicts: Option<&'a str>,
    breaks: Option<&'a str>,
}

impl<'a> Fields<'a> {
    fn slot(&mut self, name: &str) -> Option<&mut Option<&'a str>> {
        Some(match name {
            "Package" => &mut self.name,
            "Version" => &mut self.version,
            "Architecture" => &mut self.architecture,
            "Multi-Arch" => &mut self.multi_arch,
            "Priority" => &mut self.priority,
            "Filename" => &mut self.filename,
            "Size" => &mut self.size,
            "SHA256" => &mut self.sha256,
            "Pre-Depends" => &mut self.pre_depends,
            "Depends" => &mut self.depends,
            "Provides" => &mut self.provides,
            "Conflicts" => &mut self.conflicts,
            "Breaks" => &mut self.breaks,
            _ => return None,
        })
    }
}

/// A name becomes a file name under `/var/lib/dpkg`, so it must not lead elsewhere.
pub(crate) fn valid_name(name: &str) -> bool {
    name.len() >= 2
        && name.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte)
        })
}

/// A path is appended to a URL: plain characters, nothing that leads outside.
fn valid_path(path: &str) -> bool {
    path.split('/').all(|part| !matches!(part, "" | "." | ".."))
        && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/+-._~:".contains(&byte))
}

/// Fields without alternatives, as relations.
fn single(list: Vec<Dependency<'_>>) -> Vec<Relation<'_>> {
    list.into_iter().flat_map(|member| member.alternatives).collect()
}

fn priority(text: Option<&str>) -> u8 {
    match text {
        Some("required") => 0,
        Some("important") => 1,
        Some("standard") => 2,
        Some("extra") => 4,
        // The archive's default, and what a package without the field is.
        _ => 3,
    }
}
