//! An index in memory, written as text.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]
#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;

use boxwright_digest::Digest;
use boxwright_requirements::{
    Architecture, Libc, Link, Origin, PackageName, PythonVersion, Target,
};
use boxwright_resolve::{
    Index, IndexError, Metadata, PageFile, ProjectPage, RemoteFile, Request, Resolution,
    ResolveError, Sidecar, SourceFile, Wanted, resolve,
};

/// CPython 3.13.5 on linux/amd64 with glibc 2.41.
pub fn target() -> Target {
    Target {
        python: PythonVersion { major: 3, minor: 13, patch: 5 },
        architecture: Architecture::Amd64,
        libc: Libc::Glibc { major: 2, minor: 41 },
    }
}

#[derive(Default)]
pub struct Shelf {
    pages: BTreeMap<PackageName, Arc<ProjectPage>>,
    metadata: BTreeMap<String, Vec<u8>>,
}

impl Shelf {
    /// Reads a shelf, a file a line: `name version attributes | dependency | dependency`.
    ///
    /// Attributes: `sdist` (no wheel); `tag=…`, `build=…`, `python=…`, `yanked=…`, `uploaded=…`, `extra=…` of a wheel;
    /// `requires=…` for a `Requires-Python` in the metadata alone; `raw=…` for metadata that is just that.
    /// A wheel's hash is that of its file name.
    pub fn new(text: &str) -> Self {
        let mut shelf = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            shelf.put(line);
        }
        shelf
    }

    fn put(&mut self, line: &str) {
        let mut fields = line.split('|').map(str::trim);
        let mut words = fields.next().unwrap().split_whitespace();
        let (name, version) = (words.next().unwrap(), words.next().unwrap_or("0"));
        let attributes: Vec<(&str, &str)> =
            words.map(|word| word.split_once('=').unwrap_or((word, ""))).collect();
        let attribute =
            |key| attributes.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
        let page = Arc::make_mut(self.pages.entry(name.parse().unwrap()).or_default());
        let requires_python = attribute("python").map(Into::into);
        if attribute("sdist").is_some() {
            page.sources.push(SourceFile { version: version.parse().unwrap(), requires_python });
            return;
        }
        let build = attribute("build").map(|build| format!("-{build}")).unwrap_or_default();
        let tag = attribute("tag").unwrap_or("py3-none-any");
        let file_name = format!("{}-{version}{build}-{tag}.whl", name.replace('-', "_"));
        page.wheels.push(PageFile {
            file: RemoteFile {
                name: file_name.parse().unwrap(),
                url: Link::new(&format!("https://shelf.example/{file_name}")),
                sha256: Some(Digest::of(&file_name)),
                size: None,
                metadata: Sidecar::Unhashed,
            },
            requires_python,
            yanked: attribute("yanked").map(Into::into),
            uploaded: attribute("uploaded").map(|time| time.parse().unwrap()),
        });
        let mut metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        for (key, value) in &attributes {
            let field = match *key {
                "extra" => "Provides-Extra",
                "requires" => "Requires-Python",
                _ => continue,
            };
            metadata.extend([field, ": ", value, "\n"]);
        }
        metadata.extend(fields.map(|dependency| format!("Requires-Dist: {dependency}\n")));
        let metadata = attribute("raw").map_or(metadata, str::to_owned);
        self.metadata.insert(file_name, metadata.into_bytes());
    }

    /// Puts a page there as it is.
    pub fn with_page(mut self, name: &str, page: ProjectPage) -> Self {
        self.pages.insert(name.parse().unwrap(), Arc::new(page));
        self
    }
}

impl Index for Shelf {
    fn project(&self, name: &PackageName) -> Result<Arc<ProjectPage>, IndexError> {
        if name.as_str() == "offline" {
            let source = "connection refused".into();
            return Err(IndexError::Failed {
                what: "https://shelf.example/offline/".into(),
                source,
            });
        }
        self.pages.get(name).cloned().ok_or(IndexError::NotFound)
    }

    fn metadata(&self, file: &RemoteFile) -> Result<Arc<Metadata>, IndexError> {
        let bytes = self.metadata.get(file.name.file_name()).ok_or(IndexError::NotFound)?;
        Ok(Arc::new(Metadata::parse(bytes)?))
    }
}

/// Requirements from lines: `- ` before a line makes it a constraint.
pub fn request(lines: &[&str]) -> Request {
    let mut request = Request::new(target(), Vec::new());
    for (number, line) in (1..).zip(lines) {
        let (file, line, list) = match line.strip_prefix("- ") {
            None => ("requirements.txt", *line, &mut request.requirements),
            Some(line) => ("constraints.txt", line, &mut request.constraints),
        };
        list.push(Wanted::parse(line, Origin::new(file, number)).unwrap());
    }
    request
}

pub fn solve(shelf: &str, lines: &[&str]) -> Result<Resolution, ResolveError> {
    resolve(&request(lines), &Shelf::new(shelf))
}

/// `a 1.0, b 2.0`
pub fn summary(resolution: &Resolution) -> String {
    let pins = resolution.packages.iter().map(|pinned| {
        let extras: Vec<String> = pinned.extras.iter().map(ToString::to_string).collect();
        let extras =
            if extras.is_empty() { String::new() } else { format!("[{}]", extras.join(",")) };
        format!("{}{extras} {}", pinned.name, pinned.version)
    });
    pins.collect::<Vec<_>>().join(", ")
}

/// Resolves, and compares the versions, or the first line of the error's text.
#[track_caller]
pub fn check(shelf: &str, lines: &[&str], expected: &str) {
    match solve(shelf, lines) {
        Ok(resolution) => assert_eq!(summary(&resolution), expected, "{lines:?}"),
        Err(error) => panic!("{lines:?}: {error}"),
    }
}

#[track_caller]
pub fn check_fails(shelf: &str, lines: &[&str]) {
    if let Ok(resolution) = solve(shelf, lines) {
        panic!("{lines:?}: {}", summary(&resolution));
    }
}
