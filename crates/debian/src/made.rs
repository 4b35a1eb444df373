//! The files that maintainer scripts would have made.

use std::collections::BTreeMap;

use boxwright_image::{Node, NodeKind, Tree, TreeError};

use crate::assembly::{MERGED, VAR};
use crate::deb::Deb;
use crate::recipe::{BaseRecipe, Flavor};

/// The user that an image runs as: the id that distroless images use, outside of what Debian
/// gives to people and to system services.
pub const NONROOT: u32 = 65532;

const PASSWD: &str = "root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
";
/// `mail` and `staff` own directories of base-files.
const GROUP: &str = "root:x:0:
mail:x:8:
staff:x:50:
nogroup:x:65534:
nonroot:x:65532:
";
const NSSWITCH: &str = "passwd: files
group: files
shadow: files
hosts: files dns
networks: files
protocols: files
services: files
";

/// The bundle of authorities that programs read.
const BUNDLE: &str = "etc/ssl/certs/ca-certificates.crt";
/// Where the authorities lie one by one.
const AUTHORITIES: &str = "usr/share/ca-certificates/";

/// Adds what the packages lack. A package's own file stands where it has one.
pub(crate) fn make(tree: &mut Tree, recipe: &BaseRecipe, debs: &[Deb]) -> Result<(), TreeError> {
    links_into_usr(tree)?;
    directories(tree)?;
    certificates(tree, debs)?;
    let python = format!("python{}", recipe.suite.python());
    missing(tree, "usr/bin/python3", Node::symlink(python))?;
    missing(tree, "usr/bin/python", Node::symlink("python3"))?;
    missing(tree, "etc/localtime", Node::symlink("/usr/share/zoneinfo/Etc/UTC"))?;
    missing(tree, "etc/nsswitch.conf", Node::file(NSSWITCH))?;
    match recipe.flavor {
        Flavor::Runtime => {
            missing(tree, "etc/passwd", Node::file(PASSWD))?;
            missing(tree, "etc/group", Node::file(GROUP))
        }
        Flavor::Full => crate::full::make(tree, recipe),
    }
}

/// Adds a node where nothing stands.
pub(crate) fn missing(tree: &mut Tree, path: &str, node: Node) -> Result<(), TreeError> {
    if tree.contains(path) { Ok(()) } else { tree.insert(path, node) }
}

fn links_into_usr(tree: &mut Tree) -> Result<(), TreeError> {
    for name in MERGED {
        let target = format!("usr/{name}");
        if tree.contains(&target) {
            missing(tree, name, Node::symlink(target))?;
        }
    }
    Ok(())
}

fn directories(tree: &mut Tree) -> Result<(), TreeError> {
    for path in ["dev", "proc", "run", "sys", "var/log"] {
        missing(tree, path, Node::directory())?;
    }
    missing(tree, "root", Node::directory().with_mode(0o700))?;
    for path in ["etc/opt", "media", "mnt", "opt", "srv", "var/opt"] {
        missing(tree, path, Node::directory())?;
    }
    for path in ["run/lock", "tmp", "var/tmp"] {
        tree.insert(path, Node::directory().with_mode(0o1777))?;
    }
    for (link, target) in VAR {
        missing(tree, link, Node::symlink(format!("/{target}")))?;
    }
    missing(tree, "var/mail", Node::directory().with_mode(0o2775).with_owner(0, 8))?;
    missing(tree, "var/spool/mail", Node::symlink("../mail"))?;
    tree.insert("home/nonroot", Node::directory().with_owner(NONROOT, NONROOT))
}

/// Joins the authorities in the order of their file names, and points OpenSSL's default at them.
///
/// OpenSSL would also look up single files under `/etc/ssl/certs` by their hashed names; making
/// those takes its own command, and the bundle is enough for it, as for `requests`, curl and Go.
fn certificates(tree: &mut Tree, debs: &[Deb]) -> Result<(), TreeError> {
    let authorities = debs.iter().flat_map(|deb| deb.tree.iter()).filter_map(|(path, node)| {
        let bytes = path.as_bytes();
        match &node.kind {
            NodeKind::File(contents)
                if bytes.starts_with(AUTHORITIES.as_bytes()) && bytes.ends_with(b".crt") =>
            {
                Some((path, contents))
            }
            _ => None,
        }
    });
    let mut bundle = Vec::new();
    // A map, so that the order of the packages makes no difference.
    for contents in authorities.collect::<BTreeMap<_, _>>().into_values() {
        bundle.extend_from_slice(contents);
        if !contents.ends_with(b"\n") {
            bundle.push(b'\n');
        }
    }
    // Without the package there is nothing to join; an empty bundle would only look like one.
    if bundle.is_empty() {
        return Ok(());
    }
    missing(tree, BUNDLE, Node::file(bundle))?;
    missing(tree, "usr/lib/ssl/cert.pem", Node::symlink(format!("/{BUNDLE}")))
}
