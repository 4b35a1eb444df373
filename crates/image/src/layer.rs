//! One layer: a tar, compressed, and known by its digests once it is finished.

use std::io::{self, Write};

use boxwright_digest::{Digest, HashingWriter};
use boxwright_tar::{Attributes, Writer as TarWriter};
use serde::{Deserialize, Serialize};

use crate::gzip::GzipEncoder;
use crate::manifest::{Descriptor, media_type};
use crate::tree::{NodeKind, Tree};

/// How a layer's tar is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, level 6, on all cores; every engine reads it.
    Gzip,
}

/// A finished layer. Its blob is wherever the writer put it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Layer {
    /// The blob: media type, digest and size of the *compressed* bytes.
    pub descriptor: Descriptor,
    /// The digest of the *uncompressed* tar.
    pub diff_id: Digest,
    /// The length of the uncompressed tar in bytes.
    pub uncompressed_size: u64,
}

/// Why a layer could not be written.
#[derive(Debug, thiserror::Error)]
pub enum LayerError {
    /// An entry could not be read, or the layer could not be written.
    #[error(transparent)]
    Tar(#[from] boxwright_tar::Error),
    /// The compressed bytes could not be written.
    #[error("cannot finish the layer")]
    Finish(#[source] io::Error),
}

/// Compressed, or not: what the tar is written to.
#[derive(Debug)]
enum Encoder<W> {
    None(W),
    Gzip(Box<GzipEncoder<W>>),
}

impl<W: Write> Write for Encoder<W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self {
            Self::None(out) => out.write(buf),
            Self::Gzip(out) => out.write(buf),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::None(out) => out.flush(),
            Self::Gzip(out) => out.flush(),
        }
    }
}

/// What a layer's tar is written to: it counts, hashes and compresses.
#[derive(Debug)]
pub struct LayerSink<W>(HashingWriter<Encoder<HashingWriter<W>>>);

impl<W: Write> Write for LayerSink<W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Writes a layer; see the crate's example.
#[derive(Debug)]
pub struct LayerWriter<W> {
    tar: TarWriter<LayerSink<W>>,
    compression: Compression,
}

impl<W: Write> LayerWriter<W> {
    /// Starts a layer whose blob goes to `out`.
    pub fn new(out: W, compression: Compression) -> Self {
        let blob = HashingWriter::new(out);
        let encoder = match compression {
            Compression::None => Encoder::None(blob),
            Compression::Gzip => Encoder::Gzip(Box::new(GzipEncoder::new(blob))),
        };
        Self { tar: TarWriter::new(LayerSink(HashingWriter::new(encoder))), compression }
    }

    /// Adds all nodes of a tree, in the order of their paths, with one modification time in
    /// seconds since 1970.
    pub fn append_tree(&mut self, tree: &Tree, mtime: u64) -> Result<(), LayerError> {
        for (path, node) in tree.iter() {
            let attributes = Attributes {
                mode: node.mode,
                uid: u64::from(node.uid),
                gid: u64::from(node.gid),
                mtime,
            };
            let path = path.as_bytes();
            match &node.kind {
                NodeKind::Directory => self.tar.directory(path, &attributes)?,
                NodeKind::File(contents) => {
                    self.tar.file(path, &attributes, contents.len() as u64, &mut &contents[..])?;
                }
                NodeKind::Symlink(target) => self.tar.symlink(path, &attributes, target)?,
            }
        }
        Ok(())
    }

    /// The archive under way, for entries that do not fit in memory.
    pub fn tar(&mut self) -> &mut TarWriter<LayerSink<W>> {
        &mut self.tar
    }

    /// Ends the layer: only now does it have digests.
    pub fn finish(self) -> Result<(Layer, W), LayerError> {
        let (encoder, diff_id, uncompressed_size) = self.tar.finish()?.0.finish();
        let blob = match encoder {
            Encoder::None(blob) => blob,
            Encoder::Gzip(encoder) => encoder.finish().map_err(LayerError::Finish)?,
        };
        let (mut out, digest, size) = blob.finish();
        out.flush().map_err(LayerError::Finish)?;
        let media_type = match self.compression {
            Compression::None => media_type::LAYER_TAR,
            Compression::Gzip => media_type::LAYER_GZIP,
        };
        let descriptor = Descriptor::new(media_type, digest, size);
        Ok((Layer { descriptor, diff_id, uncompressed_size }, out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Node;

    fn tree() -> Tree {
        let mut tree = Tree::new();
        tree.insert("usr/bin/python3", Node::executable("ELF")).unwrap();
        tree.insert("usr/bin/python", Node::symlink("python3")).unwrap();
        tree.insert("tmp", Node::directory().with_mode(0o1777)).unwrap();
        tree.insert("home/nonroot", Node::directory().with_owner(65532, 65532)).unwrap();
        tree
    }

    fn layer(compression: Compression) -> (Layer, Vec<u8>) {
        let mut writer = LayerWriter::new(Vec::new(), compression);
        writer.append_tree(&tree(), 0).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn digests_are_of_what_they_say() {
        let (plain, tar) = layer(Compression::None);
        let (gzip, blob) = layer(Compression::Gzip);
        assert_eq!(plain.diff_id, Digest::of(&tar));
        assert_eq!(plain.descriptor.digest, plain.diff_id);
        assert_eq!(gzip.diff_id, plain.diff_id);
        assert_eq!(gzip.descriptor.digest, Digest::of(&blob));
        assert_eq!(gzip.uncompressed_size, tar.len() as u64);
        assert_eq!(gzip.descriptor.size, blob.len() as u64);
    }

    /// One byte of drift here makes every cached layer of every user miss.
    #[test]
    fn a_layer_is_pinned() {
        let (layer, _) = layer(Compression::Gzip);
        assert_eq!(
            layer.diff_id.hex(),
            "baeb1fabbc00135df1af842d1b7093d8da01d18774e1e5b5d312664ddc7bea69"
        );
        assert_eq!(
            layer.descriptor.digest.hex(),
            "78ed679cffa18a2609b47fb017fb02c2cc3e6992ee5fde754fa2339e8a677504"
        );
    }
}
