//! Poetry's own tables: `[tool.poetry.dependencies]`, its groups and its extras.

use std::collections::BTreeSet;

use super::constraint::Constraint;
use super::indexes::Indexes;
use super::{both, marker, source_of};
use crate::document::{Document, Item, Table, Value};
use crate::error::Error;
use crate::marker::Marker;
use crate::name::{Extra, PackageName};
use crate::origin::Origin;
use crate::requirement::{Requirement, Source};
use crate::specifiers::Specifiers;

/// A dependency of poetry's, before it is known whether it is wanted.
#[derive(Debug, Clone)]
pub(crate) struct PoetryDependency {
    pub(crate) requirement: Requirement,
    /// Whether only an extra asks for it.
    pub(crate) optional: bool,
    /// The constraint with its alternatives, as poetry.lock needs it.
    pub(crate) constraint: Constraint,
}

/// Reads a table of dependencies. `python` is none.
pub(crate) fn dependencies(
    document: &Document<'_>,
    table: &Table<'_>,
    indexes: &Indexes,
) -> Result<Vec<PoetryDependency>, Error> {
    let mut found = Vec::new();
    for (name, item) in table.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("python")) {
        let choices = match &item.value {
            Value::Array(choices) => &choices[..],
            _ => std::slice::from_ref(item),
        };
        for choice in choices {
            found.push(dependency(document, name, choice, indexes)?);
        }
    }
    Ok(found)
}

/// Reads one dependency: a constraint, or a table with one.
pub(crate) fn dependency(
    document: &Document<'_>,
    name: &str,
    item: &Item<'_>,
    indexes: &Indexes,
) -> Result<PoetryDependency, Error> {
    let refuse = |reason: String| document.refuse(item.offset, reason);
    let name = PackageName::new(name).map_err(|error| refuse(error.to_string()))?;
    let origin = document.origin(item.offset);
    let mut requirement = Requirement::new(name, origin.clone());
    let (version, table) = match &item.value {
        Value::Text(version) => (&**version, None),
        Value::Table(table) => (document.text(table, "version")?.unwrap_or("*"), Some(table)),
        _ => return Err(refuse("expected a version in quotes, or a table".to_owned())),
    };
    let constraint: Constraint =
        version.parse().map_err(|error: crate::InvalidSpecifier| refuse(error.to_string()))?;
    let mut optional = false;
    if let Some(table) = table {
        optional = document.flag(table, "optional")?;
        requirement.extras = extras(document, table)?;
        requirement.marker = conditions(document, table, &origin)?;
        requirement.editable = document.flag(table, "develop")?;
        if let Some(source) = source_of(document, table)? {
            requirement.source = source;
        } else if let Some(name) = document.text(table, "source")? {
            let index = indexes.get(name).cloned();
            requirement.source = Source::Index { index };
        }
    }
    Ok(PoetryDependency { requirement, optional, constraint })
}

impl PoetryDependency {
    /// The requirement with its constraint in PEP 440's terms.
    pub(crate) fn into_requirement(self) -> Result<Requirement, Error> {
        let Self { mut requirement, constraint, .. } = self;
        requirement.specifiers = constraint.specifiers().map_err(|error| Error::Content {
            origin: requirement.origin.clone(),
            reason: error.to_string(),
        })?;
        if !matches!(requirement.source, Source::Index { .. }) {
            requirement.specifiers = Specifiers::any();
        }
        Ok(requirement)
    }
}

pub(crate) fn extras(document: &Document<'_>, table: &Table<'_>) -> Result<BTreeSet<Extra>, Error> {
    let texts = document.texts(table, "extras")?.into_iter();
    texts
        .map(|(text, offset)| {
            Extra::new(text).map_err(|error| document.refuse(offset, error.to_string()))
        })
        .collect()
}

/// The marker that `markers`, `python` and `platform` make up together.
fn conditions(
    document: &Document<'_>,
    table: &Table<'_>,
    origin: &Origin,
) -> Result<Option<Marker>, Error> {
    let mut condition = None;
    if let Some(text) = document.text(table, "markers")? {
        condition = Some(marker(text, origin)?);
    }
    if let Some(text) = document.text(table, "python")? {
        let constraint: Constraint = text.parse().map_err(|error: crate::InvalidSpecifier| {
            document.refuse(table.offset, error.to_string())
        })?;
        let python = constraint.python_marker().map(|text| marker(&text, origin)).transpose()?;
        condition = both(condition, python);
    }
    if let Some(platform) = document.text(table, "platform")? {
        let platform =
            marker(&format!("sys_platform == '{}'", platform.replace('\'', "")), origin)?;
        condition = both(condition, Some(platform));
    }
    Ok(condition)
}
