//! What a builder is sent: the Dockerfile, what it copies beside the project, and the project.

use std::collections::BTreeSet;
use std::io::{self, Write};

use boxwright_context::{ArchiveError, RelPath, RelPathError, Snapshot, TarOptions};
use boxwright_tar::{Attributes, Writer};

/// The Dockerfile's name in the context.
pub(super) const DOCKERFILE: &str = "Dockerfile";

/// A build context: assembled while it is sent, and never written to disk.
#[derive(Debug, Clone)]
pub struct DockerContext {
    /// The Dockerfile. It stands at the root of the context, in the place of the project's own.
    pub dockerfile: String,
    /// Further files: path in the context, and content.
    pub files: Vec<(String, Vec<u8>)>,
    /// The project.
    pub snapshot: Snapshot,
    /// The folder of the context that the project is in; its root if `None`.
    ///
    /// In a folder of its own, the project never mixes with the other files: `COPY project/ ./`
    /// copies none of them, and an ignore file of the project, which was applied before, takes
    /// none of them away.
    pub prefix: Option<String>,
    /// Modification time of all files, in seconds since 1970.
    pub mtime: u64,
}

/// Why a context could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// A file of the project could not be read.
    #[error(transparent)]
    Project(#[from] ArchiveError),
    /// A path is none.
    #[error(transparent)]
    Path(#[from] RelPathError),
    /// The archive could not be written.
    #[error(transparent)]
    Write(#[from] boxwright_tar::Error),
}

impl ContextError {
    /// Whether the reader went away, which has a reason of its own.
    pub(super) fn is_hang_up(&self) -> bool {
        let kind = match self {
            Self::Project(ArchiveError::Write { source, .. })
            | Self::Write(boxwright_tar::Error::Write { source, .. }) => source.kind(),
            _ => return false,
        };
        kind == io::ErrorKind::BrokenPipe
    }
}

impl DockerContext {
    /// Writes the context as a tar archive. Later entries win, as in every tar.
    pub fn write<W: Write>(&self, out: W) -> Result<W, ContextError> {
        let Self { dockerfile, files, snapshot, prefix, mtime } = self;
        let mut tar = Writer::new(out);
        let prefix = prefix.as_deref().map(RelPath::new).transpose()?;
        let owned = |attributes| Attributes { mtime: *mtime, ..attributes };
        if let Some(prefix) = &prefix {
            tar.directory(prefix.as_bytes(), &owned(Attributes::directory()))?;
        }
        let options = TarOptions { prefix, mtime: *mtime, ..TarOptions::default() };
        snapshot.append_to(&mut tar, &options)?;

        let folders: BTreeSet<&str> =
            files.iter().filter_map(|(path, _)| Some(path.rsplit_once('/')?.0)).collect();
        for folder in folders {
            tar.directory(RelPath::new(folder)?.as_bytes(), &owned(Attributes::directory()))?;
        }
        let dockerfile = (DOCKERFILE, dockerfile.as_bytes());
        let files = files.iter().map(|(path, content)| (path.as_str(), content.as_slice()));
        for (path, mut content) in files.chain([dockerfile]) {
            let (path, size) = (RelPath::new(path)?, content.len() as u64);
            tar.file(path.as_bytes(), &owned(Attributes::file()), size, &mut content)?;
        }
        Ok(tar.finish()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_stays_apart() {
        let context = DockerContext {
            dockerfile: "FROM scratch\n".into(),
            files: vec![(".boxwright/requirements.txt".into(), b"flask\n".to_vec())],
            snapshot: Snapshot::in_memory([("Dockerfile", "FROM user\n"), ("a/b.py", "")]).unwrap(),
            prefix: Some("project".into()),
            mtime: 0,
        };
        let archive = context.write(Vec::new()).unwrap();
        assert_eq!(archive, context.write(Vec::new()).unwrap());
        let names: Vec<_> = archive
            .chunks(512)
            .filter(|block| &block[257..262] == b"ustar")
            .map(|block| String::from_utf8_lossy(&block[..100]).trim_end_matches('\0').to_owned())
            .collect();
        assert_eq!(
            names,
            [
                "project/",
                "project/Dockerfile",
                "project/a/",
                "project/a/b.py",
                ".boxwright/",
                ".boxwright/requirements.txt",
                "Dockerfile",
            ]
        );
    }

    #[test]
    fn a_path_cannot_leave_the_context() {
        let context = DockerContext {
            dockerfile: String::new(),
            files: vec![("../x".into(), Vec::new())],
            snapshot: Snapshot::in_memory([("a", "")]).unwrap(),
            prefix: None,
            mtime: 0,
        };
        assert!(matches!(context.write(Vec::new()), Err(ContextError::Path(_))));
    }
}
