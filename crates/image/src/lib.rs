//! The OCI image format: layers, configuration, manifest, layout, archive.
//!
//! A [`Tree`] is written through a [`LayerWriter`], which finishes into a
//! [`Layer`]: only then do its digest, its diff ID and its size exist. Layers
//! are appended to an [`Image`], which is a value: it knows its manifest and
//! digest and touches nothing. A [`Layout`] keeps blobs and images in a
//! directory; [`write_archive`] packs an image into one file that container
//! engines load and OCI tools read.
//!
//! Everything is synchronous, takes no clock and no environment, and gives the
//! same bytes for the same input.
//!
//! ```
//! use boxwright_image::{Compression, Image, LayerWriter, Node, Tree};
//!
//! let mut tree = Tree::new();
//! tree.insert("app/server.py", Node::file("print('hello')\n"))?;
//!
//! let mut writer = LayerWriter::new(Vec::new(), Compression::Gzip);
//! writer.append_tree(&tree, 0)?;
//! let (layer, blob) = writer.finish()?;
//! assert_eq!(layer.descriptor.size, blob.len() as u64);
//!
//! let mut image = Image::empty("amd64");
//! image.append(layer, "COPY app");
//! image.config.config.cmd = vec!["python".into(), "/app/server.py".into()];
//! image.validate()?;
//! println!("{}", image.digest());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod archive;
mod config;
mod gzip;
mod image;
mod layer;
mod layout;
mod manifest;
mod name;
mod path;
mod tree;
mod unpack;

pub use archive::{ArchiveError, BlobSource, write_archive};
pub use config::{History, ImageConfig, RootFs, RuntimeConfig};
pub use gzip::{GZIP_FORMAT, GzipEncoder};
pub use image::{Image, ValidationError};
pub use layer::{Compression, Layer, LayerError, LayerWriter};
pub use layout::{BlobWriter, Layout, LayoutError};
pub use manifest::{Descriptor, Index, Manifest, Platform, media_type};
pub use name::{ImageName, ImageNameError};
pub use path::{LayerPath, PathError};
pub use tree::{Node, NodeKind, Tree, TreeError};
pub use unpack::UnpackError;
