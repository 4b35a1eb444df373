//! The contents of files, read only where the stat cache does not know them.

use std::cell::RefCell;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use boxwright_digest::{Digest, Hasher};
use rayon::prelude::*;

use super::{ScanError, Stamp, is_gone};
use crate::contents::{is_link_loop, open_plain};
use crate::path::RelPath;
use crate::snapshot::{Entry, EntryKind};
use crate::stat_cache::StatCache;
use crate::warning::Warning;

/// How often a file is read anew that changes meanwhile.
const ATTEMPTS: u32 = 3;
/// How much of a file is held at a time.
const BUFFER_SIZE: usize = 128 * 1024;
/// From how many files, or bytes, it pays to wake other threads.
const PARALLEL_FILES: usize = 256;
const PARALLEL_BYTES: u64 = 2 * 1024 * 1024;

/// Files as entries.
#[derive(Debug, Default)]
pub(super) struct Hashed {
    pub(super) entries: Vec<Entry>,
    pub(super) vanished: Vec<RelPath>,
}

/// A file on its way to an entry.
struct Pending {
    path: RelPath,
    state: State,
}

enum State {
    /// Gone since it was listed.
    Vanished,
    /// Seen, and its digest is still to come.
    Seen { stamp: Stamp, executable: bool },
    /// Done.
    Known { stamp: Stamp, executable: bool, digest: Digest },
}

impl Pending {
    /// Asks the file system about the file.
    fn look(&mut self, root: &Path) -> Result<(), ScanError> {
        match root.join(self.path.as_path()).symlink_metadata() {
            Ok(metadata) if metadata.is_file() => {
                let executable = metadata.permissions().mode() & 0o111 != 0;
                self.state = State::Seen { stamp: Stamp::of(&metadata), executable };
                Ok(())
            }
            Ok(_) => Err(ScanError::Changing { path: self.path.clone() }),
            Err(error) if is_gone(&error) => Ok(()),
            Err(source) => Err(self.unreadable(source)),
        }
    }

    /// Reads the file until it holds still.
    fn hash(&mut self, root: &Path) -> Result<(), ScanError> {
        for _ in 0..ATTEMPTS {
            let State::Seen { stamp, executable } = self.state else { return Ok(()) };
            match digest_of(&root.join(self.path.as_path()), &stamp) {
                Ok(Some(digest)) => {
                    self.state = State::Known { stamp, executable, digest };
                    return Ok(());
                }
                Ok(None) => self.look(root)?,
                Err(error) if is_gone(&error) => self.state = State::Vanished,
                // Something else has taken its place.
                Err(error) if is_link_loop(&error) => self.look(root)?,
                Err(source) => return Err(self.unreadable(source)),
            }
        }
        Err(ScanError::Changing { path: self.path.clone() })
    }

    fn unreadable(&self, source: io::Error) -> ScanError {
        ScanError::Io { operation: "read", path: self.path.clone(), source }
    }

    fn stamp(&self) -> Option<&Stamp> {
        match &self.state {
            State::Vanished => None,
            State::Seen { stamp, .. } | State::Known { stamp, .. } => Some(stamp),
        }
    }
}

/// Finds the digests of all files, and brings the cache up to date.
pub(super) fn hash_all(
    root: &Path,
    mut files: Vec<RelPath>,
    mut cache: Option<StatCache>,
    warnings: &mut Vec<Warning>,
) -> Result<Hashed, ScanError> {
    files.sort_unstable();
    let pending = |path| Pending { path, state: State::Vanished };
    let mut files: Vec<Pending> = files.into_iter().map(pending).collect();
    for_each(&mut files, 0, |file| file.look(root))?;

    if let Some(cache) = &mut cache {
        let mut lookup = cache.lookup();
        for file in &mut files {
            if let State::Seen { stamp, executable } = file.state
                && let Some(digest) = lookup.find(&file.path, &stamp)
            {
                file.state = State::Known { stamp, executable, digest };
            }
        }
    }
    let unknown = files.iter_mut().filter(|file| matches!(file.state, State::Seen { .. }));
    let mut unknown: Vec<&mut Pending> = unknown.collect();
    if !unknown.is_empty() {
        if let Some(cache) = &mut cache {
            // The time before the first file is read, which decides what may be remembered.
            cache.begin(root, warnings);
        }
        let bytes = unknown.iter().filter_map(|file| file.stamp()).map(|stamp| stamp.size).sum();
        for_each(&mut unknown, bytes, |file| file.hash(root))?;
    }
    if let Some(cache) = cache {
        let known = |file: &'_ Pending| match file.state {
            State::Known { stamp, digest, .. } => Some((stamp, digest)),
            State::Seen { .. } | State::Vanished => None,
        };
        let known = files.iter().filter_map(|file| Some((&file.path, known(file)?)));
        cache.save(known, warnings);
    }
    Ok(finish(files))
}

/// Does something to every item, in parallel where it pays. Of several failures, the first in
/// order is returned, so that a message does not depend on luck.
fn for_each<T: Send>(
    items: &mut [T],
    bytes: u64,
    action: impl Fn(&mut T) -> Result<(), ScanError> + Sync + Send,
) -> Result<(), ScanError> {
    if items.len() < PARALLEL_FILES && bytes < PARALLEL_BYTES {
        return items.iter_mut().try_for_each(action);
    }
    items.par_iter_mut().map(action).find_first(Result::is_err).unwrap_or(Ok(()))
}

/// The digest of a file, if it is the one with this stamp from beginning to end.
fn digest_of(path: &Path, stamp: &Stamp) -> io::Result<Option<Digest>> {
    thread_local! {
        static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; BUFFER_SIZE]);
    }
    let mut file = open_plain(path)?;
    let digest = BUFFER.with_borrow_mut(|buffer| {
        let mut hasher = Hasher::new();
        let mut left = stamp.size;
        while left > 0 {
            let read = match file.read(buffer) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            hasher.update(&buffer[..read]);
            match left.checked_sub(read as u64) {
                Some(rest) if read > 0 => left = rest,
                _ => return Ok(None),
            }
        }
        Ok(Some(hasher.finish()))
    })?;
    // Had it been written to meanwhile, the file system would say so.
    let unchanged = Stamp::of(&file.metadata()?) == *stamp;
    Ok(digest.filter(|_| unchanged))
}

fn finish(files: Vec<Pending>) -> Hashed {
    let mut hashed = Hashed { entries: Vec::with_capacity(files.len()), vanished: Vec::new() };
    for Pending { path, state } in files {
        match state {
            State::Known { stamp, executable, digest } => {
                let kind = EntryKind::File { size: stamp.size, digest, executable };
                hashed.entries.push(Entry { path, kind });
            }
            State::Seen { .. } | State::Vanished => hashed.vanished.push(path),
        }
    }
    hashed
}
