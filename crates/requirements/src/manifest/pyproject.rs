//! `pyproject.toml`: `[project]` (PEP 621), `[dependency-groups]` (PEP 735), and poetry's own tables.

use std::collections::{BTreeMap, BTreeSet};

use super::constraint::Constraint;
use super::indexes::{Indexes, of_pdm, of_poetry, of_uv};
use super::poetry::{self, PoetryDependency};
use super::{specifier, uv_sources};
use crate::document::{Document, Item, Table, Value, utf8};
use crate::error::Error;
use crate::files::{Files, join, parent};
use crate::kind::SourceKind;
use crate::marker::Activated;
use crate::name::{PackageName, fold};
use crate::pip;
use crate::read::ReadOptions;
use crate::requirement::{Requirement, Source};
use crate::set::RequirementSet;
use crate::specifiers::Specifiers;

/// Reads the manifest at `path`: what is always installed, and the extras and groups of `options`.
pub(crate) fn read(
    path: &str,
    files: &dyn Files,
    options: &ReadOptions,
) -> Result<RequirementSet, Error> {
    let bytes =
        files.read(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    let document = Document::parse(path, utf8(path, &bytes)?)?;
    let root = &document.root;
    let manifest = Manifest {
        path,
        files,
        options,
        project: document.table(root, "project")?,
        poetry: document.table_at(root, &["tool", "poetry"])?,
        document: &document,
    };
    let mut set = RequirementSet::new(SourceKind::Pyproject);
    set.sources.push(path.to_owned());
    set.activated = Activated::new(&options.extras, &options.groups);
    manifest.read_into(&mut set)?;
    Ok(set)
}

struct Manifest<'m, 'a> {
    path: &'m str,
    files: &'m dyn Files,
    options: &'m ReadOptions,
    document: &'m Document<'a>,
    project: Option<&'m Table<'a>>,
    poetry: Option<&'m Table<'a>>,
}

impl<'m, 'a> Manifest<'m, 'a> {
    fn read_into(&self, set: &mut RequirementSet) -> Result<(), Error> {
        let mut indexes = Indexes::new();
        if let Some(poetry) = self.poetry {
            indexes.extend(of_poetry(self.document, poetry, set)?);
        }
        let uv = self.tool(&["uv"])?;
        if let Some(uv) = uv {
            indexes.extend(of_uv(self.document, uv, set)?);
        }
        if let Some(pdm) = self.tool(&["pdm"])? {
            of_pdm(self.document, pdm, set)?;
        }
        self.requires_python(set)?;
        self.always(set, &indexes)?;
        self.extras(set, &indexes)?;
        self.groups(set, &indexes)?;
        if let Some(uv) = uv
            && let Some(sources) = self.document.table(uv, "sources")?
        {
            uv_sources::apply(self.document, sources, &indexes, set)?;
        }
        Ok(())
    }

    fn tool(&self, path: &[&str]) -> Result<Option<&'m Table<'a>>, Error> {
        let document: &'m Document<'a> = self.document;
        match document.table(&document.root, "tool")? {
            Some(tool) => document.table_at(tool, path),
            None => Ok(None),
        }
    }

    /// Poetry's table of dependencies, where it is what decides: without `[project]`, or where
    /// `[project]` leaves the dependencies to the build backend.
    fn poetry_dependencies(&self) -> Result<Option<&'m Table<'a>>, Error> {
        match self.poetry {
            Some(poetry) => self.document.table(poetry, "dependencies"),
            None => Ok(None),
        }
    }

    fn is_dynamic(&self, field: &str) -> Result<bool, Error> {
        let Some(project) = self.project else { return Ok(false) };
        Ok(self.document.texts(project, "dynamic")?.iter().any(|(name, _)| *name == field))
    }

    fn requires_python(&self, set: &mut RequirementSet) -> Result<(), Error> {
        let document = self.document;
        if let Some(project) = self.project
            && let Some(item) = project.get("requires-python")
        {
            let specifiers: Specifiers =
                document.as_text(item)?.parse().map_err(|error: crate::InvalidSpecifier| {
                    document.refuse(item.offset, error.to_string())
                })?;
            set.requires_python = Some((specifiers, document.origin(item.offset)));
        } else if let Some(table) = self.poetry_dependencies()?
            && let Some(item) = table.get("python")
        {
            let refuse =
                |error: crate::InvalidSpecifier| document.refuse(item.offset, error.to_string());
            let constraint: Constraint = document.as_text(item)?.parse().map_err(refuse)?;
            // A choice with a gap says less than its parts, and nothing depends on it here.
            if let Ok(specifiers) = constraint.specifiers() {
                set.requires_python = Some((specifiers, document.origin(item.offset)));
            }
        }
        Ok(())
    }

    /// What is installed always.
    fn always(&self, set: &mut RequirementSet, indexes: &Indexes) -> Result<(), Error> {
        if let Some(project) = self.project
            && !self.is_dynamic("dependencies")?
        {
            let read = self.specifiers(project, "dependencies")?;
            let read = self.with_poetry_sources(read, indexes)?;
            set.requirements.extend(read);
            return Ok(());
        }
        if self.poetry.is_some() {
            let read = self.poetry_table(self.poetry_dependencies()?, indexes)?;
            for dependency in read.into_iter().filter(|dependency| !dependency.optional) {
                set.requirements.push(dependency.into_requirement()?);
            }
            return Ok(());
        }
        if let Some(project) = self.project {
            return self.setuptools(set, project);
        }
        if !self.options.groups.is_empty() && self.document.root.get("dependency-groups").is_some()
        {
            return Ok(());
        }
        Err(self.document.refuse(0, "there is neither [project] nor [tool.poetry], so nothing says what to install; list the dependencies under [project] dependencies, or use setup.cfg or requirements.txt"))
    }

    /// `[project] dynamic = ["dependencies"]` where setuptools takes them from requirements files.
    fn setuptools(&self, set: &mut RequirementSet, project: &Table<'a>) -> Result<(), Error> {
        let dynamic = self.tool(&["setuptools", "dynamic", "dependencies"])?;
        let Some(table) = dynamic.filter(|table| table.get("file").is_some()) else {
            let offset = project.get("dynamic").map_or(project.offset, |item| item.offset);
            return Err(self.document.refuse(offset, "the dependencies are dynamic: only running the build backend would tell; list them under [project] dependencies"));
        };
        let named = match table.get("file") {
            Some(item @ Item { value: Value::Text(_), .. }) => {
                vec![(self.document.as_text(item)?, item.offset)]
            }
            _ => self.document.texts(table, "file")?,
        };
        for (name, offset) in named {
            let origin = self.document.origin(offset);
            let outside = || Error::Outside { origin: origin.clone(), path: name.to_owned() };
            let inside = join(parent(self.path), name).ok_or_else(outside)?;
            pip::include(&inside, &origin, self.files, self.options, set)?;
        }
        Ok(())
    }

    fn specifiers(&self, table: &Table<'a>, key: &str) -> Result<Vec<Requirement>, Error> {
        let texts = self.document.texts(table, key)?.into_iter();
        texts.map(|(text, offset)| specifier(text, self.document.origin(offset))).collect()
    }

    fn poetry_table(
        &self,
        table: Option<&Table<'a>>,
        indexes: &Indexes,
    ) -> Result<Vec<PoetryDependency>, Error> {
        table.map_or_else(
            || Ok(Vec::new()),
            |table| poetry::dependencies(self.document, table, indexes),
        )
    }

    /// Beside `[project]`, poetry's table says only where packages come from.
    fn with_poetry_sources(
        &self,
        mut requirements: Vec<Requirement>,
        indexes: &Indexes,
    ) -> Result<Vec<Requirement>, Error> {
        let sources: BTreeMap<_, _> = self
            .poetry_table(self.poetry_dependencies()?, indexes)?
            .into_iter()
            .filter(|dependency| dependency.requirement.source != Source::default())
            .filter_map(|dependency| {
                Some((dependency.requirement.name?, dependency.requirement.source))
            })
            .collect();
        for requirement in &mut requirements {
            if let Some(source) = requirement.name.as_ref().and_then(|name| sources.get(name)) {
                requirement.source = source.clone();
            }
        }
        Ok(requirements)
    }

    /// The extras that were asked for, with those that they ask for themselves (`name[extra]`).
    fn extras(&self, set: &mut RequirementSet, indexes: &Indexes) -> Result<(), Error> {
        let optional = match self.project {
            Some(project) => self.document.table(project, "optional-dependencies")?,
            None => None,
        };
        let of_poetry = match self.poetry {
            Some(poetry) => self.document.table(poetry, "extras")?,
            None => None,
        };
        let name = match self.project {
            Some(project) => {
                self.document.text(project, "name")?.and_then(|name| PackageName::new(name).ok())
            }
            None => None,
        };
        let mut waiting: Vec<String> = self.options.extras.clone();
        let mut seen = BTreeSet::new();
        while let Some(extra) = waiting.pop() {
            if !seen.insert(fold(&extra)) {
                continue;
            }
            if let Some(key) = find(optional, &extra) {
                let table = optional.unwrap_or(&self.document.root);
                for requirement in self.specifiers(table, key)? {
                    if requirement.name.is_some() && requirement.name == name {
                        waiting.extend(requirement.extras.iter().map(ToString::to_string));
                    } else {
                        set.requirements.push(requirement);
                    }
                }
            } else if let Some(key) = find(of_poetry, &extra) {
                let table = of_poetry.unwrap_or(&self.document.root);
                let wanted: BTreeSet<String> =
                    self.document.texts(table, key)?.iter().map(|(name, _)| fold(name)).collect();
                let all = self.poetry_table(self.poetry_dependencies()?, indexes)?;
                for dependency in all.into_iter().filter(|dependency| dependency.optional) {
                    if dependency
                        .requirement
                        .name
                        .as_ref()
                        .is_some_and(|name| wanted.contains(name.as_str()))
                    {
                        set.requirements.push(dependency.into_requirement()?);
                    }
                }
            } else {
                let known = [optional, of_poetry].into_iter().flatten().flat_map(Table::keys);
                return Err(self.unknown("extra", &extra, known));
            }
        }
        Ok(())
    }

    /// The groups that were asked for.
    fn groups(&self, set: &mut RequirementSet, indexes: &Indexes) -> Result<(), Error> {
        let standard = self.document.table(&self.document.root, "dependency-groups")?;
        let of_poetry = match self.poetry {
            Some(poetry) => self.document.table(poetry, "group")?,
            None => None,
        };
        let of_pdm = self.tool(&["pdm", "dev-dependencies"])?;
        for group in &self.options.groups {
            let before = set.requirements.len();
            let mut found = false;
            if let Some(key) = find(standard, group) {
                let table = standard.unwrap_or(&self.document.root);
                let names = table.keys().map(|key| (fold(key), key)).collect();
                let mut walk =
                    Walk { groups: table, names, open: Vec::new(), done: BTreeSet::new() };
                self.standard_group(key, &mut walk, set)?;
                found = true;
            }
            if let Some(key) = find(of_pdm, group) {
                set.requirements
                    .extend(self.specifiers(of_pdm.unwrap_or(&self.document.root), key)?);
                found = true;
            }
            let mut tables = vec![];
            if let (Some(key), Some(groups)) = (find(of_poetry, group), of_poetry) {
                tables.push(self.document.table_at(groups, &[key, "dependencies"])?);
            }
            if let (Some(poetry), "dev") = (self.poetry, &fold(group)[..]) {
                tables.push(self.document.table(poetry, "dev-dependencies")?);
            }
            for table in tables.into_iter().flatten() {
                found = true;
                for dependency in self.poetry_table(Some(table), indexes)? {
                    set.requirements.push(dependency.into_requirement()?);
                }
            }
            if let (Some(uv), "dev") = (self.tool(&["uv"])?, &fold(group)[..])
                && uv.get("dev-dependencies").is_some()
            {
                set.requirements.extend(self.specifiers(uv, "dev-dependencies")?);
                found = true;
            }
            if !found && before == set.requirements.len() {
                let known =
                    [standard, of_poetry, of_pdm].into_iter().flatten().flat_map(Table::keys);
                return Err(self.unknown("dependency group", group, known));
            }
        }
        Ok(())
    }

    /// A group of PEP 735 and those it includes.
    fn standard_group(
        &self,
        name: &str,
        walk: &mut Walk<'m, 'a>,
        set: &mut RequirementSet,
    ) -> Result<(), Error> {
        walk.open.push(fold(name));
        for item in self.document.array(walk.groups, name)? {
            if let Value::Text(text) = &item.value {
                set.requirements.push(specifier(text, self.document.origin(item.offset))?);
                continue;
            }
            let table = self.document.as_table(item)?;
            let other = self.document.need(table, "include-group")?;
            let refuse = |reason| self.document.refuse(item.offset, reason);
            if walk.open.contains(&fold(other)) {
                return Err(refuse(format!(
                    "the group `{other}` includes itself; remove this entry"
                )));
            }
            let key = walk
                .names
                .get(&fold(other))
                .copied()
                .ok_or_else(|| refuse(format!("there is no group `{other}` to include")))?;
            if walk.open.len() > MAX_DEPTH {
                return Err(refuse(format!("more than {MAX_DEPTH} groups include each other")));
            }
            // A second inclusion would only repeat the same requirements.
            if walk.done.insert(fold(other)) {
                self.standard_group(key, walk, set)?;
            }
        }
        walk.open.pop();
        Ok(())
    }

    fn unknown<'k>(
        &self,
        what: &'static str,
        name: &str,
        known: impl Iterator<Item = &'k str>,
    ) -> Error {
        let known: BTreeSet<_> = known.map(ToOwned::to_owned).collect();
        Error::Unknown {
            path: self.path.to_owned(),
            what,
            name: name.to_owned(),
            known: known.into_iter().collect(),
        }
    }
}

/// More levels of groups than anybody writes.
const MAX_DEPTH: usize = 50;

/// The state of expanding one group.
struct Walk<'m, 'a> {
    groups: &'m Table<'a>,
    /// The keys of the groups by the names they mean.
    names: BTreeMap<String, &'m str>,
    /// The groups that are being expanded, outermost first.
    open: Vec<String>,
    done: BTreeSet<String>,
}

/// The key that means the same name.
fn find<'t>(table: Option<&'t Table<'_>>, name: &str) -> Option<&'t str> {
    let name = fold(name);
    table?.keys().find(|key| fold(key) == name)
}
