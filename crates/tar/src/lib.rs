//! A deterministic archive writer: ustar where it fits, pax where it must.
//!
//! The same entries give the same bytes on every machine. The writer never
//! looks at a file system, a clock or a user database; it holds one 64 KiB
//! buffer however large a file is; and names need not be UTF-8.
//!
//! ```
//! use boxwright_tar::{Attributes, Writer};
//!
//! let mut tar = Writer::new(Vec::new());
//! tar.directory(b"app", &Attributes::directory())?;
//! tar.file(b"app/server.py", &Attributes::file(), 11, &mut &b"print('hi')"[..])?;
//! tar.symlink(b"app/main.py", &Attributes::symlink(), b"server.py")?;
//! let bytes = tar.finish()?;
//! assert_eq!(bytes.len() % 512, 0);
//! # Ok::<(), boxwright_tar::Error>(())
//! ```

mod header;
mod writer;

pub use header::Attributes;
pub use writer::{Error, Writer};
