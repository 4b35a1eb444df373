//! An image in one file, which `docker load`, `podman load` and OCI tools accept.
//!
//! It is a tar of an OCI layout with a `manifest.json` beside it, the way
//! Docker 25 and later save images: engines back to 1.10 read the one, OCI
//! tools the other, and the blobs are there once.

use std::io::{self, Read, Write};

use boxwright_digest::{Digest, HashingReader};
use boxwright_tar::{Attributes, Writer as TarWriter};
use serde::Serialize;

use crate::image::{Image, ValidationError};
use crate::layout::{MARKER_CONTENTS, names};
use crate::manifest::{Descriptor, Index, to_json};

/// A place to read blobs from.
pub trait BlobSource {
    /// Opens a blob. Readers verify what they get.
    fn open_blob(&self, digest: &Digest) -> io::Result<Box<dyn Read>>;
}

/// Why an archive could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The image contradicts itself.
    #[error(transparent)]
    Invalid(#[from] ValidationError),
    /// A blob cannot be opened.
    #[error("cannot read the blob {digest}")]
    Blob {
        /// Which.
        digest: Digest,
        /// What its source said.
        source: io::Error,
    },
    /// A blob's bytes are not those its name promises. The archive is of no use.
    #[error("the blob {digest} is damaged: its bytes have the digest {found}")]
    Corrupt {
        /// The digest in the name.
        digest: Digest,
        /// The digest of the bytes.
        found: Digest,
    },
    /// The archive could not be written.
    #[error(transparent)]
    Tar(#[from] boxwright_tar::Error),
}

/// One entry of `manifest.json`, as `docker load` reads it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LoadEntry {
    config: String,
    repo_tags: Vec<String>,
    layers: Vec<String>,
}

/// Writes `image` as an archive that names it `name` (`flask:latest`).
///
/// The blobs come from `blobs` and are verified as they pass.
pub fn write_archive<W: Write>(
    image: &Image,
    name: &str,
    blobs: &dyn BlobSource,
    out: W,
) -> Result<W, ArchiveError> {
    image.validate()?;
    let manifest = image.manifest();
    let descriptor = Descriptor { annotations: names(name), ..image.descriptor() };
    let load = LoadEntry {
        config: blob_name(&manifest.config.digest),
        repo_tags: vec![name.to_owned()],
        layers: manifest.layers.iter().map(|layer| blob_name(&layer.digest)).collect(),
    };

    let mut tar = TarWriter::new(out);
    tar.directory(b"blobs", &Attributes::directory())?;
    tar.directory(b"blobs/sha256", &Attributes::directory())?;
    for (name, bytes) in [
        (blob_name(&manifest.config.digest), image.config_bytes()),
        (blob_name(&descriptor.digest), image.manifest_bytes()),
        ("index.json".to_owned(), to_json(&Index::new(vec![descriptor]))),
        ("manifest.json".to_owned(), to_json(&[load])),
        ("oci-layout".to_owned(), MARKER_CONTENTS.to_vec()),
    ] {
        tar.file(name.as_bytes(), &Attributes::file(), bytes.len() as u64, &mut &bytes[..])?;
    }
    let mut written = Vec::new();
    for layer in &manifest.layers {
        // Two layers may be one blob; the archive holds it once.
        if !written.contains(&layer.digest) {
            written.push(layer.digest);
            copy_blob(&mut tar, layer, blobs)?;
        }
    }
    Ok(tar.finish()?)
}

fn blob_name(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

fn copy_blob<W: Write>(
    tar: &mut TarWriter<W>,
    layer: &Descriptor,
    blobs: &dyn BlobSource,
) -> Result<(), ArchiveError> {
    let digest = layer.digest;
    let blob = blobs.open_blob(&digest).map_err(|source| ArchiveError::Blob { digest, source })?;
    let mut reader = HashingReader::new(blob);
    tar.file(blob_name(&digest).as_bytes(), &Attributes::file(), layer.size, &mut reader)?;
    let (_, found, _) = reader.finish();
    if found == digest { Ok(()) } else { Err(ArchiveError::Corrupt { digest, found }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::tests::sample;
    use std::collections::BTreeMap;

    struct Blobs(BTreeMap<Digest, Vec<u8>>);

    impl BlobSource for Blobs {
        fn open_blob(&self, digest: &Digest) -> io::Result<Box<dyn Read>> {
            let bytes = self.0.get(digest).ok_or(io::ErrorKind::NotFound)?;
            Ok(Box::new(io::Cursor::new(bytes.clone())))
        }
    }

    fn sample_with_blobs() -> (Image, Blobs) {
        let (image, blobs) = sample();
        (image, Blobs(blobs.into_iter().map(|blob| (Digest::of(&blob), blob)).collect()))
    }

    fn entries(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        for entry in tar::Archive::new(archive).entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            let name = entry.path().unwrap().to_str().unwrap().to_owned();
            assert!(found.insert(name, bytes).is_none(), "an entry twice");
        }
        found
    }

    #[test]
    fn both_families_of_readers_find_their_way() {
        let (image, blobs) = sample_with_blobs();
        let found = entries(&write_archive(&image, "sample:latest", &blobs, Vec::new()).unwrap());

        let load: serde_json::Value = serde_json::from_slice(&found["manifest.json"]).unwrap();
        assert_eq!(load[0]["RepoTags"][0], "sample:latest");
        assert_eq!(found[load[0]["Config"].as_str().unwrap()], image.config_bytes());
        for (position, layer) in image.layers().iter().enumerate() {
            let name = load[0]["Layers"][position].as_str().unwrap();
            assert_eq!(Digest::of(&found[name]), layer.descriptor.digest);
        }

        let index: Index = serde_json::from_slice(&found["index.json"]).unwrap();
        assert_eq!(found[&blob_name(&index.manifests[0].digest)], image.manifest_bytes());
        assert_eq!(found["oci-layout"], MARKER_CONTENTS);
    }

    #[test]
    fn a_damaged_or_missing_blob_is_an_error() {
        let (image, mut blobs) = sample_with_blobs();
        let digest = image.layers()[1].descriptor.digest;
        if let Some(byte) = blobs.0.get_mut(&digest).and_then(|blob| blob.last_mut()) {
            *byte ^= 1;
        }
        let result = write_archive(&image, "x", &blobs, Vec::new());
        assert!(matches!(result, Err(ArchiveError::Corrupt { .. })), "{result:?}");
        blobs.0.remove(&digest);
        let result = write_archive(&image, "x", &blobs, Vec::new());
        assert!(matches!(result, Err(ArchiveError::Blob { .. })), "{result:?}");
    }

    #[test]
    fn a_blob_that_two_layers_share_is_there_once() {
        let (mut image, blobs) = sample_with_blobs();
        let again = image.layers()[0].clone();
        image.append(again, "the same once more");
        let found = entries(&write_archive(&image, "x", &blobs, Vec::new()).unwrap());
        assert_eq!(found.len(), 2 + 5 + 2);
    }
}
