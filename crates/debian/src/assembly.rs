//! Packages laid over each other, as dpkg would unpack them one after another.

use std::collections::{BTreeMap, BTreeSet};

use boxwright_image::{LayerPath, Node, NodeKind, PathError, Tree, TreeError};

use crate::compose::ComposeError;
use crate::deb::Deb;
use crate::trim::Trim;

/// The directories that merged-/usr systems have as links into `/usr`.
pub(crate) const MERGED: [&str; 6] = ["bin", "lib", "lib32", "lib64", "libx32", "sbin"];

/// The directories of volatile state, which are links into `/run`.
pub(crate) const VAR: [(&str, &str); 2] = [("var/lock", "run/lock"), ("var/run", "run")];

/// Trees under way, and who put what into them.
pub(crate) struct Assembly<'a> {
    pub(crate) tree: Tree,
    /// The packages laid down so far, each with the paths it kept that are no directories.
    pub(crate) kept: BTreeMap<&'a str, BTreeSet<LayerPath>>,
}

impl<'a> Assembly<'a> {
    /// Lays packages over each other. Their order makes no difference: base-files, which owns
    /// the top directories, comes first, the others follow by name.
    pub(crate) fn of(debs: &'a [Deb], trim: &Trim<'_>) -> Result<Self, ComposeError> {
        let mut sorted: Vec<&Deb> = debs.iter().collect();
        sorted.sort_by_key(|deb| (deb.file.name != "base-files", &deb.file.name));
        let mut this = Self { tree: Tree::new(), kept: BTreeMap::new() };
        for deb in sorted {
            if this.kept.contains_key(deb.file.name.as_str()) {
                return Err(ComposeError::Twice { package: deb.file.name.clone() });
            }
            this.add(deb, trim)?;
        }
        Ok(this)
    }

    fn add(&mut self, deb: &'a Deb, trim: &Trim<'_>) -> Result<(), ComposeError> {
        let name = deb.file.name.as_str();
        let fault = |source| ComposeError::Tree { package: name.to_owned(), source };
        let mut kept = BTreeSet::new();
        for (path, node) in deb.tree.iter() {
            let path = merged(path, node).map_err(|error| fault(error.into()))?;
            if !trim.keeps(name, path.as_bytes()) {
                continue;
            }
            let is_directory = node.kind == NodeKind::Directory;
            match self.tree.get(&path) {
                // A directory keeps the attributes it was first given, and packages may agree on a file.
                Some(Node { kind: NodeKind::Directory, .. }) if is_directory => continue,
                Some(existing) if existing == node => {}
                _ => match self.tree.insert(path.as_bytes(), node.clone()) {
                    Ok(()) => {}
                    Err(TreeError::Conflict { path, .. }) => return Err(self.conflict(path, name)),
                    Err(error) => return Err(fault(error)),
                },
            }
            if !is_directory {
                kept.insert(path);
            }
        }
        self.kept.insert(name, kept);
        Ok(())
    }

    fn conflict(&self, path: LayerPath, package: &str) -> ComposeError {
        let below = |it: &LayerPath| it.starts_with(&path) || path.starts_with(it);
        let owner = self.kept.iter().find(|(_, paths)| paths.iter().any(below));
        let other = owner.map_or("another package", |(name, _)| name).to_owned();
        ComposeError::Conflict { path, package: package.to_owned(), other }
    }
}

/// Where a path stands when it is unpacked over our links: what packages put into `/bin`, `/lib`
/// and their kind lies below `/usr`, and what they put into `/var/run` in `/run`. The links
/// themselves stay.
pub(crate) fn merged(path: &LayerPath, node: &Node) -> Result<LayerPath, PathError> {
    let bytes = path.as_bytes();
    let below = |directory: &str| match bytes.strip_prefix(directory.as_bytes())? {
        [] if matches!(node.kind, NodeKind::Symlink(_)) => None,
        rest @ ([] | [b'/', ..]) => Some(rest),
        _ => None,
    };
    for (from, to) in VAR {
        if let Some(rest) = below(from) {
            return LayerPath::new([to.as_bytes(), rest].concat());
        }
    }
    match MERGED.iter().find_map(|directory| below(directory)) {
        Some(_) => LayerPath::new([b"usr/", bytes].concat()),
        None => Ok(path.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_behind_a_link_lies_where_the_link_points() {
        let at = |path: &str, node: Node| {
            merged(&LayerPath::new(path).unwrap(), &node).unwrap().to_string()
        };
        assert_eq!(
            at("lib/x86_64-linux-gnu/libc.so.6", Node::file("")),
            "usr/lib/x86_64-linux-gnu/libc.so.6"
        );
        assert_eq!(at("lib64/ld.so", Node::symlink("x")), "usr/lib64/ld.so");
        assert_eq!(at("bin", Node::directory()), "usr/bin");
        assert_eq!(at("bin", Node::symlink("usr/bin")), "bin");
        assert_eq!(at("bind/x", Node::file("")), "bind/x");
        assert_eq!(at("usr/lib/x", Node::file("")), "usr/lib/x");
        assert_eq!(at("etc/lib", Node::file("")), "etc/lib");
        assert_eq!(at("var/run/app/x", Node::file("")), "run/app/x");
        assert_eq!(at("var/lock", Node::directory()), "run/lock");
        assert_eq!(at("var/run", Node::symlink("/run")), "var/run");
        assert_eq!(at("var/runs", Node::directory()), "var/runs");
    }
}
