//! Which paths the ignore file lets in.

use std::io;
use std::path::Path;

use std::os::unix::fs::FileTypeExt as _;
use walkdir::{DirEntry, WalkDir};

use super::{ScanError, is_gone};
use crate::ignore::{Matcher, Matches};
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

/// A directory that the walk is in.
struct Open {
    path: RelPath,
    matches: Matches,
    excluded: bool,
    /// Whether it is among the found directories. One that is excluded itself
    /// gets there when something in it turns out to be included.
    listed: bool,
}

/// Walks the tree below `root`. Links are not followed.
pub(super) fn walk(root: &Path, ignore: &Matcher) -> Result<Found, ScanError> {
    let mut walk = Walk { ignore, open: Vec::new(), found: Found::default() };
    let mut entries = WalkDir::new(root).min_depth(0).into_iter();
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
    Ok(walk.found)
}

struct Walk<'a> {
    ignore: &'a Matcher,
    /// The directories from the root, which is not among them, to where the walk is.
    open: Vec<Open>,
    found: Found,
}

impl Walk<'_> {
    /// Takes an entry in or leaves it out; returns whether a directory is to be entered.
    fn visit(&mut self, entry: &DirEntry) -> Result<bool, ScanError> {
        self.open.truncate(entry.depth() - 1);
        let root = Matches::default();
        let (directory, matches) = match self.open.last() {
            Some(open) => (open.path.as_bytes(), &open.matches),
            None => (&b""[..], &root),
        };
        let path = RelPath::listed(directory, entry.file_name());
        let kind = entry.file_type();
        if kind.is_dir() {
            let (excluded, matches) = self.ignore.enter(matches, path.as_bytes())?;
            if excluded && !self.ignore.enters_excluded(path.as_bytes()) {
                return Ok(false);
            }
            let listed = !excluded || self.ignore.keeps_entered();
            self.open.push(Open { path, matches, excluded, listed: false });
            if listed {
                self.list_open();
            }
            return Ok(true);
        }
        if self.ignore.matches_in(matches, path.as_bytes())? {
            return Ok(true);
        }
        self.list_open();
        let found = &mut self.found;
        if kind.is_file() {
            found.files.push(path);
        } else if kind.is_symlink() {
            found.links.push(path);
        } else if kind.is_socket() {
            found.specials.push((path, SpecialKind::Socket));
        } else if kind.is_fifo() {
            found.specials.push((path, SpecialKind::Fifo));
        } else {
            found.specials.push((path, SpecialKind::Device));
        }
        Ok(true)
    }

    /// Takes in the directories the walk is in, now that something in them is.
    fn list_open(&mut self) {
        for open in self.open.iter_mut().rev() {
            if open.listed {
                break;
            }
            open.listed = true;
            self.found.directories.push(open.path.clone());
        }
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
        let visited = self
            .open
            .get(depth - 1)
            .filter(|open| open.path.file_name() == std::os::unix::ffi::OsStrExt::as_bytes(&*name));
        if let Some(open) = visited {
            if is_gone(&source) {
                self.found.vanished.push(open.path.clone());
                return Ok(());
            }
            if open.excluded && source.kind() == io::ErrorKind::PermissionDenied {
                return Ok(());
            }
            return Err(ScanError::Io { operation: "list", path: open.path.clone(), source });
        }
        self.open.truncate(depth - 1);
        let directory = self.open.last().map_or(&b""[..], |open| open.path.as_bytes());
        let path = RelPath::listed(directory, &name);
        if is_gone(&source) {
            self.found.vanished.push(path);
            return Ok(());
        }
        Err(ScanError::Io { operation: "read", path, source })
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
