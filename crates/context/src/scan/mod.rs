//! The scan: from a directory to a snapshot.

mod hash;
mod spread;
mod stamp;
mod walk;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use crate::ignore::{IgnoreError, Matcher};
use crate::path::RelPath;
use crate::resolve;
use crate::snapshot::{Entry, EntryKind, Snapshot};
use crate::stat_cache::{Known, StatCache};
use crate::warning::Warning;

use hash::{Pending, State};
pub(crate) use stamp::{Stamp, Time};

/// The directory that an image is built from.
#[derive(Debug)]
pub enum Context {}

/// How a directory is scanned. The default leaves nothing out and remembers nothing.
#[derive(Debug, Default)]
pub struct ScanOptions {
    /// What is left out.
    pub ignore: Matcher,
    /// Where digests are remembered from one scan to the next: a file of this directory's own,
    /// made if it is missing. Two scans may share it; the last to finish wins.
    pub stat_cache: Option<PathBuf>,
}

/// Why a directory could not be scanned.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The ignore file has a pattern that cannot be matched.
    #[error(transparent)]
    Ignore(#[from] IgnoreError),
    /// The context's root is missing, or is no directory.
    #[error("cannot scan `{}`: it is not a directory that can be read", path.display())]
    Root {
        /// The root as given.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// Something in the context could not be read.
    #[error("cannot {operation} `{path}`; make it readable, or name it in the ignore file")]
    Io {
        /// What was tried: `list`, `read`.
        operation: &'static str,
        /// Where, relative to the root.
        path: RelPath,
        /// What the file system said.
        source: io::Error,
    },
    /// A file would not hold still.
    #[error(
        "`{path}` was written to each time it was read; run again when nothing writes to it, or name it in the ignore file"
    )]
    Changing {
        /// The file.
        path: RelPath,
    },
}

impl Context {
    /// Scans a directory: which files the ignore file lets in, and what they hold.
    ///
    /// The file system is only read (but for the stat cache). Files are hashed in parallel;
    /// one that the stat cache knows is not opened.
    ///
    /// # Errors
    /// What cannot be read and is not left out is an error. What vanishes during the scan is not:
    /// the snapshot is without it then, and says so in its warnings.
    pub fn scan(dir: &Path, options: &ScanOptions) -> Result<Snapshot, ScanError> {
        let mut warnings = Vec::new();
        let cache = options.stat_cache.as_deref().map(|path| StatCache::load(path, &mut warnings));
        let spread::Found { directories, files, links, specials, vanished: mut gone } =
            spread::find(dir, options, cache.as_ref())?;
        if let Some(cache) = cache {
            cache.save(files.iter().filter_map(Pending::known), &mut warnings);
        }
        warnings.extend(specials.into_iter().map(|(path, kind)| Warning::Special { path, kind }));

        let mut entries = Vec::with_capacity(files.len() + directories.len() + links.len());
        let mut suspects = BTreeSet::new();
        for Pending { path, state } in files {
            let State::Known { known: Known { stamp, digest, suspicious }, executable } = state
            else {
                gone.push(path);
                continue;
            };
            if suspicious {
                suspects.insert(path.clone());
            }
            let kind = EntryKind::File { size: stamp.size, digest, executable };
            entries.push(Entry { path, kind });
        }
        let directory = |path| Entry { path, kind: EntryKind::Directory };
        entries.extend(directories.into_iter().map(directory));
        for path in links {
            match read_link(dir, &path) {
                Ok(target) => {
                    if resolve::leads_outside(path.as_bytes(), &target) {
                        let target = target.clone();
                        warnings.push(Warning::LeadsOutside { path: path.clone(), target });
                    }
                    entries.push(Entry { path, kind: EntryKind::Symlink { target } });
                }
                Err(error) if is_gone(&error) => gone.push(path),
                Err(source) => return Err(ScanError::Io { operation: "read", path, source }),
            }
        }
        gone.sort_unstable();
        remove_below(&mut entries, &gone);
        warnings.extend(gone.into_iter().map(|path| Warning::Vanished { path }));
        Ok(Snapshot::of_directory(dir.to_owned(), entries, suspects, warnings))
    }
}

fn read_link(root: &Path, path: &RelPath) -> io::Result<Box<[u8]>> {
    use std::os::unix::ffi::OsStringExt as _;
    let target = std::fs::read_link(root.join(path.as_path()))?;
    Ok(target.into_os_string().into_vec().into())
}

/// Whether an error says that something is no longer where it was listed.
fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Takes out what lay in directories that vanished.
fn remove_below(entries: &mut Vec<Entry>, gone: &[RelPath]) {
    if gone.is_empty() {
        return;
    }
    let is_gone = |path: &[u8]| gone.binary_search_by(|gone| gone.as_bytes().cmp(path)).is_ok();
    entries.retain(|entry| {
        let path = entry.path.as_bytes();
        !is_gone(path) && !memchr::memchr_iter(b'/', path).any(|slash| is_gone(&path[..slash]))
    });
}
