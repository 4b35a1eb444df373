//! The project's files as the readers see them: by path, through whatever holds them.

use std::collections::BTreeMap;
use std::io;

/// Gives the bytes of a project's files. Paths are `/`-separated, relative to the project's root,
/// and free of `.` and `..`; the empty path is the root itself.
pub trait Files {
    /// The content of a file.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;

    /// Whether a file is there. A link counts as what it leads to.
    fn is_file(&self, path: &str) -> bool;

    /// Whether a directory is there.
    fn is_dir(&self, path: &str) -> bool;
}

/// Files held in memory, for tests and examples.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryFiles(BTreeMap<String, Vec<u8>>);

impl MemoryFiles {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, or replaces it.
    #[must_use]
    pub fn with(mut self, path: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        self.0.insert(path.into(), content.into());
        self
    }
}

impl<P: Into<String>, C: Into<Vec<u8>>> FromIterator<(P, C)> for MemoryFiles {
    fn from_iter<I: IntoIterator<Item = (P, C)>>(files: I) -> Self {
        Self(files.into_iter().map(|(path, content)| (path.into(), content.into())).collect())
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.0.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn is_file(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    fn is_dir(&self, path: &str) -> bool {
        path.is_empty()
            || self
                .0
                .range(format!("{path}/")..)
                .next()
                .is_some_and(|(file, _)| file[..].starts_with(&format!("{path}/")))
    }
}

/// Joins a path written in a file of directory `base` to it; `None` where it leads outside of the
/// project or is absolute.
pub(crate) fn join(base: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The directory that holds a file; empty for the root.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_join_within_the_project() {
        let cases = [
            ("", "a.txt", Some("a.txt")),
            ("requirements", "../base.txt", Some("base.txt")),
            ("requirements", "./x//y.txt", Some("requirements/x/y.txt")),
            ("a/b", "../..", Some("")),
            ("a", "../../x", None),
            ("", "/etc/passwd", None),
        ];
        for (base, path, expected) in cases {
            assert_eq!(join(base, path).as_deref(), expected, "{base} + {path}");
        }
    }

    #[test]
    fn directories_are_the_prefixes_of_files() {
        let files = MemoryFiles::new().with("a/b/c", "").with("a-b", "");
        assert!(files.is_dir("") && files.is_dir("a") && files.is_dir("a/b"));
        assert!(!files.is_dir("a/b/c") && !files.is_dir("a-") && !files.is_dir("b"));
    }
}
