//! The files of the project as the rules ask for them.

use std::borrow::Cow;
use std::io;

use super::error::DetectError;
use crate::ProjectFiles;
use crate::python::join;

/// Folders that hold no application of the project's own.
const ASIDE: &[&str] = &[
    "tests",
    "test",
    "docs",
    "doc",
    "examples",
    "example",
    "scripts",
    "migrations",
    "node_modules",
    "venv",
    "env",
    "site-packages",
    "benchmarks",
    "fixtures",
    "tools",
    "infra",
    "terraform",
];

/// A project's files, with the questions that rules ask.
#[derive(Clone, Copy)]
pub(super) struct Tree<'f> {
    pub(super) files: &'f dyn ProjectFiles,
}

impl<'f> Tree<'f> {
    pub(super) fn has(&self, path: &str) -> bool {
        self.files.paths().binary_search_by(|known| known.as_str().cmp(path)).is_ok()
    }

    /// The paths below a folder, relative to it, sorted.
    pub(super) fn below(&self, folder: &str) -> impl Iterator<Item = &'f str> + use<'f> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let paths = self.files.paths();
        let start = paths.partition_point(|path| *path < prefix);
        let length = prefix.len();
        paths[start..]
            .iter()
            .take_while(move |path| path.starts_with(&prefix))
            .map(move |path| &path[length..])
    }

    /// The names of the files directly in a folder, sorted.
    pub(super) fn names(&self, folder: &str) -> impl Iterator<Item = &'f str> + use<'f> {
        self.below(folder).filter(|path| !path.contains('/'))
    }

    /// The names of the folders directly in a folder that may hold an application, sorted.
    pub(super) fn folders(&self, folder: &str) -> Vec<&'f str> {
        let mut folders: Vec<_> =
            self.below(folder).filter_map(|path| Some(path.split_once('/')?.0)).collect();
        folders.dedup();
        folders.sort_unstable();
        folders.dedup();
        folders.retain(|name| !name.starts_with('.') && !ASIDE.contains(name));
        folders
    }

    /// The text of a file, or nothing where there is no such file.
    pub(super) fn text(&self, path: &str) -> Result<Option<String>, DetectError> {
        if !self.has(path) {
            return Ok(None);
        }
        let unreadable = |error| DetectError::Unreadable { file: path.to_owned(), error };
        let bytes = self.files.read(path).map_err(unreadable)?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|error| unreadable(io::Error::new(io::ErrorKind::InvalidData, error)))?;
        Ok(Some(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned()))
    }
}

/// The requirements crate reads through this.
impl boxwright_requirements::Files for Tree<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.files.read(path).map(Cow::into_owned)
    }

    fn is_file(&self, path: &str) -> bool {
        self.has(path)
    }

    fn is_dir(&self, path: &str) -> bool {
        path.is_empty() || self.below(path).next().is_some()
    }
}

/// Whether a file is a Python module, by its name. Python itself tells case apart.
pub(super) fn is_python(path: &str) -> bool {
    path.strip_suffix(".py").is_some()
}

/// The path of `name` in the source folder.
pub(super) fn at(folder: &str, name: &str) -> String {
    join(folder, name)
}
