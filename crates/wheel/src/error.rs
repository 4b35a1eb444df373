//! Why a wheel is refused.

use boxwright_image::{PathError, TreeError};

/// A wheel that is not installed, and what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{wheel}: {problem}")]
pub struct WheelError {
    /// The wheel's file name.
    pub wheel: Box<str>,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a wheel. Files are named as the archive names them.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It is no zip archive, or a damaged one.
    #[error("it is not a zip archive that can be read ({0})")]
    Archive(String),
    /// It claims to hold more files than any wheel does.
    #[error("it holds {count} files, and more than {limit} are not unpacked")]
    TooManyFiles {
        /// How many it holds.
        count: usize,
        /// How many are unpacked.
        limit: usize,
    },
    /// A file's name leads outside, or is no name.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A file's name is too long for a file system.
    #[error("the name of `{file}…` is longer than a file system takes")]
    LongPath {
        /// How the name begins.
        file: String,
    },
    /// A file's name has a backslash, which is a separator to some and a letter to others.
    #[error("the name of `{file}` has a backslash: it was packed wrongly, on Windows")]
    Backslash {
        /// The file.
        file: String,
    },
    /// Two entries have one name.
    #[error("it holds `{file}` twice")]
    Duplicate {
        /// The file.
        file: String,
    },
    /// The names of two files differ only in case.
    #[error("it holds both `{file}` and `{other}`, which are one file on some systems")]
    CaseCollision {
        /// The file.
        file: String,
        /// The other.
        other: String,
    },
    /// An entry is a symbolic link, a device or the like.
    #[error("`{file}` is {kind}, and wheels hold files only")]
    NotAFile {
        /// The entry.
        file: String,
        /// What it is.
        kind: &'static str,
    },
    /// An entry needs a password.
    #[error("`{file}` is encrypted")]
    Encrypted {
        /// The file.
        file: String,
    },
    /// Some bytes of the archive belong to several files.
    #[error("it is a zip bomb: its files overlap")]
    Overlap,
    /// It would grow beyond measure.
    #[error("it is a zip bomb: `{file}` would unpack to {size} bytes")]
    Bomb {
        /// The file that goes too far.
        file: String,
        /// The size it claims.
        size: u64,
    },
    /// A file cannot be unpacked, or is not of the size it claims.
    #[error("`{file}` cannot be unpacked: {reason}")]
    Unpack {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// There is no `.dist-info` directory that is this wheel's, or there are several.
    #[error("it must hold one directory `{expected}`, and holds {found}")]
    DistInfo {
        /// The directory's name, by the wheel's name.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A file that every wheel has is not there.
    #[error("`{file}` is missing")]
    Missing {
        /// The file.
        file: String,
    },
    /// RECORD does not fit the files.
    #[error("`{file}`: {reason}")]
    Record {
        /// The file.
        file: String,
        /// What RECORD says of it, or does not.
        reason: &'static str,
    },
    /// RECORD is not a table of three columns.
    #[error("RECORD cannot be read: {0}")]
    RecordSyntax(#[from] csv::Error),
    /// The wheel's name and its metadata contradict each other.
    #[error("its name says {name}, and its METADATA says {metadata}")]
    Identity {
        /// Name and version by the file name.
        name: String,
        /// What METADATA says.
        metadata: String,
    },
    /// The WHEEL file is of an unknown version or malformed.
    #[error("its WHEEL file {0}")]
    Format(String),
    /// An entry point is no script that can be written.
    #[error("its entry point `{entry}` {reason}")]
    EntryPoint {
        /// The line in `entry_points.txt`.
        entry: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A `.data` directory that no rule says where to put.
    #[error("`{file}` belongs nowhere: .data holds scripts, headers, data, purelib and platlib")]
    Scheme {
        /// The file.
        file: String,
    },
    /// Two files would be installed at one place.
    #[error(transparent)]
    Clash(#[from] TreeError),
    /// The interpreter's path cannot stand behind `#!`.
    #[error(
        "scripts cannot start with `#!{interpreter}`: the kernel takes at most 127 bytes and no \
         white space; choose a shorter prefix"
    )]
    Interpreter {
        /// The path.
        interpreter: String,
    },
}
