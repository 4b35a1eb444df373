//! `Pipfile.lock`: JSON, with one object for each category.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;

use super::{Edge, Lock, LockedFile, LockedPackage, graph};
use crate::document::utf8;
use crate::error::Error;
use crate::files::Files;
use crate::kind::SourceKind;
use crate::link::Link;
use crate::manifest::{local, marker, repository};
use crate::name::{Extra, PackageName};
use crate::origin::Origin;
use crate::read::ReadOptions;
use crate::requirement::{Hash, Source};
use crate::set::RequirementSet;

#[derive(Deserialize)]
struct File {
    #[serde(rename = "_meta")]
    meta: Meta,
    #[serde(flatten)]
    categories: BTreeMap<String, BTreeMap<String, Entry>>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default, rename = "pipfile-spec")]
    spec: Option<u64>,
    #[serde(default)]
    sources: Vec<Index>,
    #[serde(default)]
    requires: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Index {
    name: Option<String>,
    url: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    version: Option<String>,
    hashes: BTreeSet<String>,
    extras: Vec<String>,
    markers: Option<String>,
    index: Option<String>,
    editable: bool,
    path: Option<String>,
    file: Option<String>,
    git: Option<String>,
    hg: Option<String>,
    svn: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
    subdirectory: Option<String>,
}

/// Reads the lock at `path`: `default`, and the categories that `options` name as groups.
pub(crate) fn read(
    path: &str,
    files: &dyn Files,
    options: &ReadOptions,
) -> Result<RequirementSet, Error> {
    let bytes = graph::bytes(path, files)?;
    let text = utf8(path, &bytes)?;
    let name: Arc<str> = path.into();
    let file: File = serde_json::from_str(text).map_err(|error| Error::Syntax {
        origin: Origin::new(name.clone(), u32::try_from(error.line()).unwrap_or(1)),
        format: "Pipfile.lock (JSON)",
        reason: error.to_string(),
    })?;
    let mut set = graph::set(SourceKind::PipfileLock, path, options);
    if file.meta.spec.is_some_and(|spec| spec != 6) {
        let found = file.meta.spec.unwrap_or_default().to_string();
        return Err(Error::Version { origin: Origin::new(name, 1), found, supported: "6" });
    }
    let lines = Lines::of(text, name);
    let (indexes, primary) = sources(&file.meta, &lines, &mut set)?;
    let reader = Reader { indexes, primary, lines };
    let mut lock = Lock::default();
    let known = file.categories.keys().filter(|key| *key != "default").cloned().collect();
    let groups: Vec<String> =
        options.groups.iter().map(|group| category(group).to_owned()).collect();
    graph::check_known(path, "dependency group", &groups, &known)?;
    graph::check_known(path, "extra", &options.extras, &BTreeSet::new())?;
    for category in std::iter::once("default").chain(groups.iter().map(String::as_str)) {
        for (key, entry) in file.categories.get(category).into_iter().flatten() {
            let (package, edge) = reader.package(category, key, entry, lock.packages.len())?;
            lock.packages.push(package);
            lock.roots.push(edge);
        }
    }
    merge(&mut lock);
    Ok(graph::finish(set, lock))
}

/// The category that a group's name means: `dev` is `develop`.
fn category(group: &str) -> &str {
    match group {
        "dev" | "develop" | "dev-packages" => "develop",
        other => other,
    }
}

/// A package that several categories list the same way is one.
fn merge(lock: &mut Lock) {
    let mut first: BTreeMap<_, usize> = BTreeMap::new();
    for edge in &mut lock.roots {
        let package = &lock.packages[edge.package];
        let same = (package.name.clone(), package.version.clone(), package.source.clone());
        edge.package = *first.entry(same).or_insert(edge.package);
    }
}

/// The indexes by name, and the identity of the first.
fn sources(
    meta: &Meta,
    lines: &Lines,
    set: &mut RequirementSet,
) -> Result<(BTreeMap<String, Link>, Option<String>), Error> {
    let mut indexes = BTreeMap::new();
    let mut primary = None;
    for source in &meta.sources {
        let link = Link::new(&source.url);
        if let Some(name) = &source.name {
            indexes.insert(name.clone(), link.clone());
        }
        if primary.is_none() {
            primary = Some(link.identity());
            set.index.index_url = Some(link).filter(|link| link.identity() != crate::index::PYPI);
        } else {
            set.index.extra_index_urls.push(link);
        }
    }
    let python = meta.requires.get("python_full_version").map(|version| format!("=={version}"));
    let python = python.or_else(|| Some(format!("=={}.*", meta.requires.get("python_version")?)));
    if let Some(python) = python {
        let origin = lines.origin("_meta", "requires");
        let refuse = |error: crate::InvalidSpecifier| Error::Content {
            origin: origin.clone(),
            reason: error.to_string(),
        };
        set.requires_python = Some((python.parse().map_err(refuse)?, origin));
    }
    Ok((indexes, primary))
}

struct Reader {
    indexes: BTreeMap<String, Link>,
    primary: Option<String>,
    lines: Lines,
}

impl Reader {
    fn package(
        &self,
        category: &str,
        key: &str,
        entry: &Entry,
        place: usize,
    ) -> Result<(LockedPackage, Edge), Error> {
        let origin = self.lines.origin(category, key);
        let refuse = |reason: String| Error::Content { origin: origin.clone(), reason };
        let name = PackageName::new(key).map_err(|error| refuse(error.to_string()))?;
        let mut package = graph::package(name, origin.clone());
        package.editable = entry.editable;
        package.source = self.source(entry, &origin)?;
        package.version =
            match entry.version.as_deref().map(|version| version.trim_start_matches('=')) {
                None | Some("*") => None,
                Some(text) => {
                    Some(text.parse().map_err(|_| refuse(format!("`{text}` is not a version")))?)
                }
            };
        let hashes: Result<BTreeSet<Hash>, _> =
            entry.hashes.iter().map(|hash| hash.parse()).collect();
        let hashes = hashes.map_err(|error: crate::InvalidHash| refuse(error.to_string()))?;
        if !hashes.is_empty() {
            package.files.push(LockedFile {
                name: String::new(),
                location: None,
                hashes,
                size: None,
            });
        }
        let extras: Result<BTreeSet<Extra>, _> =
            entry.extras.iter().map(|extra| Extra::new(extra)).collect();
        let extras = extras.map_err(|error| refuse(error.to_string()))?;
        let marker = entry.markers.as_deref().map(|text| marker(text, &origin)).transpose()?;
        Ok((package, Edge { package: place, extras, marker }))
    }

    fn source(&self, entry: &Entry, origin: &Origin) -> Result<Source, Error> {
        for (system, url) in [("git", &entry.git), ("hg", &entry.hg), ("svn", &entry.svn)] {
            if let Some(url) = url {
                let (revision, directory) =
                    (entry.reference.as_deref(), entry.subdirectory.as_deref());
                return Ok(repository(system, url, revision, directory));
            }
        }
        match (&entry.path, &entry.file) {
            (Some(path), _) => local(path, origin),
            (None, Some(file)) if file.contains("://") => Ok(Source::Archive(Link::new(file))),
            (None, Some(file)) => local(file, origin),
            (None, None) => {
                let Some(name) = &entry.index else { return Ok(Source::default()) };
                let unknown = || Error::Content {
                    origin: origin.clone(),
                    reason: format!("`{name}` is the name of no source in _meta"),
                };
                let link = self.indexes.get(name).ok_or_else(unknown)?;
                // Packages of the first source may name it or not; both mean the same.
                let index = Some(link.clone()).filter(|link| Some(link.identity()) != self.primary);
                Ok(Source::Index { index })
            }
        }
    }
}

/// The lines on which keys stand, found by the indentation that pipenv writes.
struct Lines {
    file: Arc<str>,
    lines: BTreeMap<(String, String), u32>,
}

impl Lines {
    fn of(text: &str, file: Arc<str>) -> Self {
        let mut lines = BTreeMap::new();
        let mut category = String::new();
        for (line, number) in text.lines().zip(1..) {
            let key = line.trim_start();
            let indent = line.len() - key.len();
            let Some((key, _)) = key.strip_prefix('"').and_then(|key| key.split_once("\": "))
            else {
                continue;
            };
            match indent {
                4 => key.clone_into(&mut category),
                8 => _ = lines.entry((category.clone(), key.to_owned())).or_insert(number),
                _ => {}
            }
        }
        Self { file, lines }
    }

    /// Where the key stands; the first line of the file where it was written some other way.
    fn origin(&self, category: &str, key: &str) -> Origin {
        let line = self.lines.get(&(category.to_owned(), key.to_owned()));
        Origin::new(self.file.clone(), line.copied().unwrap_or(1))
    }
}
