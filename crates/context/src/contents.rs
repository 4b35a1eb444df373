//! Reading a file of a snapshot, and noticing when it is no longer the same.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use boxwright_digest::{Digest, Hasher};
use rustix::fs::{Mode, OFlags};

use crate::path::RelPath;
use crate::snapshot::ReadError;

/// The contents of a file as a stream.
///
/// Reading fails at the end when they are not what was scanned; what came
/// before must not be used then.
#[derive(Debug)]
pub struct Contents<'a> {
    path: &'a RelPath,
    size: u64,
    expected: Digest,
    input: Input<'a>,
    /// Taken at the end.
    hasher: Option<Hasher>,
}

#[derive(Debug)]
enum Input<'a> {
    File(File),
    Bytes(&'a [u8]),
}

/// What a stream says when the contents differ; carried inside of an `io::Error`.
#[derive(Debug, thiserror::Error)]
#[error("it changed after it was scanned")]
struct Changed;

impl<'a> Contents<'a> {
    pub(crate) fn of_file(
        root: &Path,
        path: &'a RelPath,
        size: u64,
        expected: Digest,
    ) -> Result<Self, ReadError> {
        match open_plain(&root.join(path.as_path())) {
            Ok(file) => {
                let (input, hasher) = (Input::File(file), Some(Hasher::new()));
                Ok(Self { path, size, expected, input, hasher })
            }
            Err(source) if source.kind() == io::ErrorKind::NotFound || is_link_loop(&source) => {
                Err(ReadError::Changed { path: path.clone() })
            }
            Err(source) => Err(ReadError::Io { path: path.clone(), source }),
        }
    }

    pub(crate) fn of_bytes(bytes: &'a [u8], path: &'a RelPath, expected: Digest) -> Self {
        let (input, hasher) = (Input::Bytes(bytes), Some(Hasher::new()));
        Self { path, size: bytes.len() as u64, expected, input, hasher }
    }

    /// How long the file was when it was scanned.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Tells a change from a failure to read.
    pub(crate) fn explain(&self, error: io::Error) -> ReadError {
        let path = self.path.clone();
        if matches!(error.get_ref(), Some(inner) if inner.is::<Changed>()) {
            ReadError::Changed { path }
        } else {
            ReadError::Io { path, source: error }
        }
    }
}

impl Read for Contents<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.input {
            Input::File(file) => file.read(buf)?,
            Input::Bytes(bytes) => bytes.read(buf)?,
        };
        if read > 0 {
            if let Some(hasher) = &mut self.hasher {
                hasher.update(&buf[..read]);
            }
        } else if !buf.is_empty()
            && let Some(hasher) = self.hasher.take()
            && hasher.finish() != self.expected
        {
            return Err(io::Error::new(io::ErrorKind::InvalidData, Changed));
        }
        Ok(read)
    }
}

/// Opens a file, but neither through a symbolic link nor in a way that waits
/// for the other end of a pipe: both may have taken the file's place.
pub(crate) fn open_plain(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

/// What opening a link with `NOFOLLOW` gives.
pub(crate) fn is_link_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}
