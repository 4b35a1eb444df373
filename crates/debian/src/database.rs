//! dpkg's own records, so that apt goes on from here.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use boxwright_image::{LayerPath, Node, NodeKind, Tree, TreeError};
use md5::{Digest as _, Md5};

use crate::assembly::{Assembly, merged};
use crate::deb::Deb;
use crate::deb822;

/// Writes `/var/lib/dpkg` as it is when all packages are installed and configured (dpkg(1), deb-triggers(5)).
pub(crate) fn write(assembly: &mut Assembly<'_>, debs: &[Deb]) -> Result<(), TreeError> {
    let mut sorted: Vec<&Deb> = debs.iter().collect();
    sorted.sort_by_key(|deb| &deb.file.name);
    let tree = &mut assembly.tree;
    let mut status = String::new();
    let mut triggers: BTreeMap<String, String> =
        BTreeMap::from([("File".to_owned(), String::new())]);
    for deb in &sorted {
        status.push_str(&paragraph(deb, tree));
        info(deb, tree)?;
        interests(deb, &mut triggers);
    }
    for (name, lines) in triggers {
        tree.insert(format!("var/lib/dpkg/triggers/{name}"), Node::file(lines))?;
    }
    for (name, contents) in [
        ("status", status.as_str()),
        ("available", ""),
        ("diversions", ""),
        ("statoverride", ""),
        ("info/format", "1\n"),
    ] {
        let path = format!("var/lib/dpkg/{name}");
        if !tree.contains(&path) {
            tree.insert(path, Node::file(contents.to_owned()))?;
        }
    }
    for name in ["alternatives", "parts", "updates"] {
        let path = format!("var/lib/dpkg/{name}");
        if !tree.contains(&path) {
            tree.insert(path, Node::directory())?;
        }
    }
    Ok(())
}

/// A package's entry in the list of what is installed.
fn paragraph(deb: &Deb, tree: &Tree) -> String {
    let mut text = String::new();
    for (name, value) in deb822::fields(&deb.control) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name}: {value}");
        if name == "Package" {
            text.push_str("Status: install ok installed\n");
        }
    }
    let sums: Vec<String> = conffiles(deb)
        .filter_map(|path| Some(format!(" {path} {}\n", md5_of(tree, path)?)))
        .collect();
    if !sums.is_empty() {
        let _ = write!(text, "Conffiles:\n{}", sums.concat());
    }
    text.push('\n');
    text
}

/// The configuration files that dpkg must not overwrite once someone has changed them.
fn conffiles(deb: &Deb) -> impl Iterator<Item = &str> {
    let list = deb.control_files.get("conffiles").map_or(&b""[..], |contents| contents);
    // A line may carry a flag in front of the path, for files that are to go.
    std::str::from_utf8(list).unwrap_or_default().lines().filter(|line| line.starts_with('/'))
}

fn md5_of(tree: &Tree, path: &str) -> Option<String> {
    let path = LayerPath::new(path.strip_prefix('/')?).ok()?;
    match &tree.get(&merged(&path, &Node::file("")).ok()?)?.kind {
        NodeKind::File(contents) => Some(format!("{:x}", Md5::digest(contents))),
        NodeKind::Directory | NodeKind::Symlink(_) => None,
    }
}

/// The package's control files under its name, and the list of its paths.
fn info(deb: &Deb, tree: &mut Tree) -> Result<(), TreeError> {
    // dpkg tells the architectures of a package apart where several may be installed.
    let name = match deb822::field(&deb.control, "Multi-Arch") {
        Some("same") => format!("{}:{}", deb.file.name, deb.file.architecture),
        _ => deb.file.name.clone(),
    };
    let mut list = b"/.\n".to_vec();
    for (path, _) in deb.tree.iter() {
        list.extend_from_slice(&[b"/", path.as_bytes(), b"\n"].concat());
    }
    let path = |kind: &str| format!("var/lib/dpkg/info/{name}.{kind}");
    tree.insert(path("list"), Node::file(list))?;
    tree.insert(path("md5sums"), Node::file(deb.md5sums.clone()))?;
    for (kind, contents) in &deb.control_files {
        let script = ["config", "postinst", "postrm", "preinst", "prerm"].contains(&kind.as_str());
        let node = Node::file(contents.clone());
        tree.insert(path(kind), if script { node.with_mode(0o755) } else { node })?;
    }
    Ok(())
}

/// The triggers that a package waits for: paths in one file, names in a file each.
fn interests(deb: &Deb, triggers: &mut BTreeMap<String, String>) {
    let list = deb.control_files.get("triggers").map_or(&b""[..], |contents| contents);
    for line in std::str::from_utf8(list).unwrap_or_default().lines() {
        let mut words = line.split_ascii_whitespace();
        let suffix = match words.next() {
            Some("interest" | "interest-await") => "",
            Some("interest-noawait") => "/noawait",
            _ => continue,
        };
        let Some(trigger) = words.next() else { continue };
        let waiter = format!("{}{suffix}\n", deb.file.name);
        if trigger.starts_with('/') {
            triggers.entry("File".to_owned()).or_default().extend([trigger, " ", &waiter]);
        } else if crate::package::valid_name(trigger) {
            triggers.entry(trigger.to_owned()).or_default().push_str(&waiter);
        }
    }
}
