//! A project's page on a package index: which files there are.

use std::borrow::Cow;
use std::str::FromStr;

use boxwright_digest::Digest;
use boxwright_requirements::Link;
use boxwright_wheel::WheelName;
use pep440_rs::Version;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::Timestamp;

/// A wheel somewhere on the network: where it is, and what it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteFile {
    /// Its file name.
    #[serde(rename = "filename")]
    pub name: WheelName,
    /// Where it is: an absolute URL. Credentials in it are neither shown nor stored.
    pub url: Link,
    /// What its bytes must hash to. An index may leave it out; PyPI never does.
    pub sha256: Option<Digest>,
    /// How many bytes it has, where the index says so.
    pub size: Option<u64>,
    /// Whether its metadata can be had without it.
    pub metadata: Sidecar,
}

/// Whether a wheel's metadata lies beside it (PEP 658), at its URL and `.metadata`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sidecar {
    /// It must be read out of the wheel.
    Absent,
    /// It lies there, and the index does not say what it hashes to.
    Unhashed,
    /// It lies there, and must hash to this.
    Hashed(Digest),
}

/// A wheel and what the index says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageFile {
    /// The wheel.
    pub file: RemoteFile,
    /// The Python versions it is for, as written.
    pub requires_python: Option<Box<str>>,
    /// Why it was yanked (PEP 592), if it was; the reason may be empty.
    pub yanked: Option<Box<str>>,
    /// When it was uploaded (PEP 700).
    pub uploaded: Option<Timestamp>,
}

/// A source distribution: never installed, but worth a word in an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The version it holds.
    pub version: Version,
    /// The Python versions it is for, as written.
    pub requires_python: Option<Box<str>>,
}

/// What an index has of one project. Files that are neither wheel nor source distribution (eggs,
/// installers) and names that say nothing are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectPage {
    /// Its wheels, in the index's order.
    pub wheels: Vec<PageFile>,
    /// Its source distributions.
    pub sources: Vec<SourceFile>,
}

/// A page that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// It is not the JSON that PEP 691 describes.
    #[error("the index's answer is not a project page of the JSON simple API: {0}")]
    Json(#[source] serde_json::Error),
    /// It was fetched from something that is no URL.
    #[error("`{url}` is no URL that a page can come from: {source}")]
    Url {
        /// What was given.
        url: String,
        /// What is wrong with it.
        source: url::ParseError,
    },
}

impl ProjectPage {
    /// Reads the JSON of PEP 691 that came from `url`, against which relative file URLs are resolved.
    ///
    /// A page of 10 MB takes some 30 ms: texts are borrowed from `json` until a file proves useful.
    pub fn parse(json: &[u8], url: &str) -> Result<Self, PageError> {
        let base =
            Url::parse(url).map_err(|source| PageError::Url { url: url.to_owned(), source })?;
        let raw: RawPage<'_> = serde_json::from_slice(json).map_err(PageError::Json)?;
        let mut page = Self::default();
        for file in raw.files {
            if file.filename.ends_with(".whl") {
                page.wheels.extend(file.into_wheel(&base));
            } else if let Some(version) = source_version(&file.filename) {
                let requires_python = file.requires_python.map(Into::into);
                page.sources.push(SourceFile { version, requires_python });
            }
        }
        Ok(page)
    }
}

#[derive(Deserialize)]
struct RawPage<'a> {
    #[serde(borrow)]
    files: Vec<RawFile<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct RawFile<'a> {
    #[serde(borrow)]
    filename: Cow<'a, str>,
    #[serde(borrow)]
    url: Cow<'a, str>,
    #[serde(borrow, default)]
    hashes: RawHashes<'a>,
    #[serde(borrow, default)]
    requires_python: Option<Cow<'a, str>>,
    #[serde(default)]
    size: Option<u64>,
    #[serde(borrow, default)]
    upload_time: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    yanked: Option<RawYanked<'a>>,
    #[serde(borrow, default)]
    core_metadata: Option<RawSidecar<'a>>,
    // The name this had before PEP 714; some indexes know no other.
    #[serde(borrow, default)]
    dist_info_metadata: Option<RawSidecar<'a>>,
}

#[derive(Default, Deserialize)]
struct RawHashes<'a> {
    #[serde(borrow, default)]
    sha256: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawYanked<'a> {
    Flag(bool),
    Reason(#[serde(borrow)] Cow<'a, str>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawSidecar<'a> {
    Flag(bool),
    Hashes(#[serde(borrow)] RawHashes<'a>),
}

impl RawFile<'_> {
    /// `None` for a file that cannot be used: its name, its URL or its hash says nothing.
    fn into_wheel(self, base: &Url) -> Option<PageFile> {
        let name = WheelName::from_str(&self.filename).ok()?;
        let url = if self.url.starts_with("https://") {
            Link::new(&self.url)
        } else {
            Link::new(base.join(&self.url).ok()?.as_str())
        };
        let sha256 = match self.hashes.sha256 {
            // A hash that is there and unreadable must not turn into none at all.
            Some(hex) => Some(Digest::from_hex(&hex).ok()?),
            None => None,
        };
        let metadata = match self.core_metadata.or(self.dist_info_metadata) {
            None | Some(RawSidecar::Flag(false)) => Sidecar::Absent,
            Some(RawSidecar::Flag(true) | RawSidecar::Hashes(RawHashes { sha256: None })) => {
                Sidecar::Unhashed
            }
            Some(RawSidecar::Hashes(RawHashes { sha256: Some(hex) })) => {
                Sidecar::Hashed(Digest::from_hex(&hex).ok()?)
            }
        };
        let yanked = match self.yanked {
            None | Some(RawYanked::Flag(false)) => None,
            Some(RawYanked::Flag(true)) => Some("".into()),
            Some(RawYanked::Reason(reason)) => Some(reason.into()),
        };
        Some(PageFile {
            file: RemoteFile { name, url, sha256, size: self.size, metadata },
            requires_python: self.requires_python.map(Into::into),
            yanked,
            uploaded: self.upload_time.and_then(|time| time.parse().ok()),
        })
    }
}

/// The version of a source distribution: what follows the last dash that a version can follow.
fn source_version(file_name: &str) -> Option<Version> {
    let endings = [".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz"];
    let stem = endings.iter().find_map(|ending| file_name.strip_suffix(ending))?;
    // Neither `foo-1.0-beta.tar.gz` nor `foo-bar-1.0.tar.gz` is rare among old files.
    stem.match_indices('-').find_map(|(dash, _)| Version::from_str(&stem[dash + 1..]).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_a_source_distribution_is_found() {
        let table = [
            ("flask-3.1.2.tar.gz", Some("3.1.2")),
            ("zope.interface-5.0.zip", Some("5.0")),
            ("python-dateutil-2.9.tar.gz", Some("2.9")),
            ("foo-1.0-beta.tar.gz", Some("1.0b0")),
            ("foo-1.0.win32.exe", None),
            ("foo-1.0-py2.7.egg", None),
            ("foo-latest.zip", None),
        ];
        for (file_name, version) in table {
            let found = source_version(file_name).map(|version| version.to_string());
            assert_eq!(found.as_deref(), version, "{file_name}");
        }
    }
}
