//! From a layer back to a tree, and from a tree to a directory.

use std::fs::{File, Permissions};
use std::io::{self, Read, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use flate2::read::GzDecoder;
use tar::EntryType;

use crate::manifest::{Descriptor, media_type};
use crate::tree::{Node, NodeKind, Tree, TreeError};

/// Why a layer could not be read or a tree not be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// The layer is compressed in a way that is not supported.
    #[error("layers of the type `{0}` cannot be read")]
    MediaType(String),
    /// The layer is no proper archive.
    #[error("the layer is damaged")]
    Archive(#[source] io::Error),
    /// The layer holds something that has no place in a tree.
    #[error("the layer holds `{path}`, which is neither file, directory nor link")]
    Kind {
        /// The entry.
        path: String,
    },
    /// A hard link that points at nothing before it.
    #[error("the layer's hard link `{path}` points at `{target}`, which does not precede it")]
    HardLink {
        /// The entry.
        path: String,
        /// What it names.
        target: String,
    },
    /// A path that leads outside, or twice the same one.
    #[error(transparent)]
    Tree(#[from] TreeError),
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
}

impl Tree {
    /// Reads a layer's blob. Hard links become files that share their bytes; whiteouts, which only
    /// mean something on top of other layers, stay the files they are.
    pub fn from_layer(descriptor: &Descriptor, blob: impl Read) -> Result<Self, UnpackError> {
        match descriptor.media_type.as_str() {
            media_type::LAYER_GZIP => Self::from_tar(GzDecoder::new(blob)),
            media_type::LAYER_TAR => Self::from_tar(blob),
            other => Err(UnpackError::MediaType(other.to_owned())),
        }
    }

    /// Reads a tar.
    pub fn from_tar(archive: impl Read) -> Result<Self, UnpackError> {
        let mut tree = Self::new();
        let mut archive = tar::Archive::new(archive);
        for entry in archive.entries().map_err(UnpackError::Archive)? {
            let mut entry = entry.map_err(UnpackError::Archive)?;
            let path = entry.path_bytes().into_owned();
            let path = path.strip_suffix(b"/").unwrap_or(&path).to_vec();
            let path = path.strip_prefix(b"./").unwrap_or(&path);
            let target =
                entry.link_name_bytes().map(std::borrow::Cow::into_owned).unwrap_or_default();
            let kind = match entry.header().entry_type() {
                EntryType::Directory => NodeKind::Directory,
                EntryType::Symlink => NodeKind::Symlink(target.into()),
                EntryType::Regular | EntryType::Continuous => {
                    let mut contents = Vec::new();
                    entry.read_to_end(&mut contents).map_err(UnpackError::Archive)?;
                    NodeKind::File(contents.into())
                }
                EntryType::Link => NodeKind::File(linked(&tree, path, &target)?),
                _ => return Err(UnpackError::Kind { path: path.escape_ascii().to_string() }),
            };
            // The root itself is never listed in a tree.
            if path.is_empty() || path == b"." {
                continue;
            }
            tree.insert(path, node(kind, entry.header())?)?;
        }
        Ok(tree)
    }

    /// Writes the tree into `directory`, which must be empty or absent. Owners are not set.
    ///
    /// Nothing is written outside: paths are checked when a tree is made, every parent is a
    /// directory made here, and links are written, never followed.
    pub fn unpack(&self, directory: &Path) -> Result<(), UnpackError> {
        std::fs::create_dir_all(directory).map_err(io_error("create", directory))?;
        for (path, node) in self.iter() {
            let path = directory.join(std::ffi::OsStr::from_bytes(path.as_bytes()));
            match &node.kind {
                NodeKind::Directory => {
                    std::fs::create_dir(&path).map_err(io_error("create", &path))?;
                }
                NodeKind::Symlink(target) => {
                    symlink(std::ffi::OsStr::from_bytes(target), &path)
                        .map_err(io_error("create", &path))?;
                }
                NodeKind::File(contents) => {
                    let mut file = File::create_new(&path).map_err(io_error("create", &path))?;
                    file.write_all(contents).map_err(io_error("write", &path))?;
                    // The owner may always write, so that the directory can be removed again.
                    let mode = Permissions::from_mode(node.mode & 0o777 | 0o600);
                    file.set_permissions(mode).map_err(io_error("write", &path))?;
                }
            }
        }
        Ok(())
    }
}

fn node(kind: NodeKind, header: &tar::Header) -> Result<Node, UnpackError> {
    let id = |id: io::Result<u64>| {
        let id = id.map_err(UnpackError::Archive)?;
        u32::try_from(id).map_err(|error| UnpackError::Archive(io::Error::other(error)))
    };
    let mode = header.mode().map_err(UnpackError::Archive)? & 0o7777;
    Ok(Node { kind, mode, uid: id(header.uid())?, gid: id(header.gid())? })
}

/// The contents of the file that a hard link names.
fn linked(tree: &Tree, path: &[u8], target: &[u8]) -> Result<Bytes, UnpackError> {
    let target = target.strip_prefix(b"./").unwrap_or(target);
    let found =
        crate::path::LayerPath::new(target).ok().and_then(|target| tree.get(&target).cloned());
    match found {
        Some(Node { kind: NodeKind::File(contents), .. }) => Ok(contents),
        _ => Err(UnpackError::HardLink {
            path: path.escape_ascii().to_string(),
            target: target.escape_ascii().to_string(),
        }),
    }
}

fn io_error(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> UnpackError {
    let path = path.to_owned();
    move |source| UnpackError::Io { operation, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Compression, LayerWriter};
    use boxwright_tar::{Attributes, Writer};

    fn sample() -> Tree {
        let mut tree = Tree::new();
        tree.insert("usr/bin/python3", Node::executable("ELF")).unwrap();
        tree.insert("usr/bin/python", Node::symlink("python3")).unwrap();
        tree.insert("tmp", Node::directory().with_mode(0o1777)).unwrap();
        tree.insert("home/me", Node::directory().with_owner(65532, 65532)).unwrap();
        tree
    }

    #[test]
    fn a_layer_comes_back() {
        for compression in [Compression::None, Compression::Gzip] {
            let mut writer = LayerWriter::new(Vec::new(), compression);
            writer.append_tree(&sample(), 0).unwrap();
            let (layer, blob) = writer.finish().unwrap();
            assert_eq!(Tree::from_layer(&layer.descriptor, &blob[..]).unwrap(), sample());
        }
    }

    #[test]
    fn a_hard_link_becomes_a_file() {
        let mut tar = Writer::new(Vec::new());
        tar.file(b"a", &Attributes::file(), 1, &mut &b"x"[..]).unwrap();
        tar.hard_link(b"b", &Attributes::file(), b"a").unwrap();
        let tree = Tree::from_tar(&tar.finish().unwrap()[..]).unwrap();
        let b = crate::path::LayerPath::new("b").unwrap();
        assert_eq!(tree.get(&b).unwrap().kind, NodeKind::File("x".into()));

        let mut tar = Writer::new(Vec::new());
        tar.hard_link(b"b", &Attributes::file(), b"../etc/shadow").unwrap();
        assert!(matches!(
            Tree::from_tar(&tar.finish().unwrap()[..]),
            Err(UnpackError::HardLink { .. })
        ));
    }

    #[test]
    fn a_tree_lies_where_it_should() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("root");
        sample().unpack(&root).unwrap();
        assert_eq!(std::fs::read(root.join("usr/bin/python")).unwrap(), b"ELF");
        let mode = std::fs::metadata(root.join("usr/bin/python3")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
        assert!(
            matches!(sample().unpack(&root), Err(UnpackError::Io { .. })),
            "nothing is overwritten"
        );
    }

    #[test]
    fn what_leads_outside_is_refused() {
        let mut tar = Writer::new(Vec::new());
        tar.symlink(b"out", &Attributes::symlink(), b"/etc").unwrap();
        tar.file(b"out/passwd", &Attributes::file(), 0, &mut &b""[..]).unwrap();
        assert!(matches!(Tree::from_tar(&tar.finish().unwrap()[..]), Err(UnpackError::Tree(_))));
        let mut tar = Writer::new(Vec::new());
        tar.file(b"../x", &Attributes::file(), 0, &mut &b""[..]).unwrap();
        assert!(matches!(Tree::from_tar(&tar.finish().unwrap()[..]), Err(UnpackError::Tree(_))));
    }
}
