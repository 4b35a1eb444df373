//! A path inside the build context: checked once, when it is made.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// A path inside the build context, relative to its root: `/`-separated bytes,
/// neither empty nor leading outside.
///
/// No leading or trailing slash, no empty, `.` or `..` component, no NUL byte.
/// Names need not be UTF-8. Ordered by bytes, as layers are: `a-b` before `a/b`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelPath(Box<[u8]>);

/// A path that may not stand in a build context.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` cannot be a path in the build context: {reason}", Shown(path))]
pub struct RelPathError {
    /// The path as given.
    pub path: Vec<u8>,
    /// Which rule it breaks.
    pub reason: &'static str,
}

impl RelPath {
    /// Checks `path` and keeps it as it is.
    pub fn new(path: impl AsRef<[u8]>) -> Result<Self, RelPathError> {
        let path = path.as_ref();
        let refuse = |reason| Err(RelPathError { path: path.to_vec(), reason });
        if path.is_empty() {
            return refuse("it is empty");
        }
        if memchr::memchr(0, path).is_some() {
            return refuse("it holds a NUL byte");
        }
        if path[0] == b'/' {
            return refuse("it is absolute");
        }
        for component in path.split(|&byte| byte == b'/') {
            match component {
                b"" => return refuse("it has an empty component"),
                b"." => return refuse("it has a `.` component"),
                b".." => return refuse("it has a `..` component"),
                _ => {}
            }
        }
        Ok(Self(path.into()))
    }

    /// A name that a directory listing gave, below its directory's path.
    pub(crate) fn listed(directory: &[u8], name: &OsStr) -> Self {
        let name = name.as_bytes();
        if directory.is_empty() {
            return Self(name.into());
        }
        let mut path = Vec::with_capacity(directory.len() + 1 + name.len());
        path.extend_from_slice(directory);
        path.push(b'/');
        path.extend_from_slice(name);
        Self(path.into())
    }

    /// The path as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The path as the file system takes it, relative to the context's root.
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }

    /// The last component.
    pub fn file_name(&self) -> &[u8] {
        &self.0[memchr::memrchr(b'/', &self.0).map_or(0, |slash| slash + 1)..]
    }

    /// The directory that holds this path; `None` directly under the root.
    pub fn parent(&self) -> Option<&[u8]> {
        memchr::memrchr(b'/', &self.0).map(|slash| &self.0[..slash])
    }

    /// What is left of this path below `directory`; `None` where it does not lie below it.
    pub fn below(&self, directory: &[u8]) -> Option<Self> {
        let rest = self.0.strip_prefix(directory)?.strip_prefix(b"/")?;
        Some(Self(rest.into()))
    }
}

impl AsRef<[u8]> for RelPath {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Shown(&self.0), f)
    }
}

impl fmt::Debug for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Bytes as people read them: text as it is, control characters and what is
/// no UTF-8 escaped, so that a name can neither break a line nor a terminal.
pub(crate) struct Shown<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for char in chunk.valid().chars() {
                if char.is_control() {
                    fmt::Display::fmt(&char.escape_default(), f)?;
                } else {
                    fmt::Write::write_char(f, char)?;
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_lead_outside_are_refused() {
        for path in
            ["", "/", "/etc", "a/", "a//b", ".", "./a", "a/.", "..", "../a", "a/../b", "a\0b"]
        {
            assert!(RelPath::new(path).is_err(), "{path:?} was accepted");
        }
        for path in ["a", "a/b", "...", "a/..b", "a b", "é"] {
            assert!(RelPath::new(path).is_ok(), "{path:?} was refused");
        }
    }

    #[test]
    fn what_people_see_is_one_line_of_text() {
        let path = RelPath::new(b"caf\xc3\xa9/\xff\n\x1b[1m").unwrap();
        assert_eq!(path.to_string(), "café/\\xff\\n\\u{1b}[1m");
    }

    #[test]
    fn below_is_strict() {
        let path = RelPath::new("src/app/x").unwrap();
        assert_eq!(path.below(b"src"), Some(RelPath::new("app/x").unwrap()));
        assert_eq!(path.below(b"sr"), None);
        assert_eq!(path.below(b"src/app/x"), None);
        assert_eq!((path.parent(), path.file_name()), (Some(&b"src/app"[..]), &b"x"[..]));
    }
}
