//! `uv.lock`: a graph of packages, from the project to all that it needs on any platform.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::{self, Places};
use super::{Edge, Lock, LockedFile, LockedPackage};
use crate::document::{Document, Table, utf8};
use crate::error::Error;
use crate::files::Files;
use crate::kind::SourceKind;
use crate::link::Link;
use crate::manifest::{local, repository};
use crate::marker::{Activated, Marker};
use crate::name::{Extra, PackageName, fold};
use crate::read::ReadOptions;
use crate::requirement::{LocalPath, Requirement, Source};
use crate::set::RequirementSet;

/// Reads the lock at `path`.
pub(crate) fn read(
    path: &str,
    files: &dyn Files,
    options: &ReadOptions,
) -> Result<RequirementSet, Error> {
    let bytes = graph::bytes(path, files)?;
    let document = Document::parse(path, utf8(path, &bytes)?)?;
    let mut set = graph::set(SourceKind::UvLock, path, options);
    let root = &document.root;
    let version = document.number(root, "version")?;
    if version != Some(1) {
        let offset = root.get("version").map_or(0, |item| item.offset);
        let found = version.map_or_else(|| "none".to_owned(), |version| version.to_string());
        return Err(Error::Version { origin: document.origin(offset), found, supported: "1" });
    }
    if let Some(text) = document.text(root, "requires-python")? {
        let offset = root.get("requires-python").map_or(0, |item| item.offset);
        let refuse = |error: crate::InvalidSpecifier| document.refuse(offset, error.to_string());
        set.requires_python = Some((text.parse().map_err(refuse)?, document.origin(offset)));
    }
    let tables = document.tables(root, "package")?;
    let mut reader =
        Reader { document: &document, markers: BTreeMap::new(), indexes: BTreeMap::new() };
    let mut lock = Lock::default();
    for table in &tables {
        lock.packages.push(reader.package(table)?);
    }
    let places = Places::of(&lock.packages)?;
    for (place, table) in tables.iter().enumerate() {
        let edges = reader.edges(document.array(table, "dependencies")?, &lock, &places)?;
        lock.packages[place].dependencies = edges;
        let extras = document.table(table, "optional-dependencies")?;
        for extra in extras.into_iter().flat_map(Table::keys) {
            let Some(extras) = extras else { continue };
            let edges = reader.edges(document.array(extras, extra)?, &lock, &places)?;
            let name = Extra::new(extra)
                .map_err(|error| document.refuse(table.offset, error.to_string()))?;
            lock.packages[place].extra_dependencies.insert(name, edges);
        }
    }
    let projects = projects(&document, &lock)?;
    Roots { path, options, reader: &mut reader, places: &places, tables: &tables }
        .read(&projects, &mut lock, &mut set)?;
    Ok(graph::finish(set, lock))
}

/// The places of the packages that are asked for: the one in the lock's own directory, else, for a
/// workspace without a project at its root, all members.
fn projects(document: &Document<'_>, lock: &Lock) -> Result<Vec<usize>, Error> {
    let here = Source::Path(LocalPath(crate::files::parent(&document.origin(0).file).to_owned()));
    if let Some(place) = lock.packages.iter().position(|package| package.source == here) {
        return Ok(vec![place]);
    }
    let Some(manifest) = document.table(&document.root, "manifest")? else { return Ok(Vec::new()) };
    let members: BTreeSet<String> =
        document.texts(manifest, "members")?.iter().map(|(name, _)| fold(name)).collect();
    let is_member = |package: &LockedPackage| members.contains(package.name.as_str());
    Ok(lock
        .packages
        .iter()
        .enumerate()
        .filter(|(_, p)| is_member(p))
        .map(|(place, _)| place)
        .collect())
}

struct Reader<'d, 'a> {
    document: &'d Document<'a>,
    /// Markers that were read before: a lock repeats few of them very often.
    markers: BTreeMap<&'d str, Marker>,
    /// The same for indexes.
    indexes: BTreeMap<&'d str, Source>,
}

impl<'d, 'a> Reader<'d, 'a> {
    fn package(&mut self, table: &'d Table<'a>) -> Result<LockedPackage, Error> {
        let document = self.document;
        let mut package =
            graph::package(graph::name(document, table)?, document.origin(table.offset));
        package.version = graph::version(document, table)?;
        if let Some(source) = document.table(table, "source")? {
            (package.source, package.editable) = self.source(source)?;
        }
        if let Some(sdist) = document.table(table, "sdist")? {
            package.files.push(self.file(sdist)?);
        }
        for item in document.array(table, "wheels")? {
            package.files.push(self.file(document.as_table(item)?)?);
        }
        Ok(package)
    }

    /// Where a package comes from, and whether it is editable.
    fn source(&mut self, source: &'d Table<'a>) -> Result<(Source, bool), Error> {
        let document = self.document;
        let text = |key| document.text(source, key);
        let origin = document.origin(source.offset);
        if let Some(registry) = text("registry")? {
            let known = self.indexes.entry(registry);
            let index = known.or_insert_with(|| Source::Index { index: Some(Link::new(registry)) });
            return Ok((index.clone(), false));
        }
        if let Some(git) = text("git")? {
            return Ok((git_source(git), false));
        }
        if let Some(url) = text("url")? {
            let directory = text("subdirectory")?.map(|path| format!("#subdirectory={path}"));
            let url = format!("{url}{}", directory.unwrap_or_default());
            return Ok((Source::Archive(Link::new(&url)), false));
        }
        for key in ["path", "directory", "virtual", "editable"] {
            if let Some(path) = text(key)? {
                return Ok((local(path, &origin)?, key == "editable"));
            }
        }
        Err(document.refuse(source.offset, "none of registry, git, url, path, directory, editable or virtual is named as the source"))
    }

    fn file(&self, table: &Table<'a>) -> Result<LockedFile, Error> {
        let document = self.document;
        let mut file = match (document.text(table, "url")?, document.text(table, "path")?) {
            (Some(url), _) => graph::file_at(url),
            (None, Some(path)) => {
                let name = path.rsplit('/').next().unwrap_or(path).to_owned();
                let location = local(path, &document.origin(table.offset))?;
                LockedFile { name, location: Some(location), hashes: BTreeSet::new(), size: None }
            }
            (None, None) => {
                let name = document.text(table, "filename")?.unwrap_or_default().to_owned();
                LockedFile { name, location: None, hashes: BTreeSet::new(), size: None }
            }
        };
        if let Some(hash) = document.text(table, "hash")? {
            file.hashes.insert(graph::hash(document, table.offset, hash)?);
        }
        file.size = document.number(table, "size")?;
        Ok(file)
    }

    fn edges(
        &mut self,
        items: &'d [crate::document::Item<'a>],
        lock: &Lock,
        places: &Places,
    ) -> Result<Vec<Edge>, Error> {
        let mut edges = Vec::with_capacity(items.len());
        for item in items {
            let table = self.document.as_table(item)?;
            edges.push(self.edge(table, lock, places)?);
        }
        Ok(edges)
    }

    fn edge(&mut self, table: &'d Table<'a>, lock: &Lock, places: &Places) -> Result<Edge, Error> {
        let document = self.document;
        let name = document.need(table, "name")?;
        let mut found = places.get(name).to_vec();
        if found.len() > 1
            && let Some(version) = graph::version(document, table)?
        {
            found.retain(|place| lock.packages[*place].version.as_ref() == Some(&version));
        }
        if found.len() > 1
            && let Some(source) = document.table(table, "source")?
        {
            let (source, _) = self.source(source)?;
            found.retain(|place| lock.packages[*place].source == source);
        }
        let [package] = found[..] else {
            let reason = format!(
                "`{name}` is {} package of this lock; write the lock anew",
                if found.is_empty() { "no" } else { "more than one" }
            );
            return Err(document.refuse(table.offset, reason));
        };
        let mut extras = BTreeSet::new();
        for key in ["extra", "extras"] {
            if table.get(key).is_none() {
                continue;
            }
            for (extra, offset) in document.texts(table, key)? {
                let extra = Extra::new(extra)
                    .map_err(|error| document.refuse(offset, error.to_string()))?;
                extras.insert(extra);
            }
        }
        let marker = document.text(table, "marker")?;
        let marker = marker.map(|text| self.marker(text, table)).transpose()?;
        Ok(Edge { package, extras, marker })
    }

    fn marker(&mut self, text: &'d str, table: &Table<'a>) -> Result<Marker, Error> {
        if let Some(marker) = self.markers.get(text) {
            return Ok(marker.clone());
        }
        let marker = crate::manifest::marker(text, &self.document.origin(table.offset))?;
        self.markers.insert(text, marker.clone());
        Ok(marker)
    }
}

/// uv writes `url?subdirectory=path&rev=name#commit`.
fn git_source(text: &str) -> Source {
    let (url, commit) = match text.split_once('#') {
        Some((url, commit)) => (url, Some(commit)),
        None => (text, None),
    };
    let (url, query) = url.split_once('?').unwrap_or((url, ""));
    let value =
        |key: &str| query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
    let named = ["rev", "tag", "branch"].into_iter().find_map(value);
    let directory = value("subdirectory").map(crate::link::percent_decoded);
    repository("git", url, commit.or(named), directory.as_deref())
}

/// What the roots of the graph are read from.
struct Roots<'r, 'd, 'a> {
    path: &'r str,
    options: &'r ReadOptions,
    reader: &'r mut Reader<'d, 'a>,
    places: &'r Places,
    tables: &'r [&'d Table<'a>],
}

impl<'d, 'a> Roots<'_, 'd, 'a> {
    /// Asks for the projects with the extras and groups of the options.
    fn read(
        mut self,
        projects: &[usize],
        lock: &mut Lock,
        set: &mut RequirementSet,
    ) -> Result<(), Error> {
        let document = self.reader.document;
        let (mut extras, mut groups) = (BTreeSet::new(), BTreeSet::new());
        let mut encoded = Vec::new();
        for place in projects {
            let (table, package) = (self.tables[*place], &lock.packages[*place]);
            extras.extend(package.extra_dependencies.keys().map(ToString::to_string));
            if let Some(metadata) = document.table(table, "metadata")? {
                let provided = document.texts(metadata, "provides-extras")?;
                extras.extend(provided.into_iter().map(|(extra, _)| extra.to_owned()));
                requirements(document, metadata, set)?;
            }
            // In the markers of conflicting extras, uv writes `extra-<length>-<name>-<extra>`.
            let name = package.name.as_str();
            let encode = |kind: &str, of: &String| format!("{kind}-{}-{name}-{of}", name.len());
            encoded.extend(self.options.extras.iter().map(|extra| encode("extra", extra)));
            encoded.extend(self.options.groups.iter().map(|group| encode("group", group)));
            encoded.push(format!("project-{}-{name}", name.len()));
            let asked = self.options.extras.iter().filter_map(|extra| Extra::new(extra).ok());
            lock.roots.push(Edge { package: *place, extras: asked.collect(), marker: None });
            if let Some(table) = document.table(table, "dev-dependencies")? {
                self.groups(table, lock, &mut groups)?;
            }
        }
        if let Some(table) =
            document.table_at(&document.root, &["manifest", "dependency-groups"])?
        {
            self.groups(table, lock, &mut groups)?;
        }
        graph::check_known(self.path, "extra", &self.options.extras, &extras)?;
        graph::check_known(self.path, "dependency group", &self.options.groups, &groups)?;
        lock.project = match projects {
            [project] => Some(*project),
            _ => None,
        };
        set.activated =
            Activated::new(self.options.extras.iter().chain(&encoded), &self.options.groups);
        Ok(())
    }

    /// Asks for the packages of the groups that the options name.
    fn groups(
        &mut self,
        table: &'d Table<'a>,
        lock: &mut Lock,
        known: &mut BTreeSet<String>,
    ) -> Result<(), Error> {
        known.extend(table.keys().map(ToOwned::to_owned));
        for group in &self.options.groups {
            if let Some(key) = table.keys().find(|key| fold(key) == fold(group)) {
                let items = self.reader.document.array(table, key)?;
                let edges = self.reader.edges(items, lock, self.places)?;
                lock.roots.extend(edges);
            }
        }
        Ok(())
    }
}

/// What the project asked for when the lock was written.
fn requirements(
    document: &Document<'_>,
    metadata: &Table<'_>,
    set: &mut RequirementSet,
) -> Result<(), Error> {
    for table in document.tables(metadata, "requires-dist")? {
        let name = document.need(table, "name")?;
        let name = PackageName::new(name)
            .map_err(|error| document.refuse(table.offset, error.to_string()))?;
        let mut requirement = Requirement::new(name, document.origin(table.offset));
        for (extra, offset) in document.texts(table, "extras")? {
            let extra =
                Extra::new(extra).map_err(|error| document.refuse(offset, error.to_string()))?;
            requirement.extras.insert(extra);
        }
        if let Some(text) = document.text(table, "specifier")? {
            let refuse =
                |error: crate::InvalidSpecifier| document.refuse(table.offset, error.to_string());
            requirement.specifiers = text.parse().map_err(refuse)?;
        }
        requirement.marker = graph::marker(document, table, "marker")?;
        set.requirements.push(requirement);
    }
    Ok(())
}
