//! A scanned context as the files of a project.

use std::borrow::Cow;
use std::io;

use boxwright_context::{Entry, EntryKind, ReadError, Snapshot};

use crate::ProjectFiles;

/// The files of a [`Snapshot`], for detection.
///
/// A link counts as what it is: a name for something else, so that it is neither followed nor read,
/// and a circle of links ends nowhere. A file whose name is not UTF-8 cannot be named by anything that
/// detection reads, and is left out.
///
/// ```
/// use boxwright_context::Snapshot;
/// use boxwright_plan::{Config, SnapshotFiles, detect};
///
/// let snapshot = Snapshot::in_memory([
///     ("app.py", "from flask import Flask\napp = Flask(__name__)\n"),
///     ("requirements.txt", "flask\ngunicorn\n"),
/// ])?;
/// let project = detect(&SnapshotFiles::new(&snapshot), &Config::default())?;
/// assert_eq!(project.start.words().last().map(String::as_str), Some("app:app"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SnapshotFiles<'s> {
    snapshot: &'s Snapshot,
    paths: Vec<String>,
}

impl<'s> SnapshotFiles<'s> {
    /// The files of a snapshot, which already are sorted by the bytes of their paths.
    pub fn new(snapshot: &'s Snapshot) -> Self {
        let files =
            snapshot.entries().iter().filter(|entry| matches!(entry.kind, EntryKind::File { .. }));
        let names = files.filter_map(|entry| std::str::from_utf8(entry.path.as_bytes()).ok());
        Self { snapshot, paths: names.map(str::to_owned).collect() }
    }
}

impl ProjectFiles for SnapshotFiles<'_> {
    fn paths(&self) -> &[String] {
        &self.paths
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        match self.snapshot.get(path) {
            Some(Entry { kind: EntryKind::File { size, .. }, .. }) => Ok(*size),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn read(&self, path: &str) -> io::Result<Cow<'_, [u8]>> {
        self.snapshot.read(path).map(Cow::Owned).map_err(|error| {
            let kind = match &error {
                ReadError::NoFile { .. } => io::ErrorKind::NotFound,
                ReadError::Io { source, .. } => source.kind(),
                ReadError::Changed { .. } => io::ErrorKind::Other,
            };
            io::Error::new(kind, error)
        })
    }
}
