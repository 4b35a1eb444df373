//! A wheel in memory, unpacked and verified.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use bytes::Bytes;

use crate::archive::{self, WheelFile};
use crate::entry_points::{self, EntryPoint};
use crate::error::{Problem, WheelError};
use crate::{WheelName, dist_info, record};

/// More metadata than this nobody writes.
const LARGEST_METADATA: u64 = 64 * 1024 * 1024;

/// A wheel in memory: every file unpacked, and found to be what RECORD says.
#[derive(Debug, Clone)]
pub struct Wheel {
    pub(crate) name: WheelName,
    pub(crate) files: BTreeMap<String, WheelFile>,
    pub(crate) dist_info: String,
    metadata: Bytes,
    pub(crate) entry_points: Vec<EntryPoint>,
    is_purelib: bool,
}

impl Wheel {
    /// Unpacks a wheel and checks all of it: the archive, RECORD, METADATA, WHEEL, entry points.
    ///
    /// # Errors
    /// Anything that a wheel made by ordinary tools does not have, and above all what would lead
    /// outside or grow beyond measure: the error names the file.
    pub fn open(bytes: &Bytes, name: &WheelName) -> Result<Self, WheelError> {
        Self::read(bytes, name)
            .map_err(|problem| WheelError { wheel: name.file_name().into(), problem })
    }

    fn read(bytes: &Bytes, name: &WheelName) -> Result<Self, Problem> {
        let files = archive::unpack(bytes)?;
        let dist_info = dist_info::directory(name, files.keys().map(String::as_str))?;
        let required = |file: &str| {
            let file = format!("{dist_info}/{file}");
            files.get(&file).ok_or(Problem::Missing { file })
        };
        record::verify(&format!("{dist_info}/RECORD"), &files)?;
        let metadata = required("METADATA")?.contents.clone();
        dist_info::check_identity(name, &metadata)?;
        let is_purelib = dist_info::is_purelib(&required("WHEEL")?.contents)?;
        let entry_points = match files.get(&format!("{dist_info}/entry_points.txt")) {
            Some(file) => entry_points::parse(&file.contents)?,
            None => Vec::new(),
        };
        Ok(Self { name: name.clone(), files, dist_info, metadata, entry_points, is_purelib })
    }

    /// Reads METADATA alone, from a wheel that need not be there as a whole: only its end and the
    /// place of that file are read. Nothing is verified.
    pub fn read_metadata(
        reader: impl Read + Seek,
        name: &WheelName,
    ) -> Result<Vec<u8>, WheelError> {
        let is_metadata = |path: &str| {
            let directory = path.strip_suffix("/METADATA");
            directory.is_some_and(|directory| dist_info::is_of(name, directory))
        };
        archive::read_one(reader, LARGEST_METADATA, is_metadata)
            .and_then(|found| found.ok_or_else(|| Problem::Missing { file: "METADATA".to_owned() }))
            .map_err(|problem| WheelError { wheel: name.file_name().into(), problem })
    }

    /// The file name it was opened under.
    pub fn name(&self) -> &WheelName {
        &self.name
    }

    /// The contents of METADATA.
    pub fn metadata(&self) -> &Bytes {
        &self.metadata
    }

    /// The commands it brings, sorted.
    pub fn entry_points(&self) -> &[EntryPoint] {
        &self.entry_points
    }

    /// Whether it says that it holds nothing of a platform.
    pub fn is_purelib(&self) -> bool {
        self.is_purelib
    }

    /// Its files by their paths in the archive, sorted.
    pub fn files(&self) -> impl Iterator<Item = (&str, &WheelFile)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }
}
