//! The cache: content by digest, records by key, and a store of images.
//!
//! ```text
//! ROOT/store/             an OCI layout: every layer and every image built
//! ROOT/content/<hex>      downloads, by the digest of their bytes
//! ROOT/records/<kind>/<hex>.json   what a key led to
//! ROOT/pages/<hex>.json   answers of package indexes, with their validators
//! ROOT/scans/<hex>        digests of a project's files, by their stat
//! ROOT/roots/<hex>/       base root file systems, unpacked to compile bytecode
//! ```
//!
//! Invariant: a file appears under its name only when it is whole. Content is
//! verified each time it is read and thrown away when it is damaged; a record
//! that does not parse is no record; so nothing here needs repair, and deleting
//! any part of it costs time alone. Many builds may share one cache.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use boxwright_digest::{Digest, HashingWriter};
use boxwright_image::{Layout, LayoutError};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;

/// Why the cache could not be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The file system refused.
    #[error("cannot {operation} `{}` in the cache (choose another place with `--cache-dir`)", path.display())]
    Io {
        /// What was attempted.
        operation: &'static str,
        /// Where.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// The store of images refused.
    #[error(transparent)]
    Store(#[from] LayoutError),
}

/// A cache in a directory.
#[derive(Debug)]
pub struct Cache {
    root: PathBuf,
    store: Layout,
}

impl Cache {
    /// Opens the cache in this directory, or makes one there.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, CacheError> {
        let root = root.into();
        for folder in ["content", "records", "pages", "roots", "scans"] {
            let path = root.join(folder);
            std::fs::create_dir_all(&path).map_err(io_error("create", &path))?;
        }
        let store = Layout::create(root.join("store"))?;
        Ok(Self { root, store })
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every layer and every image built, as an OCI layout.
    pub fn store(&self) -> &Layout {
        &self.store
    }

    /// What `key` led to, if that is known.
    pub fn record<T: DeserializeOwned>(&self, kind: &str, key: &Digest) -> Option<T> {
        let bytes = std::fs::read(self.record_path(kind, key)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Remembers what `key` led to.
    pub fn put_record(
        &self,
        kind: &str,
        key: &Digest,
        value: &impl Serialize,
    ) -> Result<(), CacheError> {
        let path = self.record_path(kind, key);
        let folder = self.root.join("records").join(kind);
        std::fs::create_dir_all(&folder).map_err(io_error("create", &folder))?;
        let json =
            serde_json::to_vec(value).map_err(|error| io_error("write", &path)(error.into()))?;
        self.write(&path, &json)
    }

    /// Downloaded content, verified; damaged content is thrown away.
    pub fn content(&self, digest: &Digest) -> Option<Bytes> {
        let path = self.content_path(digest);
        let bytes = std::fs::read(&path).ok()?;
        if Digest::of(&bytes) == *digest {
            return Some(bytes.into());
        }
        // It would only be found damaged again.
        let _ = std::fs::remove_file(path);
        None
    }

    /// Starts content whose digest will be known at its end.
    pub fn content_writer(&self) -> Result<ContentWriter, CacheError> {
        let folder = self.root.join("content");
        let file = NamedTempFile::with_prefix_in(".tmp-", &folder)
            .map_err(io_error("create a file in", &folder))?;
        Ok(ContentWriter { file: HashingWriter::new(file), folder })
    }

    /// A page that was fetched before.
    pub(crate) fn page<T: DeserializeOwned>(&self, key: &Digest) -> Option<T> {
        let bytes = std::fs::read(self.page_path(key)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Remembers a page.
    pub(crate) fn put_page(&self, key: &Digest, page: &impl Serialize) -> Result<(), CacheError> {
        let path = self.page_path(key);
        let json =
            serde_json::to_vec(page).map_err(|error| io_error("write", &path)(error.into()))?;
        self.write(&path, &json)
    }

    /// A folder for what scans of project directories remember.
    pub fn stat_caches(&self) -> PathBuf {
        self.root.join("scans")
    }

    /// Where an unpacked root file system of this diff ID is, or would be.
    pub(crate) fn root_path(&self, diff_id: &Digest) -> PathBuf {
        self.root.join("roots").join(diff_id.hex())
    }

    fn record_path(&self, kind: &str, key: &Digest) -> PathBuf {
        self.root.join("records").join(kind).join(format!("{}.json", key.hex()))
    }

    fn page_path(&self, key: &Digest) -> PathBuf {
        self.root.join("pages").join(format!("{}.json", key.hex()))
    }

    fn content_path(&self, digest: &Digest) -> PathBuf {
        self.root.join("content").join(digest.hex())
    }

    /// Records and pages are small, and lost ones are made again: whole is
    /// needed, on disk is not, so nothing is synced here.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), CacheError> {
        let folder = path.parent().unwrap_or(&self.root);
        let mut file = NamedTempFile::with_prefix_in(".tmp-", folder)
            .map_err(io_error("create a file in", folder))?;
        file.write_all(bytes).map_err(io_error("write", path))?;
        file.persist(path).map_err(|error| io_error("write", path)(error.error))?;
        Ok(())
    }
}

/// Content under way. Dropped before it is committed, it leaves nothing behind.
#[derive(Debug)]
pub struct ContentWriter {
    file: HashingWriter<NamedTempFile>,
    folder: PathBuf,
}

impl ContentWriter {
    /// Ends the content: its digest and length decide whether it is wanted.
    pub fn finish(self) -> FinishedContent {
        let (file, digest, size) = self.file.finish();
        FinishedContent { file, folder: self.folder, digest, size }
    }
}

impl Write for ContentWriter {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.file.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Content that is complete and not yet kept.
#[derive(Debug)]
pub struct FinishedContent {
    file: NamedTempFile,
    folder: PathBuf,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Their number.
    pub size: u64,
}

impl FinishedContent {
    /// Keeps it under its digest.
    pub fn keep(self) -> Result<(), CacheError> {
        let path = self.folder.join(self.digest.hex());
        self.file.persist(&path).map(drop).map_err(|error| io_error("write", &path)(error.error))
    }
}

fn io_error(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> CacheError {
    let path = path.to_owned();
    move |source| CacheError::Io { operation, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> (tempfile::TempDir, Cache) {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::open(directory.path().join("cache")).unwrap();
        (directory, cache)
    }

    fn put(cache: &Cache, bytes: &[u8]) -> Digest {
        let mut writer = cache.content_writer().unwrap();
        writer.write_all(bytes).unwrap();
        let finished = writer.finish();
        let digest = finished.digest;
        finished.keep().unwrap();
        digest
    }

    #[test]
    fn damaged_content_is_as_good_as_none() {
        let (_directory, cache) = cache();
        let digest = put(&cache, b"wheel");
        assert_eq!(cache.content(&digest).as_deref(), Some(&b"wheel"[..]));
        std::fs::write(cache.content_path(&digest), b"whee1").unwrap();
        assert_eq!(cache.content(&digest), None);
        assert!(!cache.content_path(&digest).exists());
        assert_eq!(put(&cache, b"wheel"), digest);
        assert!(cache.content(&digest).is_some());
    }

    #[test]
    fn a_record_that_does_not_parse_is_none() {
        let (_directory, cache) = cache();
        let key = Digest::of("key");
        cache.put_record("layers", &key, &vec![1, 2]).unwrap();
        assert_eq!(cache.record::<Vec<u32>>("layers", &key), Some(vec![1, 2]));
        assert_eq!(cache.record::<Vec<u32>>("other", &key), None);
        std::fs::write(cache.record_path("layers", &key), b"[1,").unwrap();
        assert_eq!(cache.record::<Vec<u32>>("layers", &key), None);
    }

    #[test]
    fn what_is_dropped_half_way_leaves_nothing() {
        let (_directory, cache) = cache();
        let mut writer = cache.content_writer().unwrap();
        writer.write_all(b"half").unwrap();
        drop(writer);
        drop(cache.content_writer().unwrap().finish());
        assert_eq!(std::fs::read_dir(cache.root().join("content")).unwrap().count(), 0);
    }
}
