//! What a scan saw: entries in order, each file known by its digest.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use boxwright_digest::{Digest, KeyHasher};

use crate::contents::Contents;
use crate::leaks;
use crate::path::{RelPath, RelPathError};
use crate::warning::Warning;

/// The meaning of [`Snapshot::digest`]; raised when that changes.
const DIGEST_VERSION: u32 = 1;

/// One thing in the build context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands, relative to the context's root.
    pub path: RelPath,
    /// What it is.
    pub kind: EntryKind,
}

/// What an entry is. Hard links and sparse files are plain files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A directory.
    Directory,
    /// A file.
    File {
        /// Its length in bytes.
        size: u64,
        /// The digest of its contents.
        digest: Digest,
        /// Whether anybody may run it; all other permissions are normalised away.
        executable: bool,
    },
    /// A symbolic link, which is never followed.
    Symlink {
        /// Where it points, as written.
        target: Box<[u8]>,
    },
}

/// A build context as a scan saw it: sorted, hashed, without times and owners.
///
/// The entries are held; contents stay where they are, and are checked against
/// their digest whenever they are read, so that nobody works with anything but
/// what was scanned.
///
/// ```
/// use boxwright_context::Snapshot;
///
/// let snapshot = Snapshot::in_memory([("app.py", "print('hi')"), ("static/x.css", "")])?;
/// let paths: Vec<_> = snapshot.entries().iter().map(|entry| entry.path.to_string()).collect();
/// assert_eq!(paths, ["app.py", "static", "static/x.css"]);
/// assert_eq!(snapshot.read("app.py")?, b"print('hi')");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Snapshot {
    source: Source,
    entries: Vec<Entry>,
    /// Files in which something looks like a secret at first sight.
    suspects: Arc<BTreeSet<RelPath>>,
    warnings: Vec<Warning>,
}

/// Where contents are read from.
#[derive(Debug, Clone)]
enum Source {
    Directory(PathBuf),
    Memory(BTreeMap<RelPath, Arc<[u8]>>),
}

/// Why a file of the snapshot could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The snapshot holds no file of that name.
    #[error("there is no file `{path}` in the build context")]
    NoFile {
        /// The path asked for.
        path: String,
    },
    /// The file system refused.
    #[error("cannot read `{path}`")]
    Io {
        /// The file.
        path: RelPath,
        /// What the file system said.
        source: io::Error,
    },
    /// It holds something else than when it was scanned.
    #[error("`{path}` changed after it was scanned; run again when nothing writes to it")]
    Changed {
        /// The file.
        path: RelPath,
    },
}

impl Snapshot {
    /// What a scan of `root` found. Sorts the entries.
    pub(crate) fn of_directory(
        root: PathBuf,
        mut entries: Vec<Entry>,
        suspects: BTreeSet<RelPath>,
        warnings: Vec<Warning>,
    ) -> Self {
        // Files come sorted already; a stable sort makes use of that.
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Self { source: Source::Directory(root), entries, suspects: Arc::new(suspects), warnings }
    }

    /// A snapshot of files that exist only here: for tests, and for what a program makes up.
    /// The directories above them come along. Of two files of one name, the last counts.
    pub fn in_memory<P: AsRef<[u8]>, C: AsRef<[u8]>>(
        files: impl IntoIterator<Item = (P, C)>,
    ) -> Result<Self, RelPathError> {
        let mut entries = BTreeMap::new();
        let mut contents = BTreeMap::new();
        let mut suspects = BTreeSet::new();
        for (path, bytes) in files {
            let (path, bytes) = (RelPath::new(path)?, bytes.as_ref());
            for slash in memchr::memchr_iter(b'/', path.as_bytes()) {
                let parent = RelPath::new(&path.as_bytes()[..slash])?;
                if contents.contains_key(&parent) {
                    let reason = "one of its directories is a file";
                    return Err(RelPathError { path: path.as_bytes().to_vec(), reason });
                }
                entries.insert(parent, EntryKind::Directory);
            }
            if entries.get(&path) == Some(&EntryKind::Directory) {
                let reason = "it is a directory as well";
                return Err(RelPathError { path: path.as_bytes().to_vec(), reason });
            }
            let (size, digest) = (bytes.len() as u64, Digest::of(bytes));
            entries.insert(path.clone(), EntryKind::File { size, digest, executable: false });
            if leaks::is_suspicious(bytes) {
                suspects.insert(path.clone());
            }
            contents.insert(path, bytes.into());
        }
        let entries = entries.into_iter().map(|(path, kind)| Entry { path, kind }).collect();
        let (source, suspects) = (Source::Memory(contents), Arc::new(suspects));
        Ok(Self { source, entries, suspects, warnings: Vec::new() })
    }

    /// All entries, sorted by path; a directory precedes what it holds.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What the scan noticed that somebody should know.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The entry at a path.
    pub fn get(&self, path: impl AsRef<[u8]>) -> Option<&Entry> {
        let path = path.as_ref();
        let found = self.entries.binary_search_by(|entry| entry.path.as_bytes().cmp(path));
        found.ok().map(|index| &self.entries[index])
    }

    /// Whether something stands at a path.
    pub fn contains(&self, path: impl AsRef<[u8]>) -> bool {
        self.get(path).is_some()
    }

    /// All entries below a directory, at any depth; the directory itself is not among them.
    pub fn below(&self, directory: impl AsRef<[u8]>) -> &[Entry] {
        let inside = [directory.as_ref(), b"/"].concat();
        let start = self.entries.partition_point(|entry| entry.path.as_bytes() < &inside[..]);
        let rest = &self.entries[start..];
        &rest[..rest.partition_point(|entry| entry.path.as_bytes().starts_with(&inside))]
    }

    /// The bytes of all files together.
    pub fn content_bytes(&self) -> u64 {
        let size = |entry: &Entry| match entry.kind {
            EntryKind::File { size, .. } => size,
            EntryKind::Directory | EntryKind::Symlink { .. } => 0,
        };
        self.entries.iter().map(size).sum()
    }

    /// The digest of the whole context: names, kinds, who may run what, and contents.
    ///
    /// It does not depend on the order in which the file system lists things,
    /// nor on times, owners or where the context lies.
    pub fn digest(&self) -> Digest {
        let entries = self.entries.iter().map(encode);
        KeyHasher::new("boxwright.context", DIGEST_VERSION).fields("entries", entries).finish()
    }

    /// The part below a directory, as a snapshot with that directory for its root; `None` where
    /// there is no such directory. Warnings are not carried over.
    pub fn subset(&self, directory: impl AsRef<[u8]>) -> Option<Self> {
        let directory = RelPath::new(directory).ok()?;
        if self.get(&directory)?.kind != EntryKind::Directory {
            return None;
        }
        let strip = |path: &RelPath| path.below(directory.as_bytes());
        let inside = self.below(&directory).iter();
        let entries = inside.filter_map(|Entry { path, kind }| {
            Some(Entry { path: strip(path)?, kind: kind.clone() })
        });
        let source = match &self.source {
            Source::Directory(root) => Source::Directory(root.join(directory.as_path())),
            Source::Memory(files) => {
                let files = files.iter();
                Source::Memory(
                    files.filter_map(|(path, bytes)| Some((strip(path)?, bytes.clone()))).collect(),
                )
            }
        };
        let suspects = Arc::new(self.suspects.iter().filter_map(strip).collect());
        Some(Self { source, entries: entries.collect(), suspects, warnings: Vec::new() })
    }

    /// The same snapshot with only the entries that `keep` wants, and the directories above them.
    #[must_use]
    pub fn filter(&self, keep: impl Fn(&Entry) -> bool) -> Self {
        let mut wanted = vec![false; self.entries.len()];
        for (index, entry) in self.entries.iter().enumerate() {
            if !keep(entry) {
                continue;
            }
            wanted[index] = true;
            let mut parent = entry.path.parent();
            while let Some(path) = parent {
                let found = self.entries.binary_search_by(|entry| entry.path.as_bytes().cmp(path));
                match found {
                    Ok(above) if !wanted[above] => wanted[above] = true,
                    _ => break,
                }
                parent = self.entries[found.unwrap_or_default()].path.parent();
            }
        }
        let entries = self.entries.iter().zip(wanted).filter(|(_, wanted)| *wanted);
        Self {
            source: self.source.clone(),
            suspects: self.suspects.clone(),
            entries: entries.map(|(entry, _)| entry.clone()).collect(),
            warnings: self.warnings.clone(),
        }
    }

    /// The contents of a file, as a stream that fails at its end when they are not what was scanned.
    pub fn open(&self, path: impl AsRef<[u8]>) -> Result<Contents<'_>, ReadError> {
        let path = path.as_ref();
        let entry = self.get(path);
        match entry {
            Some(Entry { path, kind: EntryKind::File { size, digest, .. } }) => {
                self.open_entry(path, *size, *digest)
            }
            _ => Err(ReadError::NoFile { path: crate::path::Shown(path).to_string() }),
        }
    }

    pub(crate) fn open_entry<'a>(
        &'a self,
        path: &'a RelPath,
        size: u64,
        digest: Digest,
    ) -> Result<Contents<'a>, ReadError> {
        match &self.source {
            Source::Directory(root) => Contents::of_file(root, path, size, digest),
            Source::Memory(files) => match files.get(path) {
                Some(bytes) => Ok(Contents::of_bytes(bytes, path, digest)),
                None => Err(ReadError::Changed { path: path.clone() }),
            },
        }
    }

    /// The whole contents of a file, which are what was scanned.
    pub fn read(&self, path: impl AsRef<[u8]>) -> Result<Vec<u8>, ReadError> {
        let mut contents = self.open(path)?;
        let mut bytes =
            Vec::with_capacity(usize::try_from(contents.size()).unwrap_or(0).min(1 << 20));
        match contents.read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(contents.explain(error)),
        }
    }

    /// Whether the contents of a file looked like a secret at first sight.
    pub(crate) fn is_suspicious(&self, path: &RelPath) -> bool {
        self.suspects.contains(path)
    }

    /// The directory that contents are read from; `None` for one in memory.
    pub fn root(&self) -> Option<&Path> {
        match &self.source {
            Source::Directory(root) => Some(root),
            Source::Memory(_) => None,
        }
    }
}

/// An entry as bytes, framed so that no two entries look alike.
fn encode(Entry { path, kind }: &Entry) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64 + path.as_bytes().len());
    bytes.extend_from_slice(&(path.as_bytes().len() as u64).to_le_bytes());
    bytes.extend_from_slice(path.as_bytes());
    match kind {
        EntryKind::Directory => bytes.push(b'd'),
        EntryKind::File { size, digest, executable } => {
            bytes.push(if *executable { b'x' } else { b'f' });
            bytes.extend_from_slice(&size.to_le_bytes());
            bytes.extend_from_slice(digest.as_bytes());
        }
        EntryKind::Symlink { target } => {
            bytes.push(b'l');
            bytes.extend_from_slice(target);
        }
    }
    bytes
}
