//! Reading a file to hash it, unless the stat cache knows it.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use boxwright_digest::{Digest, Hasher};
use rustix::fs::{AtFlags, Mode, OFlags};

use super::stamp::Seen;
use super::{ScanError, Stamp, is_gone};
use crate::contents::is_link_loop;
use crate::leaks;
use crate::path::RelPath;
use crate::stat_cache::{Known, StatCache};

/// How often a file is read that changes meanwhile.
const ATTEMPTS: u32 = 3;
/// How much of a file is held at a time.
const BUFFER_SIZE: usize = 128 * 1024;
/// From this size on, a file is read after all smaller ones, so that large ones spread over the
/// threads however they are spread over directories.
pub(super) const LARGE: u64 = 1024 * 1024;

/// A file on its way to an entry.
pub(super) struct Pending {
    pub(super) path: RelPath,
    pub(super) state: State,
}

pub(super) enum State {
    /// Listed, and not looked at.
    Listed,
    /// To be read last.
    Large,
    /// Done.
    Known { known: Known, executable: bool },
    /// Gone since it was listed.
    Vanished,
}

/// Hashes the files of one directory, sorted by path, but for large ones.
///
/// Names are looked up relative to their directory, which spares the kernel the way from the
/// root each time, and cannot be led astray by a link that takes the directory's place.
pub(super) fn hash_run(
    root: &Path,
    files: &mut [Pending],
    cache: Option<&StatCache>,
) -> Result<(), ScanError> {
    let Some(first) = files.first() else { return Ok(()) };
    let directory = match first.open_directory(root) {
        Ok(directory) => directory,
        Err(ScanError::Io { source, .. }) if is_gone(&source) => {
            for file in files {
                file.state = State::Vanished;
            }
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let mut records = cache.map(StatCache::records);
    for file in files {
        if let Some(remembered) = records.as_mut().and_then(|records| records.find(&file.path)) {
            file.compare(&directory, remembered)?;
        }
        if matches!(file.state, State::Listed) {
            if let Some(cache) = cache {
                // The time before a file is read decides whether it may be remembered.
                cache.begin(root);
            }
            file.read(&directory, LARGE)?;
        }
    }
    Ok(())
}

/// Hashes a large file.
pub(super) fn hash_large(root: &Path, file: &mut Pending) -> Result<(), ScanError> {
    let directory = file.open_directory(root)?;
    file.read(&directory, u64::MAX)
}

impl Pending {
    pub(super) fn listed(path: RelPath) -> Self {
        Self { path, state: State::Listed }
    }

    pub(super) fn known(&self) -> Option<(&RelPath, Known)> {
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
    fn compare(&mut self, directory: &OwnedFd, known: Known) -> Result<(), ScanError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(paths: &[&str]) -> Vec<Pending> {
        paths.iter().map(|path| Pending::listed(RelPath::new(path).unwrap())).collect()
    }

    #[test]
    fn what_is_gone_by_the_time_it_is_read_has_vanished() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("here"), "x").unwrap();
        for (paths, here) in
            [(&["gone", "here"][..], 1), (&["no/such", "no/where"], 0), (&["here/x"], 0)]
        {
            let mut files = pending(paths);
            hash_run(root.path(), &mut files, None).unwrap();
            assert_eq!(files.iter().filter(|file| file.known().is_some()).count(), here);
            let vanished = files.iter().filter(|file| matches!(file.state, State::Vanished));
            assert_eq!(vanished.count(), paths.len() - here, "{paths:?}");
        }
    }

    #[test]
    fn a_known_file_is_not_read_again() {
        let (root, cached) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let cached = cached.path().join("stat");
        std::fs::write(root.path().join("f"), "x").unwrap();
        std::thread::sleep(std::time::Duration::from_millis(60));
        let file = File::open(root.path().join("f")).unwrap();
        let stamp = Stamp::of(&rustix::fs::fstat(&file).unwrap());

        // A cache that remembers other contents than there are: they can only come from there.
        let mut warnings = Vec::new();
        let cache = StatCache::load(&cached, &mut warnings);
        cache.begin(root.path());
        let known = Known { stamp, digest: Digest::of("other"), suspicious: true };
        cache.save([(&RelPath::new("f").unwrap(), known)].into_iter(), &mut warnings);

        let cache = StatCache::load(&cached, &mut warnings);
        let mut files = pending(&["f"]);
        hash_run(root.path(), &mut files, Some(&cache)).unwrap();
        assert_eq!(files[0].known().unwrap().1, known);
        assert_eq!(warnings, []);
    }

    #[test]
    fn a_large_file_is_put_off() {
        let root = tempfile::tempdir().unwrap();
        let large = vec![7; usize::try_from(LARGE).unwrap()];
        std::fs::write(root.path().join("large"), &large).unwrap();
        let mut files = pending(&["large"]);
        hash_run(root.path(), &mut files, None).unwrap();
        assert!(matches!(files[0].state, State::Large));
        hash_large(root.path(), &mut files[0]).unwrap();
        assert_eq!(files[0].known().unwrap().1.digest, Digest::of(&large));
    }

    #[test]
    fn what_is_no_longer_a_file_is_never_read() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("directory")).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", root.path().join("link")).unwrap();
        for name in ["directory", "link"] {
            let error = hash_run(root.path(), &mut pending(&[name]), None).unwrap_err();
            assert!(matches!(error, ScanError::Changing { .. }), "{name}: {error}");
        }
    }
}
