//! What lock files say: the packages, and which of them a target needs.

mod graph;
pub(crate) mod pdm;
pub(crate) mod pipfile;
pub(crate) mod poetry;
pub(crate) mod pylock;
pub(crate) mod uv;

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::Version;

use crate::marker::{Activated, Marker};
use crate::name::{Extra, PackageName};
use crate::origin::Origin;
use crate::requirement::{Hash, Source};
use crate::target::Target;

/// The content of a lock file, for every target it was made for.
///
/// Some formats list packages with the markers under which each is wanted; others hold a graph to
/// be walked from the project. Both are a graph here: the first kind has an edge from the roots to
/// each package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// All packages, in the order of the file.
    pub packages: Vec<LockedPackage>,
    /// What is asked for: the project's dependencies, or the project.
    pub roots: Vec<Edge>,
    /// The place of the project itself among the packages, where the lock lists it. It is walked,
    /// and never selected: an image gets the project's files another way.
    pub project: Option<usize>,
}

/// One package of a lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedPackage {
    /// Its name.
    pub name: PackageName,
    /// Its exact version; `None` for a directory or repository whose version is not recorded.
    pub version: Option<Version>,
    /// Where it comes from.
    pub source: Source,
    /// Whether it is installed as a link to its sources.
    pub editable: bool,
    /// Its files: wheels and source archives. Empty where the format records none.
    pub files: Vec<LockedFile>,
    /// What it needs always.
    pub dependencies: Vec<Edge>,
    /// What it needs besides for each of its extras.
    pub extra_dependencies: BTreeMap<Extra, Vec<Edge>>,
    /// Where it is written.
    pub origin: Origin,
}

/// A file of a locked package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedFile {
    /// The file's name; empty for formats that record hashes alone (`Pipfile.lock`).
    pub name: String,
    /// Its URL, or its path within the project; `None` where the index must be asked.
    pub location: Option<Source>,
    /// Its digests. Where the format does not say which file a digest is of (`Pipfile.lock`), those of
    /// all files, any of which may match.
    pub hashes: BTreeSet<Hash>,
    /// Its size in bytes.
    pub size: Option<u64>,
}

impl LockedFile {
    /// Whether it is a wheel, by its name.
    pub fn is_wheel(&self) -> bool {
        self.name.len() > 4 && self.name[self.name.len() - 4..].eq_ignore_ascii_case(".whl")
    }
}

/// That a package is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The package's place in [`Lock::packages`].
    pub package: usize,
    /// The extras of it that are needed.
    pub extras: BTreeSet<Extra>,
    /// When; `None` is always.
    pub marker: Option<Marker>,
}

/// A package that a target needs, with the extras that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin<'a> {
    /// The package.
    pub package: &'a LockedPackage,
    /// The extras.
    pub extras: BTreeSet<Extra>,
}

impl Lock {
    /// The packages that `target` needs, by name; each once, with the extras of all who ask.
    ///
    /// Time and memory are linear in the size of the lock.
    pub fn select(&self, target: &Target, activated: &Activated) -> Vec<Pin<'_>> {
        let mut extras: Vec<Option<BTreeSet<Extra>>> = vec![None; self.packages.len()];
        let mut decided: BTreeMap<usize, bool> = BTreeMap::new();
        let mut queue: Vec<&Edge> = self.roots.iter().collect();
        while let Some(edge) = queue.pop() {
            let Some(package) = self.packages.get(edge.package) else { continue };
            let holds = |marker: &Marker| {
                *decided.entry(marker.address()).or_insert_with(|| marker.holds(target, activated))
            };
            if !edge.marker.as_ref().is_none_or(holds) {
                continue;
            }
            let seen = &mut extras[edge.package];
            if seen.is_none() {
                queue.extend(&package.dependencies);
            }
            let seen = seen.get_or_insert_default();
            for extra in &edge.extras {
                if seen.insert(extra.clone())
                    && let Some(edges) = package.extra_dependencies.get(extra)
                {
                    queue.extend(edges);
                }
            }
        }
        let mut pins: Vec<_> = self
            .packages
            .iter()
            .zip(extras)
            .enumerate()
            .filter(|(place, _)| Some(*place) != self.project)
            .filter_map(|(_, (package, extras))| Some(Pin { package, extras: extras? }))
            .collect();
        pins.sort_by(|a, b| {
            (&a.package.name, &a.package.version).cmp(&(&b.package.name, &b.package.version))
        });
        pins
    }
}
