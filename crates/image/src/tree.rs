//! A file-system tree in memory: what a layer will hold, before it is written.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use crate::path::{LayerPath, PathError};

/// Why a node cannot be put into a tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The path leads outside or is malformed.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Two different things claim one path.
    #[error("`{path}` is already in the tree as a {existing}, and would become a {new}")]
    Conflict {
        /// The path both claim.
        path: LayerPath,
        /// What is there.
        existing: &'static str,
        /// What was to be added.
        new: &'static str,
    },
}

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeKind {
    /// A directory.
    Directory,
    /// A file and its whole contents. Cloning shares the bytes.
    File(Bytes),
    /// A symbolic link and where it points, as written.
    Symlink(Bytes),
}

impl NodeKind {
    fn name(&self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::File(_) => "file",
            Self::Symlink(_) => "symbolic link",
        }
    }
}

/// A node: what it is, and who may do what with it. Times are a property of
/// the layer, not of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Permission bits, at most `0o7777`.
    pub mode: u32,
    /// Numeric owner.
    pub uid: u32,
    /// Numeric group.
    pub gid: u32,
}

impl Node {
    /// A root-owned directory, mode `0755`.
    pub const fn directory() -> Self {
        Self { kind: NodeKind::Directory, mode: 0o755, uid: 0, gid: 0 }
    }

    /// A root-owned file, mode `0644`.
    pub fn file(contents: impl Into<Bytes>) -> Self {
        Self { kind: NodeKind::File(contents.into()), mode: 0o644, uid: 0, gid: 0 }
    }

    /// A root-owned file that may be run, mode `0755`.
    pub fn executable(contents: impl Into<Bytes>) -> Self {
        Self { mode: 0o755, ..Self::file(contents) }
    }

    /// A root-owned symbolic link, mode `0777`.
    pub fn symlink(target: impl Into<Bytes>) -> Self {
        Self { kind: NodeKind::Symlink(target.into()), mode: 0o777, uid: 0, gid: 0 }
    }

    /// The same node with other permission bits.
    #[must_use]
    pub fn with_mode(self, mode: u32) -> Self {
        Self { mode, ..self }
    }

    /// The same node with another owner and group.
    #[must_use]
    pub fn with_owner(self, uid: u32, gid: u32) -> Self {
        Self { uid, gid, ..self }
    }
}

/// A file-system tree, sorted by path.
///
/// Invariant: every parent of a node is in the tree, and is a directory.
///
/// ```
/// use boxwright_image::{Node, Tree};
///
/// let mut tree = Tree::new();
/// tree.insert("opt/venv/pyvenv.cfg", Node::file("home = /usr/bin\n"))?;
/// assert_eq!(tree.len(), 3, "the directories opt and opt/venv came along");
/// assert!(tree.insert("opt/venv/pyvenv.cfg/x", Node::file("")).is_err());
/// # Ok::<(), boxwright_image::TreeError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree(BTreeMap<LayerPath, Node>);

impl Tree {
    /// A tree that holds nothing but the root, which is never listed.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node and the directories above it that are missing (mode `0755`, root's).
    ///
    /// # Errors
    /// A malformed path; a path that is taken, unless both are directories (the new one's
    /// attributes win); a parent that is no directory.
    pub fn insert(&mut self, path: impl AsRef<[u8]>, node: Node) -> Result<(), TreeError> {
        self.insert_at(LayerPath::new(path)?, node)
    }

    /// [`insert`](Self::insert) for a path that is already checked.
    pub fn insert_at(&mut self, path: LayerPath, node: Node) -> Result<(), TreeError> {
        self.ensure_parents(&path)?;
        match self.0.entry(path) {
            Entry::Vacant(entry) => {
                entry.insert(node);
            }
            Entry::Occupied(mut entry) => {
                let both = (&entry.get().kind, &node.kind);
                if !matches!(both, (NodeKind::Directory, NodeKind::Directory)) {
                    let (existing, new) = (both.0.name(), both.1.name());
                    return Err(TreeError::Conflict { path: entry.key().clone(), existing, new });
                }
                entry.insert(node);
            }
        }
        Ok(())
    }

    /// Puts a node in the place of whatever is there, except that a directory with children
    /// gives way only to a directory.
    pub fn replace(&mut self, path: impl AsRef<[u8]>, node: Node) -> Result<(), TreeError> {
        let path = LayerPath::new(path)?;
        self.ensure_parents(&path)?;
        if node.kind != NodeKind::Directory && self.children(&path).next().is_some() {
            return Err(TreeError::Conflict { path, existing: "directory", new: node.kind.name() });
        }
        self.0.insert(path, node);
        Ok(())
    }

    /// Adds every node of `other`. Nothing may be in both, except directories.
    pub fn merge(&mut self, other: Self) -> Result<(), TreeError> {
        other.0.into_iter().try_for_each(|(path, node)| self.insert_at(path, node))
    }

    /// Keeps the nodes that `keep` wants; what lies below a dropped directory goes with it
    /// unasked.
    pub fn retain(&mut self, mut keep: impl FnMut(&LayerPath, &Node) -> bool) {
        // A directory sorts before everything in it, so its fate is known by then.
        let mut dropped = BTreeSet::new();
        self.0.retain(|path, node| {
            let orphan = path.parent().is_some_and(|parent| dropped.contains(&parent));
            let kept = !orphan && keep(path, node);
            if !kept && node.kind == NodeKind::Directory {
                dropped.insert(path.clone());
            }
            kept
        });
    }

    /// The node at a path.
    pub fn get(&self, path: &LayerPath) -> Option<&Node> {
        self.0.get(path)
    }

    /// Whether something stands at this path.
    pub fn contains(&self, path: impl AsRef<[u8]>) -> bool {
        LayerPath::new(path).is_ok_and(|path| self.0.contains_key(&path))
    }

    /// Takes a node out. A directory stays as long as something lies in it.
    pub fn remove(&mut self, path: &LayerPath) -> Option<Node> {
        if self.children(path).next().is_some() {
            return None;
        }
        self.0.remove(path)
    }

    /// All nodes, sorted by path; a directory precedes what it holds.
    pub fn iter(&self) -> impl Iterator<Item = (&LayerPath, &Node)> {
        self.0.iter()
    }

    /// How many nodes there are, directories included.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes of all files together.
    pub fn content_bytes(&self) -> u64 {
        let size = |node: &Node| match &node.kind {
            NodeKind::File(contents) => contents.len() as u64,
            NodeKind::Directory | NodeKind::Symlink(_) => 0,
        };
        self.0.values().map(size).sum()
    }

    fn children(&self, path: &LayerPath) -> impl Iterator<Item = &LayerPath> {
        let below = [path.as_bytes(), b"/"].concat();
        let start = LayerPath::new([&below[..], b"\x01"].concat()).unwrap_or_else(|_| path.clone());
        self.0
            .range(start..)
            .map(|(path, _)| path)
            .take_while(move |path| path.as_bytes().starts_with(&below))
    }

    fn ensure_parents(&mut self, path: &LayerPath) -> Result<(), TreeError> {
        let Some(parent) = path.parent() else {
            return Ok(());
        };
        match self.0.get(&parent) {
            Some(Node { kind: NodeKind::Directory, .. }) => Ok(()),
            Some(node) => Err(TreeError::Conflict {
                path: parent,
                existing: node.kind.name(),
                new: "directory",
            }),
            None => {
                self.ensure_parents(&parent)?;
                self.0.insert(parent, Node::directory());
                Ok(())
            }
        }
    }
}

impl IntoIterator for Tree {
    type Item = (LayerPath, Node);
    type IntoIter = std::collections::btree_map::IntoIter<LayerPath, Node>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> Tree {
        let mut tree = Tree::new();
        for path in paths {
            tree.insert(path, Node::file("")).unwrap();
        }
        tree
    }

    fn paths(tree: &Tree) -> Vec<String> {
        tree.iter().map(|(path, _)| path.to_string()).collect()
    }

    #[test]
    fn what_is_taken_stays() {
        let mut tree = tree(&["a/b"]);
        assert!(tree.insert("a/b", Node::file("other")).is_err());
        assert!(tree.insert("a", Node::symlink("b")).is_err());
        assert!(tree.insert("a/b/c", Node::file("")).is_err());
        assert!(tree.insert("../a", Node::file("")).is_err());
        tree.insert("a", Node::directory().with_mode(0o700)).unwrap();
        assert_eq!(tree.get(&LayerPath::new("a").unwrap()).unwrap().mode, 0o700);
        assert_eq!(paths(&tree), ["a", "a/b"]);
    }

    #[test]
    fn a_dropped_directory_takes_its_contents_along() {
        let mut tree = tree(&["a-b", "a/b/c", "a/d", "e"]);
        tree.retain(|path, _| path.as_bytes() != b"a/b");
        assert_eq!(paths(&tree), ["a", "a-b", "a/d", "e"]);
        tree.retain(|path, _| path.as_bytes() != b"a");
        assert_eq!(paths(&tree), ["a-b", "e"]);
    }

    #[test]
    fn only_an_empty_directory_gives_way() {
        let mut tree = tree(&["a/b", "a-c"]);
        let a = LayerPath::new("a").unwrap();
        assert_eq!(tree.remove(&a), None);
        assert!(tree.replace("a", Node::symlink("a-c")).is_err());
        tree.remove(&LayerPath::new("a/b").unwrap()).unwrap();
        tree.replace("a", Node::symlink("a-c")).unwrap();
        assert_eq!(paths(&tree), ["a", "a-c"]);
    }
}
