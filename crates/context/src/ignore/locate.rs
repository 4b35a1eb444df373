//! Which ignore file counts for a Dockerfile.

use std::io;
use std::path::{Path, PathBuf};

use super::file::{IgnoreError, IgnoreFile};
use crate::resolve::{self, Resolved};

/// The ignore file of a context, or why there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundIgnore {
    /// Its patterns; none where there is no file.
    pub file: IgnoreFile,
    /// Its path relative to the context's root; `None` where there is none.
    pub path: Option<PathBuf>,
    /// An ignore file that Docker passes over in silence, since it is a symbolic link out of
    /// the context: worth a warning, for it leaves nothing out.
    pub passed_over: Option<PathBuf>,
}

/// Why an ignore file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum FindIgnoreError {
    /// It could not be read.
    #[error("cannot read the ignore file `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// It is not well-formed.
    #[error(transparent)]
    Ignore(#[from] IgnoreError),
}

impl IgnoreFile {
    /// Finds and reads the ignore file of the context `root`.
    ///
    /// As BuildKit does, `NAME.dockerignore` beside the Dockerfile `NAME` counts alone, even
    /// when empty; else the `.dockerignore` at the root. `dockerfile` is the Dockerfile's path
    /// relative to the root: `Dockerfile`, `deploy/prod.Dockerfile`. Links are followed inside of
    /// the context only.
    pub fn find(root: &Path, dockerfile: &Path) -> Result<FoundIgnore, FindIgnoreError> {
        let mut own = dockerfile.as_os_str().to_owned();
        own.push(".dockerignore");
        let mut passed_over = None;
        for name in [PathBuf::from(own), PathBuf::from(".dockerignore")] {
            let read = |source| FindIgnoreError::Read { path: root.join(&name), source };
            let path = match resolve::in_root(root, &name).map_err(read)? {
                Resolved::At(path) => path,
                Resolved::Nowhere => continue,
                Resolved::Outside => {
                    passed_over = passed_over.or(Some(name));
                    continue;
                }
            };
            let bytes = std::fs::read(&path).map_err(read)?;
            let file = Self::parse(bytes, name.to_string_lossy())?;
            return Ok(FoundIgnore { file, path: Some(name), passed_over });
        }
        Ok(FoundIgnore { passed_over, ..FoundIgnore::default() })
    }
}
