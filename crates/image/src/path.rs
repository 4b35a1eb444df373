//! A path inside an image: checked once, when it is made.

use std::fmt;

/// A path inside an image, relative to its root: `/`-separated bytes, neither
/// empty nor leading outside.
///
/// No leading or trailing slash, no empty, `.` or `..` component, no NUL byte.
/// Names need not be UTF-8. Ordered by bytes, as layers are.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerPath(Box<[u8]>);

/// A path that may not stand in a layer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` cannot be a path in an image: {reason}", path.escape_ascii())]
pub struct PathError {
    /// The path as given.
    pub path: Vec<u8>,
    /// Which rule it breaks.
    pub reason: &'static str,
}

impl LayerPath {
    /// Checks `path` and keeps it as it is.
    pub fn new(path: impl AsRef<[u8]>) -> Result<Self, PathError> {
        let path = path.as_ref();
        let refuse = |reason| Err(PathError { path: path.to_vec(), reason });
        if path.is_empty() {
            return refuse("it is empty");
        }
        if path.contains(&0) {
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

    /// This path with more components behind it.
    pub fn join(&self, rest: impl AsRef<[u8]>) -> Result<Self, PathError> {
        Self::new([self.as_bytes(), b"/", rest.as_ref()].concat())
    }

    /// The path as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The last component.
    pub fn file_name(&self) -> &[u8] {
        self.0.rsplit(|&byte| byte == b'/').next().unwrap_or(&self.0)
    }

    /// The directory that holds this path; `None` directly under the root.
    pub fn parent(&self) -> Option<Self> {
        let slash = self.0.iter().rposition(|&byte| byte == b'/')?;
        Some(Self(self.0[..slash].into()))
    }

    /// Whether this path is `directory` or lies below it.
    pub fn starts_with(&self, directory: &Self) -> bool {
        self.0
            .strip_prefix(&*directory.0)
            .is_some_and(|rest| rest.first().is_none_or(|&byte| byte == b'/'))
    }
}

impl AsRef<[u8]> for LayerPath {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for LayerPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.escape_ascii(), f)
    }
}

impl fmt::Debug for LayerPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
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
            assert!(LayerPath::new(path).is_err(), "{path:?} was accepted");
        }
        for path in ["a", "a/b", "...", "a/..b", "a b", "é"] {
            assert!(LayerPath::new(path).is_ok(), "{path:?} was refused");
        }
        assert!(LayerPath::new(b"a/\xff\n").is_ok());
    }

    #[test]
    fn a_directory_holds_its_children_and_not_its_namesakes() {
        let path = |text: &str| LayerPath::new(text).unwrap();
        assert!(path("usr/lib").starts_with(&path("usr")));
        assert!(path("usr").starts_with(&path("usr")));
        assert!(!path("usrmerge").starts_with(&path("usr")));
        assert_eq!(path("usr/lib/x").parent(), Some(path("usr/lib")));
        assert_eq!(path("usr").parent(), None);
        assert_eq!(path("usr/lib/x").file_name(), b"x");
        assert!(path("usr").join("../etc").is_err());
    }
}
