//! From names to edges: what the readers of all formats share.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::Version;

use super::{Edge, Lock, LockedFile, LockedPackage};
use crate::document::{Document, Table};
use crate::error::Error;
use crate::files::Files;
use crate::kind::SourceKind;
use crate::link::Link;
use crate::manifest;
use crate::marker::{Activated, Marker};
use crate::name::{PackageName, fold};
use crate::origin::Origin;
use crate::read::ReadOptions;
use crate::requirement::{Hash, Requirement, Source};
use crate::set::{RequirementSet, Rule};

/// The bytes of a lock file.
pub(super) fn bytes(path: &str, files: &dyn Files) -> Result<Vec<u8>, Error> {
    files.read(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })
}

/// An empty set for a lock file.
pub(super) fn set(kind: SourceKind, path: &str, options: &ReadOptions) -> RequirementSet {
    let mut set = RequirementSet::new(kind);
    set.sources.push(path.to_owned());
    set.activated = Activated::new(&options.extras, &options.groups);
    set
}

/// A package without files and dependencies.
pub(super) fn package(name: PackageName, origin: Origin) -> LockedPackage {
    LockedPackage {
        name,
        version: None,
        source: Source::default(),
        editable: false,
        files: Vec::new(),
        dependencies: Vec::new(),
        extra_dependencies: BTreeMap::new(),
        origin,
    }
}

/// The places of packages by name; there are several of one name where versions depend on the target.
#[derive(Debug, Default)]
pub(super) struct Places(BTreeMap<PackageName, Vec<usize>>);

/// More versions of one package than any lock needs; each may be the target of each dependency.
const MAX_NAMESAKES: usize = 200;

impl Places {
    pub(super) fn of(packages: &[LockedPackage]) -> Result<Self, Error> {
        let mut places = Self::default();
        for (place, package) in packages.iter().enumerate() {
            let namesakes = places.0.entry(package.name.clone()).or_default();
            namesakes.push(place);
            if namesakes.len() > MAX_NAMESAKES {
                let reason =
                    format!("more than {MAX_NAMESAKES} packages are called `{}`", package.name);
                return Err(Error::Content { origin: package.origin.clone(), reason });
            }
        }
        Ok(places)
    }

    /// The packages of that name.
    pub(super) fn get(&self, name: &str) -> &[usize] {
        match self.0.get(name) {
            Some(places) => places,
            None => PackageName::new(name)
                .ok()
                .and_then(|name| self.0.get(&name))
                .map_or(&[], |places| places),
        }
    }
}

/// Edges to the packages that a requirement means: those of its name whose version it accepts.
pub(super) fn edges_of(
    requirement: &Requirement,
    marker: Option<&Marker>,
    packages: &[LockedPackage],
    places: &Places,
) -> Vec<Edge> {
    let Some(name) = &requirement.name else { return Vec::new() };
    let all = places.get(name.as_str());
    let accepted = |place: &&usize| {
        let version = packages[**place].version.as_ref();
        all.len() == 1 || version.is_none_or(|version| requirement.specifiers.contains(version))
    };
    all.iter()
        .filter(accepted)
        .map(|place| Edge {
            package: *place,
            extras: requirement.extras.clone(),
            marker: marker.cloned(),
        })
        .collect()
}

/// The requirements of the manifest beside a lock file that does not record them itself.
pub(super) fn manifest_beside(
    document: &Document<'_>,
    path: &str,
    files: &dyn Files,
    options: &ReadOptions,
) -> Result<RequirementSet, Error> {
    let manifest =
        crate::files::join(crate::files::parent(path), "pyproject.toml").unwrap_or_default();
    if !files.is_file(&manifest) {
        return Err(document.refuse(0, format!("this version of the format does not record what is wanted, so {manifest} must stand beside it")));
    }
    manifest::pyproject::read(&manifest, files, options)
}

/// Reads a version.
pub(super) fn version(
    document: &Document<'_>,
    table: &Table<'_>,
) -> Result<Option<Version>, Error> {
    let Some(text) = document.text(table, "version")? else { return Ok(None) };
    text.parse()
        .map(Some)
        .map_err(|_| document.refuse(table.offset, format!("`{text}` is not a version")))
}

/// Reads a name.
pub(super) fn name(document: &Document<'_>, table: &Table<'_>) -> Result<PackageName, Error> {
    let text = document.need(table, "name")?;
    PackageName::new(text).map_err(|error| document.refuse(table.offset, error.to_string()))
}

/// Reads the marker under `key`.
pub(super) fn marker(
    document: &Document<'_>,
    table: &Table<'_>,
    key: &str,
) -> Result<Option<Marker>, Error> {
    match document.text(table, key)? {
        Some(text) if !text.trim().is_empty() => {
            manifest::marker(text, &document.origin(table.offset)).map(Some)
        }
        _ => Ok(None),
    }
}

/// A file by URL, with a hash such as `sha256:…`.
pub(super) fn file_at(url: &str) -> LockedFile {
    let link = Link::new(url);
    LockedFile {
        name: link.file_name(),
        location: Some(Source::Archive(link)),
        hashes: BTreeSet::new(),
        size: None,
    }
}

/// Reads a hash such as `sha256:…`.
pub(super) fn hash(document: &Document<'_>, offset: usize, text: &str) -> Result<Hash, Error> {
    text.parse().map_err(|error: crate::InvalidHash| document.refuse(offset, error.to_string()))
}

/// Checks that every group or extra that was asked for is one that the lock knows.
pub(super) fn check_known(
    path: &str,
    what: &'static str,
    asked: &[String],
    known: &BTreeSet<String>,
) -> Result<(), Error> {
    let folded: BTreeSet<_> = known.iter().map(|name| fold(name)).collect();
    match asked.iter().find(|name| !folded.contains(&fold(name))) {
        None => Ok(()),
        Some(name) => Err(Error::Unknown {
            path: path.to_owned(),
            what,
            name: name.clone(),
            known: known.iter().cloned().collect(),
        }),
    }
}

/// Completes a set whose lock lists packages with the markers under which each is wanted, and
/// whose manifest says which extras of them.
pub(super) fn finish(mut set: RequirementSet, lock: Lock) -> RequirementSet {
    for package in &lock.packages {
        if package.version.is_none() && matches!(package.source, Source::Index { .. }) {
            let message = format!(
                "the lock records no version of `{}`: lock it again, with a version that exists for the target",
                package.name
            );
            set.warn(Rule::Unpinned, &package.origin, message);
        }
    }
    set.lock = Some(lock);
    set
}
