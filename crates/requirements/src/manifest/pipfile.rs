//! `Pipfile`: pipenv's manifest.

use super::indexes::{self, Indexes, Role};
use super::{both, marker, source_of};
use crate::document::{Document, Item, Table, Value, utf8};
use crate::error::Error;
use crate::files::Files;
use crate::kind::SourceKind;
use crate::marker::{Activated, Marker};
use crate::name::PackageName;
use crate::origin::Origin;
use crate::read::ReadOptions;
use crate::requirement::{Requirement, Source};
use crate::set::RequirementSet;
use crate::specifiers::Specifiers;

/// The marker variables that may stand as keys of a package.
pub(crate) const MARKER_KEYS: [&str; 11] = [
    "implementation_name",
    "implementation_version",
    "os_name",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_full_version",
    "python_version",
    "sys_platform",
];

/// The table that a group's name means: `dev` is `dev-packages`, others are categories.
pub(crate) fn category(group: &str) -> &str {
    match group {
        "dev" | "develop" | "dev-packages" => "dev-packages",
        other => other,
    }
}

/// Reads the manifest at `path`, with the categories that `options` name as groups.
pub(crate) fn read(
    path: &str,
    files: &dyn Files,
    options: &ReadOptions,
) -> Result<RequirementSet, Error> {
    let bytes =
        files.read(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    let document = Document::parse(path, utf8(path, &bytes)?)?;
    let root = &document.root;
    let mut set = RequirementSet::new(SourceKind::Pipfile);
    set.sources.push(path.to_owned());
    set.activated = Activated::new(&options.extras, &options.groups);
    let mut indexes = Indexes::new();
    for (table, number) in document.tables(root, "source")?.into_iter().zip(0..) {
        let role = if number == 0 { Role::Primary } else { Role::Further };
        indexes::add(&mut set, &mut indexes, &document, table, role)?;
    }
    if let Some(requires) = document.table(root, "requires")?
        && let Some(item) =
            requires.get("python_full_version").or_else(|| requires.get("python_version"))
    {
        let version = document.as_text(item)?;
        let star = if requires.get("python_full_version").is_some() { "" } else { ".*" };
        let specifiers = format!("=={version}{star}").parse();
        let refuse =
            |error: crate::InvalidSpecifier| document.refuse(item.offset, error.to_string());
        set.requires_python = Some((specifiers.map_err(refuse)?, document.origin(item.offset)));
    }
    if let Some(packages) = document.table(root, "packages")? {
        packages_of(&document, packages, &indexes, &mut set)?;
    }
    for group in &options.groups {
        let Some(packages) = document.table(root, category(group))? else {
            let known = root.keys().filter(|key| {
                !["source", "packages", "requires", "scripts", "pipenv"].contains(key)
            });
            let known = known.map(ToOwned::to_owned).collect();
            return Err(Error::Unknown {
                path: path.to_owned(),
                what: "dependency group",
                name: group.clone(),
                known,
            });
        };
        packages_of(&document, packages, &indexes, &mut set)?;
    }
    if let Some(extra) = options.extras.first() {
        return Err(Error::Unknown {
            path: path.to_owned(),
            what: "extra",
            name: extra.clone(),
            known: Vec::new(),
        });
    }
    Ok(set)
}

fn packages_of(
    document: &Document<'_>,
    packages: &Table<'_>,
    indexes: &Indexes,
    set: &mut RequirementSet,
) -> Result<(), Error> {
    for (name, item) in packages.iter() {
        set.requirements.push(package(document, name, item, indexes)?);
    }
    Ok(())
}

fn package(
    document: &Document<'_>,
    name: &str,
    item: &Item<'_>,
    indexes: &Indexes,
) -> Result<Requirement, Error> {
    let refuse = |reason: String| document.refuse(item.offset, reason);
    let origin = document.origin(item.offset);
    let name = PackageName::new(name).map_err(|error| refuse(error.to_string()))?;
    let mut requirement = Requirement::new(name, origin.clone());
    let (version, table) = match &item.value {
        Value::Text(version) => (&**version, None),
        Value::Table(table) => (document.text(table, "version")?.unwrap_or("*"), Some(table)),
        _ => return Err(refuse("expected a version in quotes, or a table".to_owned())),
    };
    if version.trim() != "*" {
        requirement.specifiers =
            version.parse().map_err(|error: crate::InvalidSpecifier| refuse(error.to_string()))?;
    }
    let Some(table) = table else { return Ok(requirement) };
    requirement.extras = super::poetry::extras(document, table)?;
    requirement.marker = conditions(document, table, &origin)?;
    requirement.editable = document.flag(table, "editable")?;
    if let Some(source) = source_of(document, table)? {
        requirement.source = source;
        requirement.specifiers = Specifiers::any();
    } else if let Some(name) = document.text(table, "index")? {
        let unknown = || refuse(format!("there is no [[source]] with the name `{name}`"));
        requirement.source =
            Source::Index { index: Some(indexes.get(name).ok_or_else(unknown)?.clone()) };
    }
    Ok(requirement)
}

fn conditions(
    document: &Document<'_>,
    table: &Table<'_>,
    origin: &Origin,
) -> Result<Option<Marker>, Error> {
    let mut condition =
        document.text(table, "markers")?.map(|text| marker(text, origin)).transpose()?;
    for key in MARKER_KEYS {
        if let Some(comparison) = document.text(table, key)? {
            let one = marker(&format!("{key} {comparison}"), origin)?;
            condition = both(condition, Some(one));
        }
    }
    Ok(condition)
}
