//! The contents of files, read only where the stat cache does not know them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use boxwright_digest::{Digest, Hasher};
use rayon::prelude::*;
use rustix::fs::{AtFlags, Mode, OFlags};

use super::stamp::Seen;
use super::{PARALLEL_FILES, ScanError, Stamp, is_gone};
use crate::contents::is_link_loop;
use crate::leaks;
use crate::path::RelPath;
use crate::snapshot::{Entry, EntryKind};
use crate::stat_cache::{Known, StatCache};
use crate::warning::Warning;

/// How often a file is read that changes meanwhile.
const ATTEMPTS: u32 = 3;
/// How much of a file is held at a time.
const BUFFER_SIZE: usize = 128 * 1024;
/// From this size on, a file is read after all smaller ones, so that large ones spread over the
/// threads however they are spread over directories.
const LARGE: u64 = 1024 * 1024;
/// How many files of one directory a thread takes at a time.
const GROUP: usize = 256;

/// Files as entries.
#[derive(Debug, Default)]
pub(super) struct Hashed {
    pub(super) entries: Vec<Entry>,
    /// Those whose contents the leak check should look at.
    pub(super) suspects: BTreeSet<RelPath>,
    pub(super) vanished: Vec<RelPath>,
}

/// A file on its way to an entry.
struct Pending {
    path: RelPath,
    state: State,
}

enum State {
    /// Listed, and not looked at.
    Listed,
    /// The stat cache knows a file of this path, though maybe not this one.
    Remembered(Known),
    /// To be read last.
    Large,
    /// Done.
    Known { known: Known, executable: bool },
    /// Gone since it was listed.
    Vanished,
}

/// Finds the digests of all files, and brings the cache up to date.
pub(super) fn hash_all(
    root: &Path,
    mut files: Vec<RelPath>,
    mut cache: Option<StatCache>,
    warnings: &mut Vec<Warning>,
) -> Result<Hashed, ScanError> {
    if files.len() < PARALLEL_FILES {
        files.sort_unstable();
    } else {
        files.par_sort_unstable();
    }
    let mut files: Vec<Pending> = files.into_iter().map(Pending::listed).collect();
    if let Some(cache) = &mut cache {
        let mut records = cache.records();
        for file in &mut files {
            if let Some(known) = records.find(&file.path) {
                file.state = State::Remembered(known);
            }
        }
        in_groups(root, &mut files, Pending::is_remembered, Pending::look)?;
        if files.iter().any(Pending::is_unread) {
            // The time before the first file is read decides what may be remembered.
            cache.begin(root, warnings);
        }
    }
    in_groups(root, &mut files, Pending::is_unread, |file, directory| file.read(directory, LARGE))?;
    let mut large: Vec<_> = files.iter_mut().filter(|file| file.is_unread()).collect();
    first_error(&mut large, true, |file| {
        let directory = file.open_directory(root)?;
        file.read(&directory, u64::MAX)
    })?;
    if let Some(cache) = cache {
        cache.save(files.iter().filter_map(Pending::known), warnings);
    }
    Ok(finish(files))
}

/// Does something to the files that are wanted, a directory at a time.
///
/// Names are looked up relative to their directory, which spares the kernel the way from the
/// root each time, and cannot be led astray by a link that takes a directory's place.
fn in_groups(
    root: &Path,
    files: &mut [Pending],
    wanted: impl Fn(&Pending) -> bool + Sync,
    action: impl Fn(&mut Pending, &OwnedFd) -> Result<(), ScanError> + Sync,
) -> Result<(), ScanError> {
    let parallel = files.len() >= PARALLEL_FILES;
    let directories = files.chunk_by_mut(|a, b| a.path.parent() == b.path.parent());
    let mut groups: Vec<_> = directories.flat_map(|files| files.chunks_mut(GROUP)).collect();
    first_error(&mut groups, parallel, |group| {
        let mut group = group.iter_mut().filter(|file| wanted(file)).peekable();
        let Some(first) = group.peek() else { return Ok(()) };
        let directory = match first.open_directory(root) {
            Ok(directory) => directory,
            Err(ScanError::Io { source, .. }) if is_gone(&source) => {
                group.for_each(|file| file.state = State::Vanished);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        group.try_for_each(|file| action(file, &directory))
    })
}

/// Does something to every item. Of several failures, the first in order is returned, so that a
/// message does not depend on luck.
fn first_error<T: Send>(
    items: &mut [T],
    parallel: bool,
    action: impl Fn(&mut T) -> Result<(), ScanError> + Sync + Send,
) -> Result<(), ScanError> {
    if !parallel || items.len() < 2 {
        return items.iter_mut().try_for_each(action);
    }
    items.par_iter_mut().map(action).find_first(Result::is_err).unwrap_or(Ok(()))
}

impl Pending {
    fn listed(path: RelPath) -> Self {
        Self { path, state: State::Listed }
    }

    fn is_remembered(&self) -> bool {
        matches!(self.state, State::Remembered(_))
    }

    fn is_unread(&self) -> bool {
        matches!(self.state, State::Listed | State::Large)
    }

    fn known(&self) -> Option<(&RelPath, Known)> {
        match &self.state {
            State::Known { known, .. } => Some((&self.path, *known)),
            _ => None,
        }
    }

    fn name(&self) -> &Path {
        Path::new(OsStr::from_bytes(self.path.file_name()))
    }

    fn open_directory(&self, root: &Path) -> Result<OwnedFd, ScanError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = match self.path.parent() {
            None => rustix::fs::open(root, flags, Mode::empty()),
            Some(parent) => {
                let path = root.join(OsStr::from_bytes(parent));
                rustix::fs::open(path, flags | OFlags::NOFOLLOW, Mode::empty())
            }
        };
        opened.map_err(|error| self.unreadable(error.into()))
    }

    /// Compares a file with what the stat cache remembers, without opening it.
    fn look(&mut self, directory: &OwnedFd) -> Result<(), ScanError> {
        let State::Remembered(known) = self.state else { return Ok(()) };
        self.state = match rustix::fs::statat(directory, self.name(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => match Seen::of(&stat) {
                Some(Seen { stamp, executable }) if stamp == known.stamp => {
                    State::Known { known, executable }
                }
                _ => State::Listed,
            },
            Err(error) if is_gone(&error.into()) => State::Vanished,
            Err(error) => return Err(self.unreadable(error.into())),
        };
        Ok(())
    }

    /// Reads a file until it holds still, unless it is of `limit` bytes or more.
    fn read(&mut self, directory: &OwnedFd, limit: u64) -> Result<(), ScanError> {
        for _ in 0..ATTEMPTS {
            match read(directory, self.name(), limit) {
                Ok(Some(state)) => {
                    self.state = state;
                    return Ok(());
                }
                Ok(None) => {}
                Err(error) if is_gone(&error) => {
                    self.state = State::Vanished;
                    return Ok(());
                }
                // A link has taken its place.
                Err(error) if is_link_loop(&error) => {}
                Err(source) => return Err(self.unreadable(source)),
            }
        }
        Err(ScanError::Changing { path: self.path.clone() })
    }

    fn unreadable(&self, source: io::Error) -> ScanError {
        ScanError::Io { operation: "read", path: self.path.clone(), source }
    }
}

/// Reads a file once; `None` if it changed meanwhile.
fn read(directory: &OwnedFd, name: &Path, limit: u64) -> io::Result<Option<State>> {
    // A named pipe may have taken the file's place: opening it must not wait.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut file = File::from(rustix::fs::openat(directory, name, flags, Mode::empty())?);
    let Some(Seen { stamp, executable }) = Seen::of(&rustix::fs::fstat(&file)?) else {
        return Ok(None);
    };
    if stamp.size >= limit {
        return Ok(Some(State::Large));
    }
    let Some((digest, suspicious)) = digest_of(&mut file, stamp.size)? else { return Ok(None) };
    // Had it been written to meanwhile, the file system would say so.
    let unchanged = Stamp::of(&rustix::fs::fstat(&file)?) == stamp;
    let known = Known { stamp, digest, suspicious };
    Ok(unchanged.then_some(State::Known { known, executable }))
}

/// The digest of a file's first `size` bytes, and whether its beginning is suspicious; `None` if
/// it has fewer.
fn digest_of(file: &mut File, size: u64) -> io::Result<Option<(Digest, bool)>> {
    thread_local! {
        static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; BUFFER_SIZE]);
    }
    BUFFER.with_borrow_mut(|buffer| {
        let mut hasher = Hasher::new();
        let (mut left, mut suspicious) = (size, false);
        while left > 0 {
            let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let read = match file.read(&mut buffer[..wanted]) {
                Ok(0) => return Ok(None),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            hasher.update(&buffer[..read]);
            if left == size {
                suspicious = leaks::is_suspicious(&buffer[..read]);
            }
            left -= read as u64;
        }
        Ok(Some((hasher.finish(), suspicious)))
    })
}

fn finish(files: Vec<Pending>) -> Hashed {
    let mut hashed = Hashed { entries: Vec::with_capacity(files.len()), ..Hashed::default() };
    for Pending { path, state } in files {
        if let State::Known { known: Known { stamp, digest, suspicious }, executable } = state {
            if suspicious {
                hashed.suspects.insert(path.clone());
            }
            let kind = EntryKind::File { size: stamp.size, digest, executable };
            hashed.entries.push(Entry { path, kind });
        } else {
            hashed.vanished.push(path);
        }
    }
    hashed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RelPath {
        RelPath::new(text).unwrap()
    }

    #[test]
    fn what_is_gone_by_the_time_it_is_read_has_vanished() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("here"), "x").unwrap();
        let files = ["gone", "no/such", "no/where", "here", "here/below"].map(path).to_vec();
        let hashed = hash_all(root.path(), files, None, &mut Vec::new()).unwrap();
        assert_eq!(hashed.entries.len(), 1);
        assert_eq!(hashed.vanished, ["gone", "here/below", "no/such", "no/where"].map(path));
    }

    #[test]
    fn a_known_file_is_not_read_again() {
        let root = tempfile::tempdir().unwrap();
        let cached = tempfile::tempdir().unwrap();
        let cached = cached.path().join("stat");
        std::fs::write(root.path().join("f"), "x").unwrap();
        std::thread::sleep(std::time::Duration::from_millis(60));
        let file = File::open(root.path().join("f")).unwrap();
        let stamp = Stamp::of(&rustix::fs::fstat(&file).unwrap());

        // A cache that remembers other contents than there are: it can only come from there.
        let mut warnings = Vec::new();
        let mut cache = StatCache::load(&cached, &mut warnings);
        cache.begin(root.path(), &mut warnings);
        let known = Known { stamp, digest: Digest::of("other"), suspicious: true };
        cache.save([(&path("f"), known)].into_iter(), &mut warnings);

        let cache = Some(StatCache::load(&cached, &mut warnings));
        let hashed = hash_all(root.path(), vec![path("f")], cache, &mut warnings).unwrap();
        let kind = EntryKind::File { size: 1, digest: Digest::of("other"), executable: false };
        assert_eq!(hashed.entries, [Entry { path: path("f"), kind }]);
        assert!(hashed.suspects.contains(&path("f")));
        assert_eq!(warnings, []);
    }

    #[test]
    fn large_files_are_read_too_and_of_failures_the_first_is_told() {
        let root = tempfile::tempdir().unwrap();
        let large = vec![7; usize::try_from(LARGE).unwrap() + 1];
        std::fs::write(root.path().join("large"), &large).unwrap();
        let hashed = hash_all(root.path(), vec![path("large")], None, &mut Vec::new()).unwrap();
        let (size, digest) = (LARGE + 1, Digest::of(&large));
        assert_eq!(hashed.entries[0].kind, EntryKind::File { size, digest, executable: false });

        for name in ["b", "a"] {
            std::fs::create_dir(root.path().join(name)).unwrap();
        }
        let files = ["b", "large", "a"].map(path).to_vec();
        let error = hash_all(root.path(), files, None, &mut Vec::new()).unwrap_err();
        assert!(matches!(error, ScanError::Changing { path: first } if first == path("a")));
    }
}
