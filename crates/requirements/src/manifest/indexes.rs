//! The indexes that a manifest names, in the terms of pip's options.

use std::collections::BTreeMap;

use crate::document::{Document, Table};
use crate::error::Error;
use crate::index::PYPI;
use crate::link::Link;
use crate::set::{RequirementSet, Rule};

/// Indexes by their names, for requirements that name one.
pub(crate) type Indexes = BTreeMap<String, Link>;

/// How an index is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It replaces PyPI.
    Primary,
    /// It is asked as well.
    Further,
    /// It is asked only for the packages that name it.
    Explicit,
}

/// Adds one index to the set.
pub(crate) fn add(
    set: &mut RequirementSet,
    indexes: &mut Indexes,
    document: &Document<'_>,
    table: &Table<'_>,
    role: Role,
) -> Result<(), Error> {
    let link = Link::new(document.need(table, "url")?);
    let origin = document.origin(table.offset);
    if link.has_credentials() {
        let message = format!(
            "credentials stand in the URL of {link}: keep them out of the file, and give them where the image is built"
        );
        set.warn(Rule::Credentials, &origin, message);
    }
    if let Some(name) = document.text(table, "name")? {
        indexes.insert(name.to_owned(), link.clone());
    }
    let is_default = link.identity() == PYPI;
    match role {
        Role::Primary if is_default => {}
        Role::Primary if set.index.index_url.is_none() => set.index.index_url = Some(link),
        Role::Primary | Role::Further => set.index.extra_index_urls.push(link),
        Role::Explicit => {}
    }
    Ok(())
}

/// `[[tool.uv.index]]`: the first with `default` replaces PyPI, and `explicit` ones are asked only where named.
pub(crate) fn of_uv(
    document: &Document<'_>,
    uv: &Table<'_>,
    set: &mut RequirementSet,
) -> Result<Indexes, Error> {
    let mut indexes = Indexes::new();
    for table in document.tables(uv, "index")? {
        let role = match (document.flag(table, "explicit")?, document.flag(table, "default")?) {
            (true, _) => Role::Explicit,
            (false, true) => Role::Primary,
            (false, false) => Role::Further,
        };
        add(set, &mut indexes, document, table, role)?;
    }
    if let Some(url) = document.text(uv, "index-url")? {
        set.index.index_url = Some(Link::new(url));
    }
    for (url, _) in document.texts(uv, "extra-index-url")? {
        set.index.extra_index_urls.push(Link::new(url));
    }
    Ok(indexes)
}

/// `[[tool.poetry.source]]`, by `priority`: primary ones replace PyPI.
pub(crate) fn of_poetry(
    document: &Document<'_>,
    poetry: &Table<'_>,
    set: &mut RequirementSet,
) -> Result<Indexes, Error> {
    let mut indexes = Indexes::new();
    for table in document.tables(poetry, "source")? {
        if table.get("url").is_none() {
            continue; // The name alone changes PyPI's priority.
        }
        let role = match document.text(table, "priority")? {
            Some("explicit") => Role::Explicit,
            Some("supplemental" | "secondary") => Role::Further,
            _ if document.flag(table, "secondary")? => Role::Further,
            _ => Role::Primary,
        };
        add(set, &mut indexes, document, table, role)?;
    }
    Ok(indexes)
}

/// `[[tool.pdm.source]]`: the one named `pypi` replaces PyPI.
pub(crate) fn of_pdm(
    document: &Document<'_>,
    pdm: &Table<'_>,
    set: &mut RequirementSet,
) -> Result<(), Error> {
    for table in document.tables(pdm, "source")? {
        let is_primary = document.text(table, "name")? == Some("pypi");
        let role = if is_primary { Role::Primary } else { Role::Further };
        add(set, &mut Indexes::new(), document, table, role)?;
    }
    Ok(())
}
