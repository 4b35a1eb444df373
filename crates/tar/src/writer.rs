//! The archive as a stream of entries.

use std::io::{self, Read, Write};

use crate::header::{Attributes, BLOCK, Header, Kind};

/// How much of a file is held at a time.
const BUFFER: usize = 64 * 1024;

/// Why an archive could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file gave fewer or more bytes than its header promises: it changed while it was read.
    #[error(
        "`{path}` changed while it was read: its size was {expected} bytes, then {found}; run again when nothing writes to it"
    )]
    SizeChanged {
        /// The entry's path.
        path: String,
        /// Bytes promised in the header.
        expected: u64,
        /// Bytes that came; where more were promised than this counts, one past the promise.
        found: u64,
    },
    /// The contents of a file could not be read.
    #[error("cannot read `{path}`")]
    Read {
        /// The entry's path.
        path: String,
        /// What the reader said.
        source: io::Error,
    },
    /// The archive could not be written.
    #[error("cannot write the archive at `{path}`")]
    Write {
        /// The entry under way.
        path: String,
        /// What the writer said.
        source: io::Error,
    },
}

/// Writes entries in the order given; see the crate's example.
///
/// Paths are relative, `/`-separated bytes without a leading or trailing
/// slash; the writer stores them as they are. Checking where a path may point
/// is the caller's part, who knows what it is for.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
}

impl<W: Write> Writer<W> {
    /// Starts an archive.
    pub fn new(out: W) -> Self {
        Self { out }
    }

    /// Adds a directory.
    pub fn directory(&mut self, path: &[u8], attributes: &Attributes) -> Result<(), Error> {
        let path = [path, b"/"].concat();
        self.header(&Header {
            kind: Kind::Directory,
            path: &path,
            target: b"",
            size: 0,
            attributes: *attributes,
        })
    }

    /// Adds a file whose contents are the `size` bytes that `contents` gives.
    ///
    /// # Errors
    /// [`Error::SizeChanged`] where it gives fewer or more. The archive is of no use then.
    pub fn file(
        &mut self,
        path: &[u8],
        attributes: &Attributes,
        size: u64,
        contents: &mut dyn Read,
    ) -> Result<(), Error> {
        self.header(&Header {
            kind: Kind::File,
            path,
            target: b"",
            size,
            attributes: *attributes,
        })?;
        let mut left = size;
        let mut buffer = vec![0; BUFFER.min(usize::try_from(size).unwrap_or(BUFFER)).max(1)];
        loop {
            let read = match contents.read(&mut buffer) {
                Ok(read) => read as u64,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => {
                    return Err(Error::Read { path: display(path), source });
                }
            };
            if read > left || (read == 0 && left > 0) {
                return Err(Error::SizeChanged {
                    path: display(path),
                    expected: size,
                    found: size - left + read,
                });
            }
            if read == 0 {
                break;
            }
            left -= read;
            self.put(path, &buffer[..usize::try_from(read).unwrap_or(BUFFER)])?;
        }
        self.pad(path, size)
    }

    /// Adds a symbolic link; `target` is stored as it is.
    pub fn symlink(
        &mut self,
        path: &[u8],
        attributes: &Attributes,
        target: &[u8],
    ) -> Result<(), Error> {
        self.header(&Header { kind: Kind::Symlink, path, target, size: 0, attributes: *attributes })
    }

    /// Adds a second name for the file that the archive already holds at `target`.
    pub fn hard_link(
        &mut self,
        path: &[u8],
        attributes: &Attributes,
        target: &[u8],
    ) -> Result<(), Error> {
        self.header(&Header {
            kind: Kind::HardLink,
            path,
            target,
            size: 0,
            attributes: *attributes,
        })
    }

    /// Ends the archive with its two empty blocks and gives the writer back, flushed.
    pub fn finish(mut self) -> Result<W, Error> {
        const END: &[u8] = b"(end)";
        self.put(END, &[0; 2 * BLOCK])?;
        self.out.flush().map_err(|source| Error::Write { path: display(END), source })?;
        Ok(self.out)
    }

    fn header(&mut self, header: &Header<'_>) -> Result<(), Error> {
        let records = header.pax_records();
        if !records.is_empty() {
            let pax = Header {
                kind: Kind::Pax,
                path: b"PaxHeaders/entry",
                target: b"",
                size: records.len() as u64,
                attributes: Attributes { mtime: 0, ..Attributes::file() },
            };
            self.put(header.path, &pax.to_block())?;
            self.put(header.path, &records)?;
            self.pad(header.path, records.len() as u64)?;
        }
        self.put(header.path, &header.to_block())
    }

    /// Fills up to the next block.
    fn pad(&mut self, path: &[u8], size: u64) -> Result<(), Error> {
        let used = usize::try_from(size % BLOCK as u64).unwrap_or(0);
        if used == 0 { Ok(()) } else { self.put(path, &[0; BLOCK][used..]) }
    }

    fn put(&mut self, path: &[u8], bytes: &[u8]) -> Result<(), Error> {
        self.out.write_all(bytes).map_err(|source| Error::Write { path: display(path), source })
    }
}

fn display(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}
