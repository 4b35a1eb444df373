//! Options for the whole set: where packages come from, and which of their files may be used.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::link::Link;
use crate::name::PackageName;

/// The index that is asked when no other is named.
pub const PYPI: &str = "https://pypi.org/simple";

/// Where packages are looked for, and which of their files are acceptable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "they are pip's switches, one each")]
pub struct IndexOptions {
    /// The index; `None` is [`PYPI`].
    pub index_url: Option<Link>,
    /// Further indexes, asked as well.
    pub extra_index_urls: Vec<Link>,
    /// Pages and directories with files.
    pub find_links: Vec<Link>,
    /// Whether no index is asked, only `find_links`.
    pub no_index: bool,
    /// Whether pre-releases are taken.
    pub pre: bool,
    /// Packages whose pre-releases are taken as well.
    pub all_releases: PackageFilter,
    /// Packages whose pre-releases are not taken.
    pub only_final: PackageFilter,
    /// Whether an older wheel is preferred to a newer source archive.
    pub prefer_binary: bool,
    /// Packages that are built from source.
    pub no_binary: PackageFilter,
    /// Packages that are never built from source.
    pub only_binary: PackageFilter,
    /// Whether every requirement must have a hash.
    pub require_hashes: bool,
    /// Hosts that are trusted without a valid certificate. No part of the key: it changes how
    /// files are fetched, not which.
    pub trusted_hosts: BTreeSet<String>,
    /// pip's `--use-feature`s.
    pub features: BTreeSet<String>,
}

impl IndexOptions {
    /// The index that is asked first; `None` with `no_index`.
    pub fn primary(&self) -> Option<&str> {
        (!self.no_index).then(|| self.index_url.as_ref().map_or(PYPI, Link::as_str))
    }
}

/// The packages that an option is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageFilter {
    /// Every package.
    pub all: bool,
    /// These packages.
    pub packages: BTreeSet<PackageName>,
}

impl PackageFilter {
    /// Whether the option is for `name`.
    pub fn contains(&self, name: &PackageName) -> bool {
        self.all || self.packages.contains(name)
    }

    /// Whether the option is for no package.
    pub fn is_empty(&self) -> bool {
        !self.all && self.packages.is_empty()
    }
}
