//! The zip archive that a wheel is: every entry checked before anything is made of it.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Seek};

use boxwright_digest::Digest;
use boxwright_image::LayerPath;
use bytes::Bytes;
use rayon::prelude::*;
use zip::read::{ArchiveOffset, Config};
use zip::{CompressionMethod, ZipArchive, ZipReadOptions};

use crate::error::Problem;

/// The largest wheels that are known hold some 30,000 files.
const MOST_FILES: usize = 200_000;

/// What Linux takes, with room for the prefix: `PATH_MAX` is 4096, `NAME_MAX` is 255.
const LONGEST_PATH: usize = 2048;
const LONGEST_NAME: usize = 255;

/// An archive may grow by this factor, beyond a size that is never refused. Program code grows by
/// 3 to 5, tables of text by 20; deflate can reach 1032.
const LARGEST_FACTOR: u64 = 200;
const ALWAYS_TAKEN: u64 = 64 * 1024 * 1024;

/// The largest wheels that are known unpack to 4 GB.
const LARGEST: u64 = 16 * 1024 * 1024 * 1024;

/// A file of a wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelFile {
    /// Its contents. Stored (not compressed) files share the archive's bytes.
    pub contents: Bytes,
    /// Whether anybody may execute it, by the archive's mode bits.
    pub executable: bool,
    /// What the contents hash to.
    pub sha256: Digest,
}

impl WheelFile {
    pub(crate) fn new(contents: Bytes, executable: bool) -> Self {
        let sha256 = Digest::of(&contents);
        Self { contents, executable, sha256 }
    }
}

/// What the archive says of a file, before it is unpacked.
struct Entry {
    index: usize,
    size: u64,
    is_stored: bool,
    executable: bool,
}

/// Unpacks and hashes every file of an archive, on all processors, sorted by path.
pub(crate) fn unpack(bytes: &Bytes) -> Result<BTreeMap<String, WheelFile>, Problem> {
    let mut archive = open(Cursor::new(bytes.clone()))?;
    if archive.has_duplicate_names() {
        let directory = bytes.get(to_index(archive.central_directory_start())..);
        let file = first_duplicate(directory.unwrap_or_default());
        return Err(Problem::Duplicate { file });
    }
    if archive.has_overlapping_files().map_err(|error| Problem::Archive(error.to_string()))? {
        return Err(Problem::Overlap);
    }
    let entries = entries(&mut archive, bytes.len() as u64)?;
    refuse_case_collisions(&entries)?;
    entries
        .into_par_iter()
        .map_init(
            || archive.clone(),
            |archive, (path, entry)| {
                let contents = read(archive, bytes, &path, &entry)?;
                Ok((path, WheelFile::new(contents, entry.executable)))
            },
        )
        .collect()
}

/// Reads one file of an archive, the first whose path `wanted` accepts.
pub(crate) fn read_one(
    reader: impl Read + Seek,
    limit: u64,
    wanted: impl Fn(&str) -> bool,
) -> Result<Option<Vec<u8>>, Problem> {
    let mut archive = open(reader)?;
    let damaged = |error: zip::result::ZipError| Problem::Archive(error.to_string());
    for index in 0..archive.len() {
        let name = archive.name_for_index(index).transpose().map_err(damaged)?;
        let Some(name) = name.map(std::borrow::Cow::into_owned).filter(|name| wanted(name)) else {
            continue;
        };
        let unpack = |reason: String| Problem::Unpack { file: name.clone(), reason };
        let file = archive.by_index(index).map_err(|error| unpack(error.to_string()))?;
        if file.size() > limit {
            return Err(Problem::Bomb { file: name.clone(), size: file.size() });
        }
        let mut contents = Vec::new();
        file.take(limit).read_to_end(&mut contents).map_err(|error| unpack(error.to_string()))?;
        return Ok(Some(contents));
    }
    Ok(None)
}

fn open<R: Read + Seek>(reader: R) -> Result<ZipArchive<R>, Problem> {
    // Bytes before the archive would be a second reading of it: wheels have none.
    let config = Config { archive_offset: ArchiveOffset::Known(0) };
    let archive = ZipArchive::with_config(config, reader)
        .map_err(|error| Problem::Archive(error.to_string()))?;
    if archive.len() > MOST_FILES {
        return Err(Problem::TooManyFiles { count: archive.len(), limit: MOST_FILES });
    }
    Ok(archive)
}

fn entries<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    archive_size: u64,
) -> Result<BTreeMap<String, Entry>, Problem> {
    let budget = archive_size.saturating_mul(LARGEST_FACTOR).clamp(ALWAYS_TAKEN, LARGEST);
    let damaged = |error: zip::result::ZipError| Problem::Archive(error.to_string());
    let (mut entries, mut total) = (BTreeMap::new(), 0_u64);
    for index in 0..archive.len() {
        let data = archive.by_index_data(index).map_err(damaged)?;
        let name = data.name().map_err(damaged)?.into_owned();
        let path = checked_path(&name)?;
        if let Some(kind) = special_kind(data.unix_mode()) {
            return Err(Problem::NotAFile { file: name, kind });
        }
        if data.encrypted() {
            return Err(Problem::Encrypted { file: name });
        }
        if name.ends_with('/') {
            continue;
        }
        total = total.saturating_add(data.size());
        if total > budget {
            return Err(Problem::Bomb { file: name, size: data.size() });
        }
        let entry = Entry {
            index,
            size: data.size(),
            is_stored: data.compression() == CompressionMethod::Stored,
            executable: data.unix_mode().is_some_and(|mode| mode & 0o111 != 0),
        };
        if entries.insert(path, entry).is_some() {
            return Err(Problem::Duplicate { file: name });
        }
    }
    Ok(entries)
}

fn checked_path(name: &str) -> Result<String, Problem> {
    let path = name.strip_suffix('/').unwrap_or(name);
    let is_long = |part: &str| part.len() > LONGEST_NAME;
    if path.len() > LONGEST_PATH || path.split('/').any(is_long) {
        return Err(Problem::LongPath { file: path.chars().take(80).collect() });
    }
    if path.contains('\\') {
        return Err(Problem::Backslash { file: name.to_owned() });
    }
    LayerPath::new(path)?;
    Ok(path.to_owned())
}

/// What an entry is, if it is neither a file nor a directory.
fn special_kind(mode: Option<u32>) -> Option<&'static str> {
    match mode? & 0o170_000 {
        // Archives made elsewhere than on Unix say nothing of the kind.
        0 | 0o100_000 | 0o040_000 => None,
        0o120_000 => Some("a symbolic link"),
        _ => Some("a device, pipe or socket"),
    }
}

fn refuse_case_collisions(entries: &BTreeMap<String, Entry>) -> Result<(), Problem> {
    let mut folded: BTreeMap<String, &str> = BTreeMap::new();
    for path in entries.keys() {
        if let Some(other) = folded.insert(path.to_lowercase(), path) {
            return Err(Problem::CaseCollision { file: path.clone(), other: other.to_owned() });
        }
    }
    Ok(())
}

fn read(
    archive: &mut ZipArchive<Cursor<Bytes>>,
    bytes: &Bytes,
    path: &str,
    entry: &Entry,
) -> Result<Bytes, Problem> {
    let unpack = |reason: String| Problem::Unpack { file: path.to_owned(), reason };
    // RECORD has a better hash of every file than the archive's.
    let options = ZipReadOptions::new().ignore_crc32(true);
    let file = archive
        .by_index_with_options(entry.index, options)
        .map_err(|error| unpack(error.to_string()))?;
    let size = usize::try_from(entry.size).map_err(|error| unpack(error.to_string()))?;
    if let (true, Some(start)) = (entry.is_stored, file.data_start()) {
        let start = to_index(start);
        let end = start.checked_add(size).filter(|&end| end <= bytes.len());
        let end = end.ok_or_else(|| unpack("it ends before its end".to_owned()))?;
        return Ok(bytes.slice(start..end));
    }
    // What an entry claims is within the budget of the whole archive; what it holds may be more.
    let mut contents = Vec::with_capacity(size);
    file.take(entry.size.saturating_add(1))
        .read_to_end(&mut contents)
        .map_err(|error| unpack(error.to_string()))?;
    if contents.len() != size {
        return Err(unpack(format!("it is not of the {size} bytes that the archive claims")));
    }
    Ok(contents.into())
}

/// Names the entry of a central directory that an earlier entry has the name of.
fn first_duplicate(directory: &[u8]) -> String {
    let mut seen = std::collections::BTreeSet::new();
    let mut rest = directory;
    // APPNOTE 4.3.12: 46 bytes, among them the lengths of the name and two more fields that follow.
    while let Some(header) = rest.get(..46).filter(|header| header.starts_with(b"PK\x01\x02")) {
        let length = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
        let (name, extra, comment) = (length(28), length(30), length(32));
        let Some(name_bytes) = rest.get(46..46 + name) else { break };
        if !seen.insert(name_bytes) {
            return String::from_utf8_lossy(name_bytes).into_owned();
        }
        rest = rest.get(46 + name + extra + comment..).unwrap_or_default();
    }
    "a file".to_owned()
}

fn to_index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
