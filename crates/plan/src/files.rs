//! The files of a project, as detection reads them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

/// The files that make up a project: what a scan found under its ignore rules, and nothing else.
///
/// Paths are relative to the project directory and separated by `/`. Detection asks for few of the
/// contents, so an implementation may read them late.
pub trait ProjectFiles {
    /// The paths of all files, sorted by their bytes. No directories.
    fn paths(&self) -> &[String];

    /// How long a file is, in bytes, without reading it.
    fn size(&self, path: &str) -> io::Result<u64>;

    /// The content of one file.
    fn read(&self, path: &str) -> io::Result<Cow<'_, [u8]>>;
}

/// A project held in memory: for tests, examples, and whoever has no directory.
///
/// ```
/// use boxwright_plan::{MemoryFiles, ProjectFiles};
///
/// let files = MemoryFiles::from([("app.py", "print()"), ("a/b.txt", "")]);
/// assert_eq!(files.paths(), ["a/b.txt", "app.py"]);
/// assert_eq!(&*files.read("app.py")?, b"print()");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryFiles {
    paths: Vec<String>,
    contents: BTreeMap<String, Vec<u8>>,
}

impl<P: Into<String>, C: Into<Vec<u8>>> FromIterator<(P, C)> for MemoryFiles {
    fn from_iter<I: IntoIterator<Item = (P, C)>>(files: I) -> Self {
        let contents: BTreeMap<String, Vec<u8>> =
            files.into_iter().map(|(path, content)| (path.into(), content.into())).collect();
        Self { paths: contents.keys().cloned().collect(), contents }
    }
}

impl<P: Into<String>, C: Into<Vec<u8>>, const N: usize> From<[(P, C); N]> for MemoryFiles {
    fn from(files: [(P, C); N]) -> Self {
        files.into_iter().collect()
    }
}

impl MemoryFiles {
    fn content(&self, path: &str) -> io::Result<&[u8]> {
        let missing = || io::Error::new(io::ErrorKind::NotFound, format!("no file `{path}`"));
        self.contents.get(path).map(Vec::as_slice).ok_or_else(missing)
    }
}

impl ProjectFiles for MemoryFiles {
    fn paths(&self) -> &[String] {
        &self.paths
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        self.content(path).map(|content| content.len() as u64)
    }

    fn read(&self, path: &str) -> io::Result<Cow<'_, [u8]>> {
        self.content(path).map(Cow::Borrowed)
    }
}
