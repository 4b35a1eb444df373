//! A snapshot as a tar stream.

use std::io::{self, Write};

use boxwright_tar::{Attributes, Writer};

use crate::path::RelPath;
use crate::snapshot::{Entry, EntryKind, ReadError, Snapshot};

/// What a tar stream says about each entry beside its name and contents.
///
/// Modes are normalised: `0755` for directories and for what anybody may run,
/// `0644` for other files, `0777` for symbolic links.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TarOptions {
    /// The directory in the archive that the context goes into; the archive's root if `None`.
    /// It is not written itself, as its attributes are not the context's to decide.
    pub prefix: Option<RelPath>,
    /// Modification time of every entry, in whole seconds since 1970.
    pub mtime: u64,
    /// Numeric owner of every entry.
    pub uid: u64,
    /// Numeric group of every entry.
    pub gid: u64,
}

/// Why a tar stream could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A file could not be read, or changed after the scan.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The stream could not be written.
    #[error("cannot write the build context at `{path}`")]
    Write {
        /// The entry under way.
        path: String,
        /// What the writer said.
        source: io::Error,
    },
}

impl Snapshot {
    /// Writes the context as a tar archive, ustar where that suffices and pax where it must.
    ///
    /// The same snapshot and options give the same bytes. Memory does not grow with the files.
    ///
    /// # Errors
    /// [`ReadError::Changed`] where a file is not what was scanned. The stream is of no use then.
    pub fn write_tar<W: Write>(&self, out: W, options: &TarOptions) -> Result<W, ArchiveError> {
        let mut tar = Writer::new(out);
        self.append_to(&mut tar, options)?;
        tar.finish().map_err(|error| write_error(error, "(end)".into()))
    }

    /// Adds the context's entries to an archive that holds others as well.
    pub fn append_to<W: Write>(
        &self,
        tar: &mut Writer<W>,
        options: &TarOptions,
    ) -> Result<(), ArchiveError> {
        let TarOptions { prefix, mtime, uid, gid } = options;
        let owned = |attributes| Attributes { mtime: *mtime, uid: *uid, gid: *gid, ..attributes };
        let mut name = prefix.as_ref().map_or_else(Vec::new, |p| [p.as_bytes(), b"/"].concat());
        let prefix_length = name.len();
        for Entry { path, kind } in self.entries() {
            name.truncate(prefix_length);
            name.extend_from_slice(path.as_bytes());
            let failed = |error| write_error(error, path.to_string());
            match kind {
                EntryKind::Directory => {
                    tar.directory(&name, &owned(Attributes::directory())).map_err(failed)?;
                }
                EntryKind::Symlink { target } => {
                    tar.symlink(&name, &owned(Attributes::symlink()), target).map_err(failed)?;
                }
                EntryKind::File { size, digest, executable } => {
                    let attributes =
                        if *executable { Attributes::executable() } else { Attributes::file() };
                    let mut contents = self.open_entry(path, *size, *digest)?;
                    match tar.file(&name, &owned(attributes), *size, &mut contents) {
                        Ok(()) => {}
                        Err(boxwright_tar::Error::SizeChanged { .. }) => {
                            return Err(ReadError::Changed { path: path.clone() }.into());
                        }
                        Err(boxwright_tar::Error::Read { source, .. }) => {
                            return Err(contents.explain(source).into());
                        }
                        Err(error) => return Err(failed(error)),
                    }
                }
            }
        }
        Ok(())
    }
}

/// An error of the archive writer that is not about reading a file.
fn write_error(error: boxwright_tar::Error, path: String) -> ArchiveError {
    let source = match error {
        boxwright_tar::Error::Write { source, .. } | boxwright_tar::Error::Read { source, .. } => {
            source
        }
        error @ boxwright_tar::Error::SizeChanged { .. } => io::Error::other(error),
    };
    ArchiveError::Write { path, source }
}
