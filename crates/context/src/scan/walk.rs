//! The walk: which directories are entered, and what stands in them.

use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::sync::Arc;

use walkdir::{DirEntry, WalkDir};

use super::{ScanError, is_gone};
use crate::ignore::{Matcher, Matches};
use crate::path::RelPath;
use crate::warning::SpecialKind;

/// How many entries of a directory are handed on at a time.
const RUN: usize = 256;

/// Entries of one directory, directories not among them, as the file system lists them.
/// Whether they are left out is still to be decided.
pub(super) struct Run {
    /// The directory, as [`Walk::include`] knows it; `None` for the root.
    pub(super) directory: Option<usize>,
    /// What its matches mean for them.
    pub(super) above: Arc<Matches>,
    pub(super) leaves: Vec<Leaf>,
}

/// Anything but a directory.
pub(super) struct Leaf {
    pub(super) path: RelPath,
    pub(super) kind: LeafKind,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum LeafKind {
    File,
    Link,
    Special(SpecialKind),
}

/// A directory that was entered.
struct Directory {
    path: RelPath,
    matches: Arc<Matches>,
    excluded: bool,
    parent: Option<usize>,
    /// Whether it goes in. One that is excluded itself does when something in it is included.
    included: bool,
}

/// A walk in progress. Links are not followed.
pub(super) struct Walk<'a> {
    root: &'a Path,
    ignore: &'a Matcher,
    entries: walkdir::IntoIter,
    outside: Arc<Matches>,
    /// Every directory entered so far.
    directories: Vec<Directory>,
    /// Those from the root, which is not among them, to where the walk is.
    open: Vec<usize>,
    run: Option<Run>,
    /// Directories that were gone when they were to be listed.
    vanished: Vec<RelPath>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(root: &'a Path, ignore: &'a Matcher) -> Self {
        Self {
            root,
            ignore,
            entries: WalkDir::new(root).into_iter(),
            outside: Arc::default(),
            directories: Vec::new(),
            open: Vec::new(),
            run: None,
            vanished: Vec::new(),
        }
    }

    /// Goes on until there is something to hand on; `None` at the end of the tree.
    pub(super) fn next_run(&mut self) -> Result<Option<Run>, ScanError> {
        while let Some(entry) = self.entries.next() {
            let run = match entry {
                Ok(entry) if entry.depth() == 0 => {
                    self.check_root(&entry)?;
                    None
                }
                Ok(entry) => self.visit(&entry)?,
                Err(error) => {
                    self.failed(error)?;
                    None
                }
            };
            if run.is_some() {
                return Ok(run);
            }
        }
        Ok(self.run.take())
    }

    /// Takes in a directory and those above it, since something in it is.
    pub(super) fn include(&mut self, mut directory: Option<usize>) {
        while let Some(found) = directory.map(|index| &mut self.directories[index])
            && !found.included
        {
            found.included = true;
            directory = found.parent;
        }
    }

    /// The directories that go in, and those that vanished. To be asked at the end.
    pub(super) fn finish(self) -> (Vec<RelPath>, Vec<RelPath>) {
        let included = self.directories.into_iter().filter(|directory| directory.included);
        (included.map(|directory| directory.path).collect(), self.vanished)
    }

    fn visit(&mut self, entry: &DirEntry) -> Result<Option<Run>, ScanError> {
        self.open.truncate(entry.depth() - 1);
        let directory = self.open.last().copied();
        let path = RelPath::listed(self.current(), entry.file_name());
        let kind = entry.file_type();
        if kind.is_dir() {
            if !self.enter(path, directory)? {
                self.entries.skip_current_dir();
            }
            return Ok(None);
        }
        let kind = if kind.is_file() {
            LeafKind::File
        } else if kind.is_symlink() {
            LeafKind::Link
        } else if kind.is_socket() {
            LeafKind::Special(SpecialKind::Socket)
        } else if kind.is_fifo() {
            LeafKind::Special(SpecialKind::Fifo)
        } else {
            LeafKind::Special(SpecialKind::Device)
        };
        let leaf = Leaf { path, kind };
        if let Some(run) = &mut self.run
            && run.directory == directory
            && run.leaves.len() < RUN
        {
            run.leaves.push(leaf);
            return Ok(None);
        }
        let above = match directory {
            None => &self.outside,
            Some(index) => &self.directories[index].matches,
        };
        Ok(self.run.replace(Run { directory, above: above.clone(), leaves: vec![leaf] }))
    }

    /// Decides about a directory; returns whether it is to be entered.
    fn enter(&mut self, path: RelPath, parent: Option<usize>) -> Result<bool, ScanError> {
        let above = parent.map_or(&self.outside, |index| &self.directories[index].matches);
        let (excluded, matches) = self.ignore.enter(above, path.as_bytes())?;
        if excluded && !self.ignore.enters_excluded(path.as_bytes()) {
            return Ok(false);
        }
        let (index, matches) = (self.directories.len(), Arc::new(matches));
        self.open.push(index);
        self.directories.push(Directory { path, matches, excluded, parent, included: false });
        if !excluded || self.ignore.keeps_entered() {
            self.include(Some(index));
        }
        Ok(true)
    }

    /// The directory the walk is in.
    fn current(&self) -> &[u8] {
        self.open.last().map_or(&b""[..], |&index| self.directories[index].path.as_bytes())
    }

    /// A directory that cannot be listed matters only if it is not left out.
    fn failed(&mut self, error: walkdir::Error) -> Result<(), ScanError> {
        let depth = error.depth();
        let name = error.path().and_then(Path::file_name).map(ToOwned::to_owned);
        let source = error.into_io_error().unwrap_or_else(|| io::Error::other("a loop"));
        let Some(name) = name.filter(|_| depth > 0) else {
            return Err(ScanError::Root { path: self.root.to_owned(), source });
        };
        // The directory itself was visited before it was to be listed; an entry
        // whose type could not be told was not.
        let visited = self.open.get(depth - 1).map(|&index| &self.directories[index]);
        if let Some(directory) = visited.filter(|it| it.path.file_name() == name.as_bytes()) {
            if is_gone(&source) {
                self.vanished.push(directory.path.clone());
                return Ok(());
            }
            if directory.excluded && source.kind() == io::ErrorKind::PermissionDenied {
                return Ok(());
            }
            let path = directory.path.clone();
            return Err(ScanError::Io { operation: "list", path, source });
        }
        self.open.truncate(depth - 1);
        let path = RelPath::listed(self.current(), &name);
        if is_gone(&source) {
            self.vanished.push(path);
            return Ok(());
        }
        Err(ScanError::Io { operation: "read", path, source })
    }

    /// The root may be a link to a directory; nothing else may.
    fn check_root(&self, entry: &DirEntry) -> Result<(), ScanError> {
        let failed = |source| ScanError::Root { path: self.root.to_owned(), source };
        if entry.file_type().is_dir() || std::fs::metadata(self.root).map_err(failed)?.is_dir() {
            return Ok(());
        }
        Err(failed(io::Error::from(io::ErrorKind::NotADirectory)))
    }
}
