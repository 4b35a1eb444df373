//! The OCI image format: layers, configuration, manifest, layout, archive.

mod path;
mod tree;

pub use path::{LayerPath, PathError};
pub use tree::{Node, NodeKind, Tree, TreeError};
