//! `poetry.lock`: since 2.1 packages with groups and markers, before that a graph to be walked from pyproject.toml.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::{self, Places};
use super::{Edge, Lock, LockedFile, LockedPackage};
use crate::document::{Document, Item, Table, Value, utf8};
use crate::error::Error;
use crate::files::{Files, join, parent};
use crate::kind::SourceKind;
use crate::link::Link;
use crate::manifest::poetry::{PoetryDependency, dependency};
use crate::manifest::{local, repository};
use crate::marker::{Assumed, Marker};
use crate::name::{Extra, PackageName, fold};
use crate::read::ReadOptions;
use crate::requirement::Source;
use crate::set::RequirementSet;

/// Reads the lock at `path`, and pyproject.toml beside it.
pub(crate) fn read(
    path: &str,
    files: &dyn Files,
    options: &ReadOptions,
) -> Result<RequirementSet, Error> {
    let bytes = graph::bytes(path, files)?;
    let document = Document::parse(path, utf8(path, &bytes)?)?;
    let mut set = graph::set(SourceKind::PoetryLock, path, options);
    let metadata = document
        .table(&document.root, "metadata")?
        .ok_or_else(|| document.refuse(0, "[metadata] is missing, so this is no lock of poetry"))?;
    let version = document.text(metadata, "lock-version")?.unwrap_or("1.0");
    if !matches!(version.split('.').next(), Some("1" | "2")) {
        return Err(Error::Version {
            origin: document.origin(metadata.offset),
            found: version.to_owned(),
            supported: "1.x and 2.x",
        });
    }
    let tables = document.tables(&document.root, "package")?;
    let mut lock = Lock::default();
    for table in &tables {
        lock.packages.push(package(&document, metadata, table)?);
    }
    let has_groups = tables.iter().any(|table| table.get("groups").is_some());
    let manifest = join(parent(path), "pyproject.toml").unwrap_or_default();
    let wanted = if has_groups && !files.is_file(&manifest) {
        None
    } else {
        Some(graph::manifest_beside(&document, path, files, options)?)
    };
    if has_groups {
        by_groups(&document, &tables, wanted.as_ref(), options, &mut lock)?;
    } else {
        walk(&document, &tables, &mut lock)?;
        let places = Places::of(&lock.packages)?;
        for requirement in wanted.iter().flat_map(|wanted| &wanted.requirements) {
            let marker = requirement.marker.as_ref();
            lock.roots.extend(graph::edges_of(requirement, marker, &lock.packages, &places));
        }
    }
    if let Some(wanted) = wanted {
        set.requirements = wanted.requirements;
        set.sources.extend(wanted.sources);
        set.index = wanted.index;
        set.requires_python = wanted.requires_python;
    }
    Ok(graph::finish(set, lock))
}

/// Takes the packages whose groups are asked for, each under its own marker.
fn by_groups(
    document: &Document<'_>,
    tables: &[&Table<'_>],
    wanted: Option<&RequirementSet>,
    options: &ReadOptions,
    lock: &mut Lock,
) -> Result<(), Error> {
    // The lock does not say which extras of a package were asked for; the manifest does.
    let mut extras: BTreeMap<&PackageName, BTreeSet<Extra>> = BTreeMap::new();
    for requirement in wanted.iter().flat_map(|wanted| &wanted.requirements) {
        if let Some(name) = &requirement.name {
            extras.entry(name).or_default().extend(requirement.extras.iter().cloned());
        }
    }
    let asked: BTreeSet<String> = options.groups.iter().map(|group| fold(group)).collect();
    for (place, table) in tables.iter().enumerate() {
        let groups = document.texts(table, "groups")?.into_iter().map(|(group, _)| group);
        let groups: Vec<_> =
            groups.filter(|group| *group == "main" || asked.contains(&fold(group))).collect();
        if groups.is_empty() {
            continue;
        }
        let extras = extras.get(&lock.packages[place].name).cloned().unwrap_or_default();
        lock.roots.push(Edge {
            package: place,
            extras,
            marker: group_marker(document, table, &groups)?,
        });
    }
    Ok(())
}

/// `markers` is one marker for all groups, or a table with one for each group that has one.
fn group_marker(
    document: &Document<'_>,
    table: &Table<'_>,
    groups: &[&str],
) -> Result<Option<Marker>, Error> {
    let Some(Item { value: Value::Table(by_group), .. }) = table.get("markers") else {
        return graph::marker(document, table, "markers");
    };
    let mut any: Option<Marker> = None;
    for group in groups {
        match graph::marker(document, by_group, group)? {
            None => return Ok(None),
            Some(marker) => {
                any = Some(match any {
                    Some(any) => any.or(marker),
                    None => marker,
                });
            }
        }
    }
    Ok(any)
}

/// Reads the edges of all packages, for locks that do not say which packages each group needs.
fn walk(document: &Document<'_>, tables: &[&Table<'_>], lock: &mut Lock) -> Result<(), Error> {
    let places = Places::of(&lock.packages)?;
    for (place, table) in tables.iter().enumerate() {
        let Some(dependencies) = document.table(table, "dependencies")? else { continue };
        let extras = package_extras(document, table)?;
        for (name, item) in dependencies.iter() {
            let choices = match &item.value {
                Value::Array(choices) => &choices[..],
                _ => std::slice::from_ref(item),
            };
            for choice in choices {
                let dependency = dependency(document, name, choice, &BTreeMap::new())?;
                add_edges(place, &dependency, &extras, &places, lock);
            }
        }
    }
    Ok(())
}

/// Adds a dependency to what is needed always, or, if it is optional, to each extra that lists it.
fn add_edges(
    place: usize,
    dependency: &PoetryDependency,
    extras: &[(Extra, BTreeSet<String>)],
    places: &Places,
    lock: &mut Lock,
) {
    let PoetryDependency { requirement, optional, constraint } = dependency;
    let Some(name) = &requirement.name else { return };
    let all = places.get(name.as_str());
    let targets: Vec<usize> = all
        .iter()
        .copied()
        .filter(|target| {
            let version = lock.packages[*target].version.as_ref();
            all.len() == 1 || version.is_none_or(|version| constraint.contains(version))
        })
        .collect();
    let edges = |extra: Option<&str>| -> Vec<Edge> {
        let marker = requirement.marker.as_ref().map(|marker| marker.assuming_extra(extra));
        let marker = match marker {
            Some(Assumed::Known(false)) => return Vec::new(),
            Some(Assumed::Open(marker)) => Some(marker),
            Some(Assumed::Known(true)) | None => None,
        };
        let edge =
            |package| Edge { package, extras: requirement.extras.clone(), marker: marker.clone() };
        targets.iter().copied().map(edge).collect()
    };
    if !optional {
        let edges = edges(None);
        lock.packages[place].dependencies.extend(edges);
        return;
    }
    for (extra, _) in extras.iter().filter(|(_, names)| names.contains(name.as_str())) {
        let edges = edges(Some(extra.as_str()));
        lock.packages[place].extra_dependencies.entry(extra.clone()).or_default().extend(edges);
    }
}

/// The extras of a package, each with the names it lists.
fn package_extras(
    document: &Document<'_>,
    table: &Table<'_>,
) -> Result<Vec<(Extra, BTreeSet<String>)>, Error> {
    let Some(extras) = document.table(table, "extras")? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for key in extras.keys() {
        let extra =
            Extra::new(key).map_err(|error| document.refuse(extras.offset, error.to_string()))?;
        let names = document.texts(extras, key)?.into_iter();
        // Entries look like `PySocks (>=1.5.6,!=1.5.7)`.
        let names = names.map(|(text, _)| fold(&text[..crate::name::name_len(text)])).collect();
        found.push((extra, names));
    }
    Ok(found)
}

fn package(
    document: &Document<'_>,
    metadata: &Table<'_>,
    table: &Table<'_>,
) -> Result<LockedPackage, Error> {
    let mut package = graph::package(graph::name(document, table)?, document.origin(table.offset));
    package.version = graph::version(document, table)?;
    package.editable = document.flag(table, "develop")?;
    if let Some(source) = document.table(table, "source")? {
        package.source = self::source(document, source)?;
    }
    let mut files = document.tables(table, "files")?;
    if let Some(old) = document.table(metadata, "files")? {
        let key = document.need(table, "name")?;
        files.extend(document.tables(old, key)?);
    }
    for file in files {
        let mut locked = match document.text(file, "url")? {
            Some(url) => graph::file_at(url),
            None => LockedFile {
                name: String::new(),
                location: None,
                hashes: BTreeSet::new(),
                size: None,
            },
        };
        document.need(file, "file")?.clone_into(&mut locked.name);
        if let Some(hash) = document.text(file, "hash")? {
            locked.hashes.insert(graph::hash(document, file.offset, hash)?);
        }
        package.files.push(locked);
    }
    Ok(package)
}

fn source(document: &Document<'_>, source: &Table<'_>) -> Result<Source, Error> {
    let url = document.need(source, "url")?;
    let revision =
        document.text(source, "resolved_reference")?.or(document.text(source, "reference")?);
    match document.text(source, "type")?.unwrap_or("legacy") {
        "legacy" => Ok(Source::Index { index: Some(Link::new(url)) }),
        system @ ("git" | "hg" | "svn") => {
            Ok(repository(system, url, revision, document.text(source, "subdirectory")?))
        }
        "url" => Ok(Source::Archive(Link::new(url))),
        "file" | "directory" => local(url, &document.origin(source.offset)),
        other => {
            Err(document.refuse(source.offset, format!("`{other}` is no known type of source")))
        }
    }
}
