//! Manifests: files in which people write what they want, without exact versions.

pub(crate) mod constraint;
mod indexes;
pub(crate) mod pipfile;
pub(crate) mod poetry;
pub(crate) mod pyproject;
pub(crate) mod setup_cfg;
mod uv_sources;

use crate::document::{Document, Table};
use crate::error::Error;
use crate::files::{join, parent};
use crate::link::{Link, redacted_text};
use crate::marker::Marker;
use crate::origin::Origin;
use crate::pep508::Dependency;
use crate::requirement::{LocalPath, Requirement, Source};

/// Reads a dependency specifier that stands in a file at `origin`.
pub(crate) fn specifier(text: &str, origin: Origin) -> Result<Requirement, Error> {
    match text.parse::<Dependency>() {
        Ok(dependency) => Ok(Requirement::from_dependency(dependency, origin)),
        Err(error) => {
            Err(Error::Requirement { origin, text: redacted_text(text), source: Box::new(error) })
        }
    }
}

/// Reads a marker that stands in a file at `origin`.
pub(crate) fn marker(text: &str, origin: &Origin) -> Result<Marker, Error> {
    text.parse().map_err(|error: crate::marker::InvalidMarker| Error::Content {
        origin: origin.clone(),
        reason: error.to_string(),
    })
}

/// Both markers, where there are two.
pub(crate) fn both(one: Option<Marker>, other: Option<Marker>) -> Option<Marker> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.and(other)),
        (one, other) => one.or(other),
    }
}

/// A repository as pip writes it. Addresses such as `git@host:path` become SSH URLs.
pub(crate) fn repository(
    system: &str,
    url: &str,
    revision: Option<&str>,
    subdirectory: Option<&str>,
) -> Source {
    let prefix = format!("{system}+");
    let url = url.strip_prefix(&prefix).unwrap_or(url);
    let url = match url.split_once(':') {
        Some((host, path)) if host.contains('@') && !url.contains("://") => {
            format!("ssh://{host}/{}", path.trim_start_matches('/'))
        }
        _ => url.to_owned(),
    };
    let revision = revision.map(|revision| format!("@{revision}")).unwrap_or_default();
    let directory = subdirectory.map(|path| format!("#subdirectory={path}")).unwrap_or_default();
    Source::Vcs(Link::new(&format!("{prefix}{url}{revision}{directory}")))
}

/// A path that is written in the file of `origin`, relative to that file.
pub(crate) fn local(path: &str, origin: &Origin) -> Result<Source, Error> {
    let outside = || Error::Outside { origin: origin.clone(), path: path.to_owned() };
    join(parent(&origin.file), path).map(|path| Source::Path(LocalPath(path))).ok_or_else(outside)
}

/// The source that a table names by one of the keys that poetry, Pipfile and their likes share:
/// `git`, `hg`, `svn`, `url`, `file`, `path`. `None` for a table that means the index.
pub(crate) fn source_of(
    document: &Document<'_>,
    table: &Table<'_>,
) -> Result<Option<Source>, Error> {
    let text = |key| document.text(table, key);
    for system in ["git", "hg", "svn"] {
        if let Some(url) = text(system)? {
            let mut revision = None;
            for key in ["rev", "ref", "tag", "branch"] {
                revision = revision.or(text(key)?);
            }
            return Ok(Some(repository(system, url, revision, text("subdirectory")?)));
        }
    }
    let origin = document.origin(table.offset);
    if let Some(url) = text("url")? {
        let directory = text("subdirectory")?.map(|path| format!("#subdirectory={path}"));
        return Ok(Some(Source::Archive(Link::new(&format!(
            "{url}{}",
            directory.unwrap_or_default()
        )))));
    }
    match (text("path")?, text("file")?) {
        (Some(path), _) => local(path, &origin).map(Some),
        (None, Some(file)) if file.contains("://") => Ok(Some(Source::Archive(Link::new(file)))),
        (None, Some(file)) => local(file, &origin).map(Some),
        (None, None) => Ok(None),
    }
}
