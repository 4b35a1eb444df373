//! Digests remembered from scan to scan, so that an unchanged file is not read again.
//!
//! A file is taken to be unchanged when its size, times and inode are. That
//! goes wrong where a file is written twice within one tick of the clock, the
//! second time after it was read: the "racy" problem that git's documentation
//! describes. So a file is remembered only if its change time lay safely in
//! the past before it was read, by the file system's own clock. A file that
//! was just written is read once more by the next scan.
//!
//! What a file looked like at first sight to the leak check is remembered with it, since that
//! too takes reading it.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use boxwright_digest::Digest;
use tempfile::NamedTempFile;

use crate::path::RelPath;
use crate::scan::{Stamp, Time};
use crate::warning::Warning;

/// Starts the file; the last byte is the format's version.
const MAGIC: &[u8; 8] = b"bwstats\x01";
/// What precedes the records: the magic, a CRC-32 of all that follows it, the number of records.
const HEADER: usize = 8 + 4 + 8;
/// A record without its path.
const RECORD: usize = 4 + 8 + 2 * 12 + 8 + 32 + 1;
/// A cache beyond this is no cache of ours.
const LARGEST: u64 = 4 << 30;

/// How far back a time must lie to be told from now, where the file system's clock ticks
/// finely: Linux moves it at each timer interrupt, at most 10 ms apart.
const FINE_SLACK: i128 = 20_000_000;
/// The same where times are coarse (whole seconds, or FAT's two), or of another clock.
const COARSE_SLACK: i128 = 2_100_000_000;

/// The digests of an earlier scan.
#[derive(Debug)]
pub(crate) struct StatCache {
    path: PathBuf,
    /// The file, checked; empty where there was none.
    bytes: Vec<u8>,
    /// Where in it the records start, in the order of their paths.
    starts: Vec<usize>,
    begun: OnceLock<io::Result<Begun>>,
}

/// A scan that reads files, and so has something to remember.
#[derive(Debug)]
struct Begun {
    /// What will take the cache's place.
    file: NamedTempFile,
    /// The file system's time before the first file was read.
    now: Time,
    /// Whether the scanned files' times come from the same clock.
    same_device: bool,
}

/// Finds records, quickest in the order of their paths.
pub(crate) struct Records<'a> {
    bytes: &'a [u8],
    starts: &'a [usize],
}

/// What is remembered of a file, or found out about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) stamp: Stamp,
    pub(crate) digest: Digest,
    /// Whether something in it looks like a secret at first sight.
    pub(crate) suspicious: bool,
}

struct Record<'a> {
    path: &'a [u8],
    known: Known,
}

impl StatCache {
    /// Reads the cache at `path`. A missing one is an empty one; so is a damaged one, with a note.
    pub(crate) fn load(path: &Path, warnings: &mut Vec<Warning>) -> Self {
        let (bytes, starts) = match read(path) {
            Ok(Some(bytes)) => {
                if let Some(starts) = check(&bytes) {
                    (bytes, starts)
                } else {
                    let problem = "is damaged or of another version; it is made anew";
                    warnings.push(note(path, problem));
                    (Vec::new(), Vec::new())
                }
            }
            Ok(None) => (Vec::new(), Vec::new()),
            Err(error) => {
                warnings.push(note(path, &format!("cannot be read ({error}); it is made anew")));
                (Vec::new(), Vec::new())
            }
        };
        Self { path: path.to_owned(), bytes, starts, begun: OnceLock::new() }
    }

    /// Starts looking records up.
    pub(crate) fn records(&self) -> Records<'_> {
        Records { bytes: &self.bytes, starts: &self.starts }
    }

    /// Notes the time, unless it is noted. To be called before a file is read.
    pub(crate) fn begin(&self, root: &Path) {
        self.begun.get_or_init(|| {
            let directory = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
            let directory = directory.unwrap_or(Path::new("."));
            std::fs::create_dir_all(directory)?;
            let file = NamedTempFile::new_in(directory)?;
            let stat = rustix::fs::fstat(file.as_file())?;
            let same_device = rustix::fs::stat(root)?.st_dev == stat.st_dev;
            Ok(Begun { file, now: Stamp::of(&stat).changed, same_device })
        });
    }

    /// Remembers these files, sorted by path, unless they are what is remembered already.
    pub(crate) fn save<'a>(
        self,
        files: impl Iterator<Item = (&'a RelPath, Known)>,
        warnings: &mut Vec<Warning>,
    ) {
        let Self { path, bytes: old, starts: _, begun } = self;
        let Begun { mut file, now, same_device } = match begun.into_inner() {
            // Nothing was read. Records of files that went do no harm until something is.
            None => return,
            Some(Ok(begun)) => begun,
            Some(Err(error)) => {
                warnings.push(unwritable(&path, &error));
                return;
            }
        };
        let mut bytes = Vec::with_capacity(old.len().max(HEADER));
        bytes.resize(HEADER, 0);
        let mut count = 0_u64;
        for (path, known) in files {
            if is_settled(&known.stamp, now, same_device) {
                push_record(&mut bytes, path, &known);
                count += 1;
            }
        }
        finish(&mut bytes, count);
        if bytes == old {
            return;
        }
        let written = file.write_all(&bytes).and_then(|()| Ok(file.persist(&path)?));
        if let Err(error) = written {
            warnings.push(unwritable(&path, &error));
        }
    }
}

/// Whether a file with this stamp, if it is written to from `now` on, will have another.
fn is_settled(stamp: &Stamp, now: Time, same_device: bool) -> bool {
    let fine = same_device && stamp.changed.nanos != 0 && now.nanos != 0;
    stamp.changed.is_before(now, if fine { FINE_SLACK } else { COARSE_SLACK })
}

impl Records<'_> {
    /// What is remembered of the file at a path. Paths must come in order.
    pub(crate) fn find(&mut self, path: &RelPath) -> Option<Known> {
        let record = |start: &usize| Cursor(self.bytes.get(*start..)?).record();
        // Mostly it is the record behind the last one that was found.
        let next = record(self.starts.first()?)?;
        if next.path < path.as_bytes() {
            let before = |start: &usize| record(start).is_some_and(|r| r.path < path.as_bytes());
            self.starts = &self.starts[self.starts.partition_point(before)..];
        }
        let found = record(self.starts.first()?).filter(|r| r.path == path.as_bytes())?.known;
        self.starts = &self.starts[1..];
        Some(found)
    }
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let size = file.metadata()?.len();
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(LARGEST)).unwrap_or(0));
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Where the records of a sound cache start.
fn check(bytes: &[u8]) -> Option<Vec<usize>> {
    let mut cursor = Cursor(bytes.strip_prefix(MAGIC)?);
    let checksum = u32::from_le_bytes(cursor.array()?);
    if crc32fast::hash(cursor.0) != checksum {
        return None;
    }
    let count = u64::from_le_bytes(cursor.array()?);
    let mut starts = Vec::with_capacity(usize::try_from(count).ok()?.min(bytes.len() / RECORD));
    while !cursor.0.is_empty() {
        starts.push(bytes.len() - cursor.0.len());
        cursor.skip_record()?;
    }
    (starts.len() as u64 == count).then_some(starts)
}

/// Fills the header in.
fn finish(bytes: &mut [u8], records: u64) {
    bytes[..8].copy_from_slice(MAGIC);
    bytes[12..HEADER].copy_from_slice(&records.to_le_bytes());
    let checksum = crc32fast::hash(&bytes[12..]);
    bytes[8..12].copy_from_slice(&checksum.to_le_bytes());
}

fn push_record(bytes: &mut Vec<u8>, path: &RelPath, known: &Known) {
    let Known { stamp, digest, suspicious } = known;
    let Stamp { size, modified, changed, inode } = stamp;
    let path = path.as_bytes();
    bytes.reserve(RECORD + path.len());
    bytes.extend_from_slice(&u32::try_from(path.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend_from_slice(&size.to_le_bytes());
    for time in [modified, changed] {
        bytes.extend_from_slice(&time.seconds.to_le_bytes());
        bytes.extend_from_slice(&time.nanos.to_le_bytes());
    }
    bytes.extend_from_slice(&inode.to_le_bytes());
    bytes.extend_from_slice(digest.as_bytes());
    bytes.push(u8::from(*suspicious));
    bytes.extend_from_slice(path);
}

/// Takes values off the front of some bytes. What is cut short reads as `None`.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn time(&mut self) -> Option<Time> {
        let seconds = i64::from_le_bytes(self.array()?);
        Some(Time { seconds, nanos: u32::from_le_bytes(self.array()?) })
    }

    fn skip_record(&mut self) -> Option<()> {
        let length = u32::from_le_bytes(self.array()?);
        let left = (RECORD - 4).checked_add(usize::try_from(length).ok()?)?;
        self.0 = self.0.split_at_checked(left)?.1;
        Some(())
    }

    fn record(&mut self) -> Option<Record<'a>> {
        let length = u32::from_le_bytes(self.array()?);
        let size = u64::from_le_bytes(self.array()?);
        let (modified, changed) = (self.time()?, self.time()?);
        let inode = u64::from_le_bytes(self.array()?);
        let digest = Digest::from_bytes(self.array()?);
        let [suspicious] = self.array()?;
        let (path, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        let stamp = Stamp { size, modified, changed, inode };
        Some(Record { path, known: Known { stamp, digest, suspicious: suspicious != 0 } })
    }
}

fn note(path: &Path, what: &str) -> Warning {
    Warning::StatCache { note: format!("the stat cache `{}` {what}", path.display()) }
}

fn unwritable(path: &Path, error: &io::Error) -> Warning {
    note(path, &format!("cannot be written ({error}); the next scan reads every file again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(seconds: i64, nanos: u32) -> Stamp {
        let time = Time { seconds, nanos };
        Stamp { size: 1, modified: time, changed: time, inode: 1 }
    }

    #[test]
    fn only_times_safely_past_are_trusted() {
        let now = Time { seconds: 100, nanos: 500_000_000 };
        for (seconds, nanos, same_device, settled) in [
            (100, 500_000_000, true, false),
            (100, 485_000_000, true, false),
            (100, 475_000_000, true, true),
            (100, 475_000_000, false, false),
            (98, 300_000_000, false, true),
            // No fraction of a second: a file system that may store none.
            (100, 0, true, false),
            (99, 0, true, false),
            (98, 0, true, true),
            // In the future.
            (200, 1, true, false),
        ] {
            let settled_now = is_settled(&stamp(seconds, nanos), now, same_device);
            assert_eq!(settled_now, settled, "{seconds}.{nanos:09} {same_device}");
        }
    }

    #[test]
    fn records_are_found_in_order() {
        let known = |byte| Known {
            stamp: stamp(byte, 1),
            digest: Digest::of([1]),
            suspicious: byte % 2 == 1,
        };
        let path = |text: &str| RelPath::new(text).unwrap();
        let mut bytes = vec![0; HEADER];
        for (name, byte) in [("a", 1), ("a-b", 2), ("a/b", 3), ("c", 4)] {
            push_record(&mut bytes, &path(name), &known(byte));
        }
        finish(&mut bytes, 4);
        let starts = check(&bytes).unwrap();
        assert_eq!(starts.len(), 4);
        let cache = StatCache { path: PathBuf::new(), bytes, starts, begun: OnceLock::new() };
        let mut records = cache.records();
        for (name, expected) in [
            ("a", Some(1)),
            ("a+", None),
            ("a/b", Some(3)),
            ("b", None),
            ("c", Some(4)),
            ("d", None),
        ] {
            assert_eq!(records.find(&path(name)), expected.map(known), "{name}");
        }
    }
}
