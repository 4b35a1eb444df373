//! The layer of the project's own files.

use boxwright_context::{ArchiveError, RelPath, RelPathError, Snapshot, TarOptions};
use boxwright_digest::KeyHasher;
use boxwright_image::{GZIP_FORMAT, Layer, LayerError};
use boxwright_plan::{CopySource, User};
use boxwright_tar::Attributes;

use super::EmbeddedEngine;
use super::layers::{LayerStore, StoreError};
use crate::event::{Outcome, Step};

/// Raised when the same files give another layer.
const SOURCE_FORMAT: u32 = 1;

/// Why the project's files could not be made a layer.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// There is nothing to copy.
    #[error(
        "the folder `{folder}` holds no file that the ignore file lets in: nothing would be in the image"
    )]
    Empty {
        /// The folder, or `.`.
        folder: String,
    },
    /// A path of the plan makes no sense in an image.
    #[error(transparent)]
    Path(#[from] RelPathError),
    /// A file could not be read, or changed.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The layer could not be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl EmbeddedEngine {
    /// Writes the files that a step copies, or finds that they did not change.
    ///
    /// The files are root's and nobody else may write them. The directory itself belongs to the
    /// user that runs: many applications make a folder or a database beside their sources, and
    /// under a read-only root that fails as it should.
    pub(crate) fn source_layer(
        &self,
        copy: &CopySource,
        user: User,
        snapshot: &Snapshot,
    ) -> Result<(Layer, Outcome), SourceError> {
        self.started(Step::Source);
        let files = selected(copy, snapshot);
        let files = files.filter(|files| !files.entries().is_empty());
        let folder = if copy.from.is_empty() { "." } else { &copy.from };
        let files = files.ok_or_else(|| SourceError::Empty { folder: folder.to_owned() })?;
        let mtime = self.options.epoch;
        let key = KeyHasher::new("boxwright.source-layer", SOURCE_FORMAT)
            .field("compression", GZIP_FORMAT)
            .field("to", &copy.to)
            .field("user", user.to_string())
            .field("mtime", mtime.to_le_bytes())
            .field("files", files.digest().as_bytes())
            .finish();
        let detail = format!("{} entries, {} bytes", files.entries().len(), files.content_bytes());
        let store = LayerStore::new(&self.cache);
        if let Some(layer) = store.get("source-layer", &key) {
            self.finished(Step::Source, Outcome::Reused, detail);
            return Ok((layer, Outcome::Reused));
        }
        let prefix = RelPath::new(copy.to.trim_matches('/'))?;
        let owner = Attributes {
            uid: u64::from(user.uid),
            gid: u64::from(user.gid),
            mtime,
            ..Attributes::directory()
        };
        let options = TarOptions { prefix: Some(prefix.clone()), mtime, uid: 0, gid: 0 };
        let layer = store.put_with("source-layer", &key, |layer| {
            layer
                .tar()
                .directory(prefix.as_bytes(), &owner)
                .map_err(LayerError::from)
                .map_err(StoreError::from)?;
            Ok::<_, SourceError>(files.append_to(layer.tar(), &options)?)
        })?;
        self.finished(Step::Source, Outcome::Built, detail);
        Ok((layer, Outcome::Built))
    }
}

/// The part of the snapshot that the step names; `None` where its folder is not there.
fn selected(copy: &CopySource, snapshot: &Snapshot) -> Option<Snapshot> {
    let files =
        if copy.from.is_empty() { Some(snapshot.clone()) } else { snapshot.subset(&copy.from) }?;
    if copy.include.is_empty() {
        return Some(files);
    }
    Some(files.filter(|entry| {
        let path = entry.path.as_bytes();
        copy.include.iter().any(|wanted| {
            let rest = path.strip_prefix(wanted.trim_end_matches('/').as_bytes());
            rest.is_some_and(|rest| rest.first().is_none_or(|&byte| byte == b'/'))
        })
    }))
}
