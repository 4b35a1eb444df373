//! An image as a value: configuration and layers, and the manifest they make.

use std::collections::BTreeMap;

use boxwright_digest::Digest;

use crate::config::{History, ImageConfig};
use crate::layer::Layer;
use crate::manifest::{Descriptor, Manifest, Platform, media_type, to_json};

/// What is wrong with an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValidationError {
    /// The configuration lists other diff IDs than the layers have.
    #[error(
        "the configuration names {config} diff IDs that do not equal those of its {layers} layers"
    )]
    DiffIds {
        /// How many the configuration names.
        config: usize,
        /// How many layers there are.
        layers: usize,
    },
    /// The history explains more or fewer layers than there are.
    #[error("the history explains {history} layers, but there are {layers}")]
    History {
        /// How many entries claim a layer.
        history: usize,
        /// How many layers there are.
        layers: usize,
    },
    /// The platform is not said.
    #[error("the configuration names no architecture or no operating system")]
    Platform,
    /// The size of a blob cannot be right.
    #[error("the layer {0} has no bytes")]
    EmptyBlob(Digest),
}

/// An image. Its blobs are kept elsewhere, by digest.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// The configuration; `rootfs` and `history` are kept in step by [`append`](Self::append).
    pub config: ImageConfig,
    /// The annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
    layers: Vec<Layer>,
}

impl Image {
    /// An image for `linux` on this architecture (`amd64`, `arm64`) with nothing in it.
    pub fn empty(architecture: &str) -> Self {
        let config = ImageConfig {
            architecture: architecture.to_owned(),
            os: "linux".to_owned(),
            ..ImageConfig::default()
        };
        Self { config, annotations: BTreeMap::new(), layers: Vec::new() }
    }

    /// Puts a layer on top, with a line for the history.
    pub fn append(&mut self, layer: Layer, created_by: &str) {
        self.config.rootfs.diff_ids.push(layer.diff_id);
        self.config.history.push(History {
            created: self.config.created.clone(),
            created_by: Some(created_by.to_owned()),
            ..History::default()
        });
        self.layers.push(layer);
    }

    /// The layers, lowest first.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The configuration as the blob it is. Its digest is what Docker calls the image ID.
    pub fn config_bytes(&self) -> Vec<u8> {
        to_json(&self.config)
    }

    /// The manifest as the blob it is.
    pub fn manifest_bytes(&self) -> Vec<u8> {
        to_json(&self.manifest())
    }

    /// The manifest.
    pub fn manifest(&self) -> Manifest {
        Manifest {
            schema_version: 2,
            media_type: media_type::MANIFEST.to_owned(),
            config: Descriptor::of(media_type::CONFIG, &self.config_bytes()),
            layers: self.layers.iter().map(|layer| layer.descriptor.clone()).collect(),
            annotations: self.annotations.clone(),
        }
    }

    /// The digest of the manifest: the image's identity.
    pub fn digest(&self) -> Digest {
        Digest::of(self.manifest_bytes())
    }

    /// The manifest's descriptor, with its platform.
    pub fn descriptor(&self) -> Descriptor {
        let platform =
            Platform { architecture: self.config.architecture.clone(), os: self.config.os.clone() };
        Descriptor {
            platform: Some(platform),
            ..Descriptor::of(media_type::MANIFEST, &self.manifest_bytes())
        }
    }

    /// The bytes that a registry stores: all layers, compressed. The configuration and manifest,
    /// a few kilobytes, do not count.
    pub fn compressed_size(&self) -> u64 {
        self.layers.iter().map(|layer| layer.descriptor.size).sum()
    }

    /// The bytes of all layers' tars.
    pub fn uncompressed_size(&self) -> u64 {
        self.layers.iter().map(|layer| layer.uncompressed_size).sum()
    }

    /// Whether configuration, history and layers agree.
    pub fn validate(&self) -> Result<(), ValidationError> {
        let layers = self.layers.len();
        let config = &self.config;
        if config.architecture.is_empty() || config.os.is_empty() {
            return Err(ValidationError::Platform);
        }
        if !self.layers.iter().map(|layer| &layer.diff_id).eq(&config.rootfs.diff_ids) {
            return Err(ValidationError::DiffIds { config: config.rootfs.diff_ids.len(), layers });
        }
        let history = config.history.iter().filter(|entry| !entry.empty_layer).count();
        if !config.history.is_empty() && history != layers {
            return Err(ValidationError::History { history, layers });
        }
        match self.layers.iter().find(|layer| layer.descriptor.size == 0) {
            Some(layer) => Err(ValidationError::EmptyBlob(layer.descriptor.digest)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::layer::{Compression, LayerWriter};
    use crate::tree::{Node, Tree};

    /// A small image and the blobs of its layers.
    pub(crate) fn sample() -> (Image, Vec<Vec<u8>>) {
        let mut image = Image::empty("amd64");
        let mut blobs = Vec::new();
        for (path, contents) in [("etc/os-release", "ID=debian\n"), ("app/server.py", "print()\n")]
        {
            let mut tree = Tree::new();
            tree.insert(path, Node::file(contents)).unwrap();
            let mut writer = LayerWriter::new(Vec::new(), Compression::Gzip);
            writer.append_tree(&tree, 0).unwrap();
            let (layer, blob) = writer.finish().unwrap();
            image.append(layer, path);
            blobs.push(blob);
        }
        image.config.set_env("PATH", "/opt/venv/bin:/usr/bin");
        image.config.expose(8080);
        image.config.config.user = "65532:65532".into();
        (image, blobs)
    }

    #[test]
    fn the_manifest_is_pinned() {
        insta::assert_snapshot!(String::from_utf8(sample().0.manifest_bytes()).unwrap());
    }

    #[test]
    fn the_configuration_is_pinned() {
        insta::assert_snapshot!(String::from_utf8(sample().0.config_bytes()).unwrap());
    }

    #[test]
    fn what_does_not_fit_together_is_found() {
        let (image, _) = sample();
        assert_eq!(image.validate(), Ok(()));

        let mut other = image.clone();
        other.config.rootfs.diff_ids.swap(0, 1);
        assert_eq!(other.validate(), Err(ValidationError::DiffIds { config: 2, layers: 2 }));

        let mut other = image.clone();
        other.config.history.pop();
        assert_eq!(other.validate(), Err(ValidationError::History { history: 1, layers: 2 }));

        let mut other = image;
        other.config.os.clear();
        assert_eq!(other.validate(), Err(ValidationError::Platform));
    }
}
