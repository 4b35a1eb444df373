//! What a scan notices without failing.

use std::fmt;

use crate::path::{RelPath, Shown};

/// Something in the context that will not be, or not mean, what one may expect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// It cannot be part of an image, and is left out.
    Special {
        /// Where it stands.
        path: RelPath,
        /// What it is.
        kind: SpecialKind,
    },
    /// A symbolic link whose target lies outside of the context. It is kept as it is.
    LeadsOutside {
        /// The link.
        path: RelPath,
        /// Where it points.
        target: Box<[u8]>,
    },
    /// It was there when its directory was listed, and gone a moment later. It is left out.
    Vanished {
        /// What went.
        path: RelPath,
    },
    /// The stat cache could not be used or not be written. The scan is right all the same.
    StatCache {
        /// What happened.
        note: String,
    },
}

/// A file that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpecialKind {
    /// A socket.
    Socket,
    /// A named pipe.
    Fifo,
    /// A block or character device.
    Device,
}

impl SpecialKind {
    fn name(self) -> &'static str {
        match self {
            Self::Socket => "socket",
            Self::Fifo => "named pipe",
            Self::Device => "device",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Special { path, kind } => {
                write!(f, "`{path}` is a {}, and is left out", kind.name())
            }
            Self::LeadsOutside { path, target } => write!(
                f,
                "`{path}` is a symbolic link to `{}`, outside of the build context; in the image it leads nowhere, or somewhere else",
                Shown(target)
            ),
            Self::Vanished { path } => {
                write!(f, "`{path}` vanished during the scan, and is left out")
            }
            Self::StatCache { note } => f.write_str(note),
        }
    }
}
