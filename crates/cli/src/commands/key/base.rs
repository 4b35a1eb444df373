//! What a key is compared with.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use boxwright_requirements::{SavedKey, SourceKind};

use super::git::Revision;

/// An earlier state of a project.
pub(super) enum Base {
    /// A key that was written to a file.
    Saved(Box<SavedKey>),
    /// A directory, or a dependency file.
    Path(PathBuf),
    /// The directory as a commit has it.
    Revision(Revision),
}

impl Base {
    /// What `text` names: something that is there, else a revision of the repository of `directory`.
    pub(super) fn of(text: &str, directory: &Path) -> Result<Self> {
        let path = Path::new(text);
        if path.is_dir() {
            return Ok(Self::Path(path.to_owned()));
        }
        if !path.is_file() {
            return Revision::find(text, directory).map(Self::Revision).with_context(|| {
                format!("`{text}` is neither a directory, nor a file, nor a git revision")
            });
        }
        let bytes = std::fs::read(path).with_context(|| format!("cannot read `{text}`"))?;
        match serde_json::from_slice(&bytes) {
            Ok(key) => Ok(Self::Saved(Box::new(key))),
            Err(_) if SourceKind::from_file_name(text).is_some() => Ok(Self::Path(path.to_owned())),
            Err(error) => bail!(
                "`{text}` is neither a dependency file nor a key that `boxwright key --save` wrote: {error}"
            ),
        }
    }
}
