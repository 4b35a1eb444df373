//! Layers in the store, by the key of what they are made of.

use std::io;
use std::path::PathBuf;

use boxwright_digest::Digest;
use boxwright_image::{
    BlobSource as _, BlobWriter, Compression, Layer, LayerError, LayerWriter, LayoutError, Tree,
    UnpackError,
};
use tempfile::TempDir;

use crate::cache::{Cache, CacheError};

/// Base and dependency layers carry no time, so that all projects share them.
const NO_TIME: u64 = 0;

/// Why a layer could not be stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The layer could not be written.
    #[error(transparent)]
    Layer(#[from] LayerError),
    /// The store refused.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The cache refused.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// A layer could not be unpacked.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// A working directory could not be made or moved.
    #[error("cannot {operation} `{}`", path.display())]
    Io {
        /// What was attempted.
        operation: &'static str,
        /// Where.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// A task of this program broke off.
    #[error("a part of the build broke off; please report this")]
    Task(#[from] tokio::task::JoinError),
}

/// Layers by key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LayerStore<'a> {
    cache: &'a Cache,
}

impl<'a> LayerStore<'a> {
    pub(crate) fn new(cache: &'a Cache) -> Self {
        Self { cache }
    }

    /// The layer that was made for this key, if its blob is still there.
    pub(crate) fn get(self, kind: &str, key: &Digest) -> Option<Layer> {
        let layer: Layer = self.cache.record(kind, key)?;
        self.cache.store().has_blob(&layer.descriptor).then_some(layer)
    }

    /// Writes a tree as the layer of this key.
    pub(crate) fn put(self, kind: &str, key: &Digest, tree: &Tree) -> Result<Layer, StoreError> {
        let mut writer = LayerWriter::new(self.cache.store().blob_writer()?, Compression::Gzip);
        writer.append_tree(tree, NO_TIME)?;
        self.finish(kind, key, writer)
    }

    /// Writes the layer of this key entry by entry.
    pub(crate) fn put_with<E: From<StoreError>>(
        self,
        kind: &str,
        key: &Digest,
        write: impl FnOnce(&mut LayerWriter<BlobWriter>) -> Result<(), E>,
    ) -> Result<Layer, E> {
        let blob = self.cache.store().blob_writer().map_err(StoreError::from)?;
        let mut writer = LayerWriter::new(blob, Compression::Gzip);
        write(&mut writer)?;
        Ok(self.finish(kind, key, writer)?)
    }

    fn finish(
        self,
        kind: &str,
        key: &Digest,
        writer: LayerWriter<BlobWriter>,
    ) -> Result<Layer, StoreError> {
        let (layer, blob) = writer.finish()?;
        blob.commit(&layer.descriptor.digest)?;
        self.cache.put_record(kind, key, &layer)?;
        Ok(layer)
    }

    /// An empty directory in the cache, gone when dropped.
    pub(crate) fn scratch(self) -> Result<TempDir, StoreError> {
        let path = self.cache.root().join("roots");
        let directory = TempDir::with_prefix_in(".tmp-", &path);
        directory.map_err(|source| StoreError::Io {
            operation: "create a directory in",
            path,
            source,
        })
    }

    /// Keeps the unpacked root in `scratch/root` for later builds.
    pub(crate) fn keep_root(self, scratch: &TempDir, layer: &Layer) -> Result<(), StoreError> {
        let path = self.cache.root_path(&layer.diff_id);
        match std::fs::rename(scratch.path().join("root"), &path) {
            // Another build was faster; its root is the same.
            Err(_) if path.is_dir() => Ok(()),
            result => result.map_err(|source| StoreError::Io { operation: "create", path, source }),
        }
    }

    /// Removes an unpacked root that proved unusable; it comes back from the layer's blob.
    pub(crate) fn discard_root(self, layer: &Layer) -> Result<(), StoreError> {
        let path = self.cache.root_path(&layer.diff_id);
        std::fs::remove_dir_all(&path).map_err(|source| StoreError::Io {
            operation: "remove",
            path,
            source,
        })
    }

    /// The root file system of a base layer, unpacked; from the layer's blob where it is missing.
    pub(crate) fn root(self, layer: &Layer) -> Result<PathBuf, StoreError> {
        let path = self.cache.root_path(&layer.diff_id);
        if path.is_dir() {
            return Ok(path);
        }
        let store = self.cache.store();
        let blob = store.open_blob(&layer.descriptor.digest).map_err(|source| StoreError::Io {
            operation: "read",
            path: store.blob_path(&layer.descriptor.digest),
            source,
        })?;
        let scratch = self.scratch()?;
        Tree::from_layer(&layer.descriptor, blob)?.unpack(&scratch.path().join("root"))?;
        self.keep_root(&scratch, layer)?;
        Ok(path)
    }
}
