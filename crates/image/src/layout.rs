//! The OCI image layout: blobs and images in a directory.
//!
//! Safe against crashes and neighbours: a blob appears under its name only when
//! it is whole and on disk, and `index.json` is changed under a lock and
//! replaced in one step.

use std::collections::BTreeMap;
use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use boxwright_digest::{Digest, HashingReader};
use tempfile::NamedTempFile;

use crate::archive::BlobSource;
use crate::image::{Image, ValidationError};
use crate::manifest::{Descriptor, Index, media_type, to_json};

/// The file that marks a layout, and its one version.
const MARKER: &str = "oci-layout";
pub(crate) const MARKER_CONTENTS: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;
/// The name of an image within a layout.
const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// The name as container engines that read layouts want it.
const IMAGE_NAME: &str = "io.containerd.image.name";

/// Why a layout could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// The file system refused.
    #[error("cannot {operation} `{}`", path.display())]
    Io {
        /// What was attempted.
        operation: &'static str,
        /// Where.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// The directory holds something else.
    #[error("`{}` is not empty and not an OCI image layout: name another directory, or empty this one", .0.display())]
    NotALayout(PathBuf),
    /// The index is not JSON of the right shape.
    #[error("`{}` is not a valid OCI index", path.display())]
    Index {
        /// The index.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A blob's bytes are not those its name promises.
    #[error("the blob {digest} in `{}` is damaged: its bytes have the digest {found}", path.display())]
    Corrupt {
        /// The digest in the name.
        digest: Digest,
        /// The digest of the bytes.
        found: Digest,
        /// The file.
        path: PathBuf,
    },
    /// The image contradicts itself.
    #[error(transparent)]
    Invalid(#[from] ValidationError),
}

/// A directory that follows the OCI image layout specification 1.1.
#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// Opens the layout at `root`, or makes one there: the directory may be absent or empty.
    ///
    /// # Errors
    /// [`LayoutError::NotALayout`] where the directory holds something else.
    pub fn create(root: impl Into<PathBuf>) -> Result<Self, LayoutError> {
        let layout = Self { root: root.into() };
        let marker = layout.root.join(MARKER);
        if marker.is_file() {
            return Ok(layout);
        }
        let blobs = layout.root.join("blobs/sha256");
        if layout.root.is_dir() && !is_empty(&layout.root)? {
            // Another process may be just making it: then the marker comes next.
            if !blobs.is_dir() {
                return Err(LayoutError::NotALayout(layout.root));
            }
        }
        std::fs::create_dir_all(&blobs).map_err(io_error("create", &blobs))?;
        layout.replace("index.json", &to_json(&Index::new(Vec::new())))?;
        layout.replace(MARKER, MARKER_CONTENTS)?;
        Ok(layout)
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the blob of this digest is, or would be.
    pub fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.root.join("blobs/sha256").join(digest.hex())
    }

    /// Whether the blob is here with the right size. Its digest is verified when it is read.
    pub fn has_blob(&self, descriptor: &Descriptor) -> bool {
        std::fs::metadata(self.blob_path(&descriptor.digest))
            .is_ok_and(|metadata| metadata.is_file() && metadata.len() == descriptor.size)
    }

    /// Removes a blob, so that it is made anew: for one that proved damaged.
    pub fn evict(&self, digest: &Digest) -> Result<(), LayoutError> {
        let path = self.blob_path(digest);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(io_error("remove", &path)(error))
            }
            _ => Ok(()),
        }
    }

    /// Starts a blob whose digest is not known yet.
    pub fn blob_writer(&self) -> Result<BlobWriter, LayoutError> {
        let directory = self.root.join("blobs/sha256");
        Ok(BlobWriter {
            file: BufWriter::with_capacity(1 << 18, temporary(&directory)?),
            directory,
        })
    }

    /// Stores these bytes, unless they are here.
    pub fn put_blob(&self, descriptor: &Descriptor, bytes: &[u8]) -> Result<(), LayoutError> {
        if self.has_blob(descriptor) {
            return Ok(());
        }
        let mut writer = self.blob_writer()?;
        writer.write_all(bytes).map_err(io_error("write", &self.blob_path(&descriptor.digest)))?;
        writer.commit(&descriptor.digest)
    }

    /// Copies a blob out of another place, verified on the way, unless it is here.
    pub fn copy_blob(
        &self,
        descriptor: &Descriptor,
        from: &dyn BlobSource,
    ) -> Result<(), LayoutError> {
        if self.has_blob(descriptor) {
            return Ok(());
        }
        let path = self.blob_path(&descriptor.digest);
        let source =
            from.open_blob(&descriptor.digest).map_err(io_error("read the source of", &path))?;
        let mut reader = HashingReader::new(source);
        let mut writer = self.blob_writer()?;
        io::copy(&mut reader, &mut writer).map_err(io_error("write", &path))?;
        let (_, found, _) = reader.finish();
        if found != descriptor.digest {
            return Err(LayoutError::Corrupt { digest: descriptor.digest, found, path });
        }
        writer.commit(&descriptor.digest)
    }

    /// Stores an image whose layers are here already, under a name that an earlier image loses.
    pub fn put_image(&self, image: &Image, name: &str) -> Result<Descriptor, LayoutError> {
        image.validate()?;
        let manifest = image.manifest();
        self.put_blob(&manifest.config, &image.config_bytes())?;
        let bytes = image.manifest_bytes();
        self.put_blob(&Descriptor::of(media_type::MANIFEST, &bytes), &bytes)?;
        let descriptor = Descriptor { annotations: names(name), ..image.descriptor() };
        self.update_index(name, descriptor.clone())?;
        Ok(descriptor)
    }

    /// The images here.
    pub fn index(&self) -> Result<Index, LayoutError> {
        let path = self.root.join("index.json");
        let bytes = std::fs::read(&path).map_err(io_error("read", &path))?;
        serde_json::from_slice(&bytes).map_err(|source| LayoutError::Index { path, source })
    }

    /// The whole blob, verified.
    pub fn read_blob(&self, digest: &Digest) -> Result<Vec<u8>, LayoutError> {
        let path = self.blob_path(digest);
        let bytes = std::fs::read(&path).map_err(io_error("read", &path))?;
        let found = Digest::of(&bytes);
        if found == *digest {
            Ok(bytes)
        } else {
            Err(LayoutError::Corrupt { digest: *digest, found, path })
        }
    }

    /// Replaces the entry of this name, under a lock that other processes respect.
    fn update_index(&self, name: &str, descriptor: Descriptor) -> Result<(), LayoutError> {
        let marker = self.root.join(MARKER);
        let lock = File::open(&marker).map_err(io_error("open", &marker))?;
        lock.lock().map_err(io_error("lock", &marker))?;
        let mut index = self.index()?;
        let before = index.clone();
        index
            .manifests
            .retain(|entry| entry.annotations.get(REF_NAME).map(String::as_str) != Some(name));
        index.manifests.push(descriptor);
        // By name, so that the order of builds leaves no trace.
        index
            .manifests
            .sort_by(|a, b| a.annotations.get(REF_NAME).cmp(&b.annotations.get(REF_NAME)));
        if index != before {
            self.replace("index.json", &to_json(&index))?;
        }
        Ok(())
    }

    /// Replaces a file of the layout in one step.
    fn replace(&self, name: &str, contents: &[u8]) -> Result<(), LayoutError> {
        let path = self.root.join(name);
        let mut file = temporary(&self.root)?;
        file.write_all(contents).map_err(io_error("write", &path))?;
        persist(file, &path)
    }
}

impl BlobSource for Layout {
    fn open_blob(&self, digest: &Digest) -> io::Result<Box<dyn Read>> {
        Ok(Box::new(File::open(self.blob_path(digest))?))
    }
}

/// The annotations that give an image its name in a layout or archive.
pub(crate) fn names(name: &str) -> BTreeMap<String, String> {
    [(IMAGE_NAME, name), (REF_NAME, name)]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
}

/// A blob under way. Dropped before [`commit`](Self::commit), it leaves nothing behind.
#[derive(Debug)]
pub struct BlobWriter {
    file: BufWriter<NamedTempFile>,
    directory: PathBuf,
}

impl BlobWriter {
    /// Gives the blob its name, once it is whole and on disk.
    pub fn commit(self, digest: &Digest) -> Result<(), LayoutError> {
        let path = self.directory.join(digest.hex());
        let file =
            self.file.into_inner().map_err(|error| io_error("write", &path)(error.into_error()))?;
        persist(file, &path)
    }
}

impl Write for BlobWriter {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.file.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file without a lasting name in this directory, with the permissions that the umask leaves.
fn temporary(directory: &Path) -> Result<NamedTempFile, LayoutError> {
    tempfile::Builder::new()
        .prefix(".tmp-")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(directory)
        .map_err(io_error("create a file in", directory))
}

/// Synced first, then named: a crash leaves the old contents or the new, never a part.
fn persist(file: NamedTempFile, path: &Path) -> Result<(), LayoutError> {
    file.as_file().sync_data().map_err(io_error("write", path))?;
    file.persist(path).map(drop).map_err(|error| io_error("write", path)(error.error))
}

fn is_empty(directory: &Path) -> Result<bool, LayoutError> {
    let mut entries = std::fs::read_dir(directory).map_err(io_error("read", directory))?;
    Ok(entries.next().is_none())
}

fn io_error(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> LayoutError {
    let path = path.to_owned();
    move |source| LayoutError::Io { operation, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::tests::sample;

    fn layout_with_sample(directory: &Path) -> (Layout, Image) {
        let layout = Layout::create(directory.join("layout")).unwrap();
        let (image, blobs) = sample();
        for (layer, blob) in image.layers().iter().zip(&blobs) {
            layout.put_blob(&layer.descriptor, blob).unwrap();
        }
        layout.put_image(&image, "sample:latest").unwrap();
        (layout, image)
    }

    fn files(layout: &Layout) -> Vec<String> {
        let blobs = std::fs::read_dir(layout.root().join("blobs/sha256")).unwrap();
        let mut names: Vec<_> =
            blobs.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn an_image_is_found_by_its_name() {
        let directory = tempfile::tempdir().unwrap();
        let (layout, image) = layout_with_sample(directory.path());
        let index = Layout::create(layout.root()).unwrap().index().unwrap();
        let [entry] = &index.manifests[..] else { panic!("{index:?}") };
        assert_eq!(entry.digest, image.digest());
        assert_eq!(layout.read_blob(&entry.digest).unwrap(), image.manifest_bytes());
        assert_eq!(
            files(&layout).len(),
            4,
            "two layers, a configuration, a manifest, nothing temporary"
        );
    }

    #[test]
    fn a_name_moves_to_the_newer_image() {
        let directory = tempfile::tempdir().unwrap();
        let (layout, mut image) = layout_with_sample(directory.path());
        layout.put_image(&image, "another:latest").unwrap();
        image.config.set_env("PORT", "80");
        layout.put_image(&image, "sample:latest").unwrap();
        let index = layout.index().unwrap();
        let found: Vec<_> =
            index.manifests.iter().map(|m| m.annotations[REF_NAME].as_str()).collect();
        assert_eq!(found, ["another:latest", "sample:latest"]);
        assert_eq!(index.manifests[1].digest, image.digest());
    }

    #[test]
    fn a_damaged_blob_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let (layout, image) = layout_with_sample(directory.path());
        let layer = &image.layers()[0].descriptor;
        let other = Layout::create(directory.path().join("other")).unwrap();

        std::fs::write(
            layout.blob_path(&layer.digest),
            vec![0; usize::try_from(layer.size).unwrap()],
        )
        .unwrap();
        assert!(layout.has_blob(layer), "the size alone does not tell");
        assert!(matches!(layout.read_blob(&layer.digest), Err(LayoutError::Corrupt { .. })));
        assert!(matches!(other.copy_blob(layer, &layout), Err(LayoutError::Corrupt { .. })));
        assert_eq!(files(&other), [""; 0]);

        layout.evict(&layer.digest).unwrap();
        layout.evict(&layer.digest).unwrap();
        assert!(!layout.has_blob(layer));
    }

    #[test]
    fn somebody_elses_directory_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("thesis.tex"), "").unwrap();
        assert!(matches!(Layout::create(directory.path()), Err(LayoutError::NotALayout(_))));
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_unfinished_blob_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let layout = Layout::create(directory.path()).unwrap();
        let mut writer = layout.blob_writer().unwrap();
        writer.write_all(b"half").unwrap();
        drop(writer);
        assert_eq!(files(&layout), [""; 0]);
    }

    #[test]
    fn many_writers_lose_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let (layout, image) = layout_with_sample(directory.path());
        std::thread::scope(|scope| {
            for number in 0..8 {
                let (layout, image) = (&layout, &image);
                scope.spawn(move || {
                    layout.put_image(image, &format!("image-{number}:latest")).unwrap()
                });
            }
        });
        assert_eq!(layout.index().unwrap().manifests.len(), 9);
    }
}
