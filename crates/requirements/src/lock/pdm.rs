//! `pdm.lock`: packages with groups and markers, or, in older ones, a graph to be walked from pyproject.toml.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::{self, Places, edges_of};
use super::{Edge, Lock, LockedFile, LockedPackage};
use crate::document::{Document, Table, utf8};
use crate::error::Error;
use crate::files::Files;
use crate::kind::SourceKind;
use crate::link::Link;
use crate::manifest::{self, local, repository};
use crate::name::{Extra, fold};
use crate::read::ReadOptions;
use crate::requirement::Source;
use crate::set::RequirementSet;

/// Reads the lock at `path`.
pub(crate) fn read(
    path: &str,
    files: &dyn Files,
    options: &ReadOptions,
) -> Result<RequirementSet, Error> {
    let bytes = graph::bytes(path, files)?;
    let document = Document::parse(path, utf8(path, &bytes)?)?;
    let root = &document.root;
    let mut set = graph::set(SourceKind::PdmLock, path, options);
    let metadata = document
        .table(root, "metadata")?
        .ok_or_else(|| document.refuse(0, "[metadata] is missing, so this is no lock of pdm"))?;
    let version = document.text(metadata, "lock_version")?.unwrap_or("none");
    if version.split('.').next() != Some("4") {
        return Err(Error::Version {
            origin: document.origin(metadata.offset),
            found: version.to_owned(),
            supported: "4.x",
        });
    }
    let tables = document.tables(root, "package")?;
    let entries = entries(&document, metadata, &tables)?;
    let has_groups = tables.iter().any(|table| table.get("groups").is_some());
    let mut lock = Lock { packages: entries.packages, ..Lock::default() };
    if has_groups {
        let mut known: BTreeSet<String> = document
            .texts(metadata, "groups")?
            .into_iter()
            .map(|(group, _)| group.to_owned())
            .collect();
        known.remove("default");
        graph::check_known(path, "dependency group", &options.groups, &known)?;
        graph::check_known(path, "extra", &options.extras, &known)?;
        let asked: BTreeSet<String> =
            options.groups.iter().chain(&options.extras).map(|name| fold(name)).collect();
        for (table, place) in tables.iter().zip(&entries.places) {
            let groups = document.texts(table, "groups")?;
            if groups.iter().any(|(group, _)| *group == "default" || asked.contains(&fold(group))) {
                let marker = graph::marker(&document, table, "marker")?;
                lock.roots.push(Edge {
                    package: *place,
                    extras: extras(&document, table)?,
                    marker,
                });
            }
        }
    } else {
        walk(&document, &tables, &entries.places, &mut lock)?;
        let places = Places::of(&lock.packages)?;
        let wanted = graph::manifest_beside(&document, path, files, options)?;
        for requirement in &wanted.requirements {
            lock.roots.extend(edges_of(
                requirement,
                requirement.marker.as_ref(),
                &lock.packages,
                &places,
            ));
        }
        set.requirements = wanted.requirements;
        set.sources.extend(wanted.sources);
        set.index = wanted.index;
    }
    Ok(graph::finish(set, lock))
}

struct Entries {
    packages: Vec<LockedPackage>,
    /// The package that each table is about: a table with extras is about that without.
    places: Vec<usize>,
}

/// Reads the packages. pdm writes one table for a package and one more for each set of its extras.
fn entries(
    document: &Document<'_>,
    metadata: &Table<'_>,
    tables: &[&Table<'_>],
) -> Result<Entries, Error> {
    let mut entries = Entries { packages: Vec::new(), places: Vec::new() };
    let mut known = BTreeMap::new();
    let old_files = document.table(metadata, "files")?;
    for table in tables {
        let name = graph::name(document, table)?;
        let version = graph::version(document, table)?;
        let source = source(document, table)?;
        let place = *known
            .entry((name.clone(), version.clone(), source.clone()))
            .or_insert(entries.packages.len());
        entries.places.push(place);
        if place < entries.packages.len() {
            continue;
        }
        let mut package = graph::package(name, document.origin(table.offset));
        package.editable = document.flag(table, "editable")?;
        package.source = source;
        let mut files = document.tables(table, "files")?;
        if let Some(old) = old_files {
            let version = version.as_ref().map(ToString::to_string).unwrap_or_default();
            files.extend(
                document.tables(old, &format!("{} {version}", document.need(table, "name")?))?,
            );
        }
        package.version = version;
        for file in files {
            package.files.push(locked_file(document, file)?);
        }
        entries.packages.push(package);
    }
    Ok(entries)
}

/// Reads the dependencies, for locks that do not say which packages each group needs.
fn walk(
    document: &Document<'_>,
    tables: &[&Table<'_>],
    of_tables: &[usize],
    lock: &mut Lock,
) -> Result<(), Error> {
    let places = Places::of(&lock.packages)?;
    for (table, place) in tables.iter().zip(of_tables) {
        let mut edges = Vec::new();
        for (text, offset) in document.texts(table, "dependencies")? {
            let requirement = manifest::specifier(text, document.origin(offset))?;
            edges.extend(edges_of(
                &requirement,
                requirement.marker.as_ref(),
                &lock.packages,
                &places,
            ));
        }
        let package = &mut lock.packages[*place];
        let extras = extras(document, table)?;
        if extras.is_empty() {
            package.dependencies.append(&mut edges);
        }
        for extra in extras {
            package.extra_dependencies.entry(extra).or_default().extend(edges.iter().cloned());
        }
    }
    Ok(())
}

fn source(document: &Document<'_>, table: &Table<'_>) -> Result<Source, Error> {
    let text = |key| document.text(table, key);
    for system in ["git", "hg", "svn", "bzr"] {
        if let Some(url) = text(system)? {
            let revision = text("revision")?.or(text("ref")?);
            return Ok(repository(system, url, revision, text("subdirectory")?));
        }
    }
    match (text("url")?, text("path")?) {
        (Some(url), _) => Ok(Source::Archive(Link::new(url))),
        (None, Some(path)) => local(path, &document.origin(table.offset)),
        (None, None) => Ok(Source::default()),
    }
}

fn locked_file(document: &Document<'_>, table: &Table<'_>) -> Result<LockedFile, Error> {
    let mut file = match document.text(table, "url")? {
        Some(url) => graph::file_at(url),
        None => LockedFile {
            name: document.need(table, "file")?.to_owned(),
            location: None,
            hashes: BTreeSet::new(),
            size: None,
        },
    };
    if let Some(hash) = document.text(table, "hash")? {
        file.hashes.insert(graph::hash(document, table.offset, hash)?);
    }
    Ok(file)
}

fn extras(document: &Document<'_>, table: &Table<'_>) -> Result<BTreeSet<Extra>, Error> {
    let texts = document.texts(table, "extras")?.into_iter();
    texts
        .map(|(text, offset)| {
            Extra::new(text).map_err(|error| document.refuse(offset, error.to_string()))
        })
        .collect()
}
