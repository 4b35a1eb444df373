//! `pylock.toml` (PEP 751): packages with the markers under which each is wanted.

use std::collections::BTreeSet;

use super::{Edge, Lock, LockedFile, LockedPackage, graph};
use crate::document::{Document, Table, Value, utf8};
use crate::error::Error;
use crate::files::Files;
use crate::kind::SourceKind;
use crate::link::Link;
use crate::manifest::{local, repository};
use crate::marker::Activated;
use crate::read::ReadOptions;
use crate::requirement::{Hash, Source};
use crate::set::RequirementSet;

/// Reads the lock at `path`. Its default groups are installed unless `options` name others.
pub(crate) fn read(
    path: &str,
    files: &dyn Files,
    options: &ReadOptions,
) -> Result<RequirementSet, Error> {
    let bytes = graph::bytes(path, files)?;
    let document = Document::parse(path, utf8(path, &bytes)?)?;
    let root = &document.root;
    let mut set = graph::set(SourceKind::Pylock, path, options);
    let version = document.need(root, "lock-version")?;
    if version.split('.').next() != Some("1") {
        let offset = root.get("lock-version").map_or(0, |item| item.offset);
        return Err(Error::Version {
            origin: document.origin(offset),
            found: version.to_owned(),
            supported: "1.x",
        });
    }
    if let Some(item) = root.get("requires-python") {
        let refuse =
            |error: crate::InvalidSpecifier| document.refuse(item.offset, error.to_string());
        let specifiers = document.as_text(item)?.parse().map_err(refuse)?;
        set.requires_python = Some((specifiers, document.origin(item.offset)));
    }
    let names = |key| -> Result<BTreeSet<String>, Error> {
        Ok(document.texts(root, key)?.into_iter().map(|(name, _)| name.to_owned()).collect())
    };
    graph::check_known(path, "extra", &options.extras, &names("extras")?)?;
    let defaults = names("default-groups")?;
    let mut groups = names("dependency-groups")?;
    groups.extend(defaults.iter().cloned());
    graph::check_known(path, "dependency group", &options.groups, &groups)?;
    let asked: BTreeSet<String> =
        if options.groups.is_empty() { defaults } else { options.groups.iter().cloned().collect() };
    set.activated = Activated::new(&options.extras, &asked);
    let mut lock = Lock::default();
    for table in document.tables(root, "packages")? {
        let marker = graph::marker(&document, table, "marker")?;
        lock.roots.push(Edge { package: lock.packages.len(), extras: BTreeSet::new(), marker });
        lock.packages.push(package(&document, table)?);
    }
    Ok(graph::finish(set, lock))
}

fn package(document: &Document<'_>, table: &Table<'_>) -> Result<LockedPackage, Error> {
    let mut package = graph::package(graph::name(document, table)?, document.origin(table.offset));
    package.version = graph::version(document, table)?;
    if let Some(index) = document.text(table, "index")? {
        package.source = Source::Index { index: Some(Link::new(index)) };
    }
    if let Some(vcs) = document.table(table, "vcs")? {
        package.source = vcs_source(document, vcs)?;
    }
    if let Some(directory) = document.table(table, "directory")? {
        package.source =
            local(document.need(directory, "path")?, &document.origin(directory.offset))?;
        package.editable = document.flag(directory, "editable")?;
    }
    if let Some(archive) = document.table(table, "archive")? {
        let file = file(document, archive)?;
        let subdirectory = document.text(archive, "subdirectory")?;
        package.source = match (file.location.clone(), subdirectory) {
            (Some(Source::Archive(link)), Some(path)) => {
                Source::Archive(Link::new(&format!("{}#subdirectory={path}", link.as_str())))
            }
            (Some(source), _) => source,
            (None, _) => {
                return Err(document.refuse(archive.offset, "an archive needs `url` or `path`"));
            }
        };
        package.files.push(file);
    }
    if let Some(sdist) = document.table(table, "sdist")? {
        package.files.push(file(document, sdist)?);
    }
    for wheel in document.tables(table, "wheels")? {
        package.files.push(file(document, wheel)?);
    }
    Ok(package)
}

fn vcs_source(document: &Document<'_>, vcs: &Table<'_>) -> Result<Source, Error> {
    let Some(url) = document.text(vcs, "url")? else {
        return local(document.need(vcs, "path")?, &document.origin(vcs.offset));
    };
    let commit = document.need(vcs, "commit-id")?;
    let system = document.text(vcs, "type")?.unwrap_or("git");
    Ok(repository(system, url, Some(commit), document.text(vcs, "subdirectory")?))
}

/// A file by URL or by path, with the digests of its table `hashes`.
fn file(document: &Document<'_>, table: &Table<'_>) -> Result<LockedFile, Error> {
    let mut file = match (document.text(table, "url")?, document.text(table, "path")?) {
        (Some(url), _) => graph::file_at(url),
        (None, Some(path)) => LockedFile {
            name: path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned(),
            location: Some(local(&path.replace('\\', "/"), &document.origin(table.offset))?),
            hashes: BTreeSet::new(),
            size: None,
        },
        (None, None) => return Err(document.refuse(table.offset, "a file needs `url` or `path`")),
    };
    if let Some(name) = document.text(table, "name")? {
        name.clone_into(&mut file.name);
    }
    if let Some(hashes) = document.table(table, "hashes")? {
        for (algorithm, item) in hashes.iter() {
            let Value::Text(digits) = &item.value else {
                return Err(document.refuse(item.offset, "expected hex digits in quotes"));
            };
            file.hashes.insert(Hash::new(algorithm, digits));
        }
    }
    file.size = document.number(table, "size")?;
    Ok(file)
}
