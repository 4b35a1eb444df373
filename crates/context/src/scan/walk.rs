//! Which paths the ignore file lets in.

use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use rayon::prelude::*;
use walkdir::{DirEntry, WalkDir};

use super::{PARALLEL_FILES, ScanError, is_gone};
use crate::ignore::{IgnoreError, Matcher, Matches};
use crate::path::RelPath;
use crate::warning::SpecialKind;

/// What a walk found, in the order of the file system.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) directories: Vec<RelPath>,
    pub(super) files: Vec<RelPath>,
    pub(super) links: Vec<RelPath>,
    pub(super) specials: Vec<(RelPath, SpecialKind)>,
    /// Directories that were gone when they were to be listed.
    pub(super) vanished: Vec<RelPath>,
}

/// A directory that was entered.
struct Directory {
    path: RelPath,
    matches: Matches,
    excluded: bool,
    /// The directory that holds it, as an index; `None` for the root.
    parent: Option<usize>,
    /// Whether it goes in. One that is excluded itself does when something in it is included.
    listed: bool,
}

/// Anything but a directory.
struct Leaf {
    path: RelPath,
    kind: LeafKind,
    directory: Option<usize>,
}

#[derive(Clone, Copy)]
enum LeafKind {
    File,
    Link,
    Special(SpecialKind),
}

/// Walks the tree below `root`. Links are not followed.
///
/// Directories are decided upon on the way, since it depends on that which of them are entered;
/// everything else afterwards and all at once.
pub(super) fn walk(root: &Path, ignore: &Matcher) -> Result<Found, ScanError> {
    let mut walk = Walk {
        ignore,
        directories: Vec::new(),
        open: Vec::new(),
        leaves: Vec::new(),
        vanished: Vec::new(),
    };
    let mut entries = WalkDir::new(root).into_iter();
    while let Some(entry) = entries.next() {
        match entry {
            Ok(entry) if entry.depth() == 0 => check_root(root, &entry)?,
            Ok(entry) => {
                if !walk.visit(&entry)? {
                    entries.skip_current_dir();
                }
            }
            Err(error) => walk.failed(root, error)?,
        }
    }
    walk.finish()
}

struct Walk<'a> {
    ignore: &'a Matcher,
    /// Every directory entered so far.
    directories: Vec<Directory>,
    /// Those from the root, which is not among them, to where the walk is.
    open: Vec<usize>,
    leaves: Vec<Leaf>,
    vanished: Vec<RelPath>,
}

impl Walk<'_> {
    /// Notes an entry; returns whether a directory is to be entered.
    fn visit(&mut self, entry: &DirEntry) -> Result<bool, ScanError> {
        self.open.truncate(entry.depth() - 1);
        let parent = self.open.last().copied();
        let path = RelPath::listed(self.current(), entry.file_name());
        let kind = entry.file_type();
        if !kind.is_dir() {
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
            self.leaves.push(Leaf { path, kind, directory: parent });
            return Ok(true);
        }
        let outside = Matches::default();
        let above = parent.map_or(&outside, |index| &self.directories[index].matches);
        let (excluded, matches) = self.ignore.enter(above, path.as_bytes())?;
        if excluded && !self.ignore.enters_excluded(path.as_bytes()) {
            return Ok(false);
        }
        self.open.push(self.directories.len());
        self.directories.push(Directory { path, matches, excluded, parent, listed: false });
        if !excluded || self.ignore.keeps_entered() {
            list(&mut self.directories, self.open.last().copied());
        }
        Ok(true)
    }

    /// The directory the walk is in.
    fn current(&self) -> &[u8] {
        self.open.last().map_or(&b""[..], |&index| self.directories[index].path.as_bytes())
    }

    /// A directory that cannot be listed matters only if it is not left out.
    fn failed(&mut self, root: &Path, error: walkdir::Error) -> Result<(), ScanError> {
        let depth = error.depth();
        let name = error.path().and_then(Path::file_name).map(ToOwned::to_owned);
        let source = error.into_io_error().unwrap_or_else(|| io::Error::other("a loop"));
        let Some(name) = name.filter(|_| depth > 0) else {
            return Err(ScanError::Root { path: root.to_owned(), source });
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

    /// Decides about everything but directories.
    fn finish(self) -> Result<Found, ScanError> {
        let Self { ignore, mut directories, leaves, vanished, .. } = self;
        let outside = Matches::default();
        let excluded = |leaf: &Leaf| {
            let above = leaf.directory.map_or(&outside, |index| &directories[index].matches);
            ignore.matches_in(above, leaf.path.as_bytes())
        };
        let excluded: Vec<bool> = if ignore.is_empty() || leaves.len() < PARALLEL_FILES {
            leaves.iter().map(excluded).collect::<Result<_, IgnoreError>>()?
        } else {
            leaves.par_iter().map(excluded).collect::<Result<_, IgnoreError>>()?
        };
        let mut found = Found { vanished, ..Found::default() };
        for (leaf, _) in leaves.into_iter().zip(excluded).filter(|(_, excluded)| !excluded) {
            list(&mut directories, leaf.directory);
            match leaf.kind {
                LeafKind::File => found.files.push(leaf.path),
                LeafKind::Link => found.links.push(leaf.path),
                LeafKind::Special(kind) => found.specials.push((leaf.path, kind)),
            }
        }
        let listed = directories.into_iter().filter(|directory| directory.listed);
        found.directories = listed.map(|directory| directory.path).collect();
        Ok(found)
    }
}

/// Takes in a directory and those above it, now that something in it is.
fn list(directories: &mut [Directory], mut index: Option<usize>) {
    while let Some(directory) = index.map(|index| &mut directories[index])
        && !directory.listed
    {
        directory.listed = true;
        index = directory.parent;
    }
}

/// The root may be a link to a directory; nothing else may.
fn check_root(root: &Path, entry: &DirEntry) -> Result<(), ScanError> {
    let failed = |source| ScanError::Root { path: root.to_owned(), source };
    if entry.file_type().is_dir() || std::fs::metadata(root).map_err(failed)?.is_dir() {
        return Ok(());
    }
    Err(failed(io::Error::from(io::ErrorKind::NotADirectory)))
}
