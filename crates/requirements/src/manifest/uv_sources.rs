//! `[tool.uv.sources]`: where packages come from that a manifest names without saying so.

use std::collections::BTreeMap;

use super::indexes::Indexes;
use super::{both, local, marker, repository, source_of};
use crate::document::{Document, Item, Table, Value};
use crate::error::Error;
use crate::name::PackageName;
use crate::requirement::{Requirement, Source};
use crate::set::{RequirementSet, Rule};

/// Gives each requirement that has an entry its source. An entry may be a list of sources with
/// markers; each gives a requirement of its own.
pub(crate) fn apply(
    document: &Document<'_>,
    sources: &Table<'_>,
    indexes: &Indexes,
    set: &mut RequirementSet,
) -> Result<(), Error> {
    let sources: BTreeMap<_, _> = sources
        .iter()
        .filter_map(|(name, item)| Some((PackageName::new(name).ok()?, item)))
        .collect();
    let mut changed = Vec::with_capacity(set.requirements.len());
    for requirement in std::mem::take(&mut set.requirements) {
        match requirement.name.as_ref().and_then(|name| sources.get(name)) {
            None => changed.push(requirement),
            Some(Item { value: Value::Array(choices), .. }) => {
                for choice in choices {
                    let table = document.as_table(choice)?;
                    changed.push(with_source(document, table, indexes, requirement.clone(), set)?);
                }
            }
            Some(item) => {
                let table = document.as_table(item)?;
                changed.push(with_source(document, table, indexes, requirement, set)?);
            }
        }
    }
    set.requirements = changed;
    Ok(())
}

fn with_source(
    document: &Document<'_>,
    table: &Table<'_>,
    indexes: &Indexes,
    mut requirement: Requirement,
    set: &mut RequirementSet,
) -> Result<Requirement, Error> {
    let origin = document.origin(table.offset);
    if let Some(text) = document.text(table, "marker")? {
        requirement.marker = both(requirement.marker, Some(marker(text, &origin)?));
    }
    if let Some(name) = document.text(table, "index")? {
        let unknown = || {
            document.refuse(
                table.offset,
                format!("there is no [[tool.uv.index]] with the name `{name}`"),
            )
        };
        let index = indexes.get(name).ok_or_else(unknown)?;
        requirement.source = Source::Index { index: Some(index.clone()) };
    } else if document.flag(table, "workspace")? {
        let message = format!(
            "`{}` is a member of the workspace: only uv.lock says where it is",
            requirement.label()
        );
        set.warn(Rule::Ignored, &origin, message);
    } else if let Some(url) = document.text(table, "git")? {
        let revision = ["rev", "tag", "branch"].map(|key| document.text(table, key));
        let [rev, tag, branch] = revision;
        let revision = rev?.or(tag?).or(branch?);
        requirement.source =
            repository("git", url, revision, document.text(table, "subdirectory")?);
    } else if let Some(path) = document.text(table, "path")? {
        requirement.source = local(path, &origin)?;
        requirement.editable = document.flag(table, "editable")?;
    } else if let Some(source) = source_of(document, table)? {
        requirement.source = source;
    }
    Ok(requirement)
}
