//! What maintainer scripts would have made of a base to build in.

use boxwright_image::{LayerPath, Node, NodeKind, Tree, TreeError};

use crate::made::missing;
use crate::recipe::BaseRecipe;
use crate::trim::DOCUMENTATION;

/// Links that `update-alternatives` would have made: the name under `/usr/bin`, and the program of
/// the package that asks for it.
const ALTERNATIVES: [(&str, &str); 8] = [
    ("awk", "mawk"),
    ("c++", "g++"),
    ("c89", "c89-gcc"),
    ("c99", "c99-gcc"),
    ("cc", "gcc"),
    ("lzma", "xz"),
    ("nawk", "mawk"),
    ("which", "which.debianutils"),
];

/// Files that are copied from their package's defaults (base-files, base-passwd, libc-bin, debianutils).
const DEFAULTS: [(&str, &str); 5] = [
    ("usr/share/base-files/dot.bashrc", "root/.bashrc"),
    ("usr/share/base-files/dot.profile", "root/.profile"),
    ("usr/share/base-files/profile", "etc/profile"),
    ("usr/share/debianutils/shells", "etc/shells"),
    ("usr/share/libc-bin/nsswitch.conf", "etc/nsswitch.conf"),
];

/// Below `/usr/local`, which belongs to whoever builds (base-files).
const LOCAL: [&str; 8] = ["bin", "etc", "games", "include", "lib", "sbin", "share/man", "src"];

/// What `pam-auth-update` would have written in the place of the variables in libpam-runtime's
/// templates: the classic `/etc/shadow`, and nothing else.
const PAM: [(&str, &str); 7] = [
    ("$account_primary", "account\t[success=1 new_authtok_reqd=done default=ignore]\tpam_unix.so"),
    ("$auth_primary", "auth\t[success=1 default=ignore]\tpam_unix.so nullok"),
    ("$password_primary", "password\t[success=1 default=ignore]\tpam_unix.so obscure yescrypt"),
    ("$session_additional", "session\trequired\tpam_unix.so"),
    ("$session_nonint_additional", "session\trequired\tpam_unix.so"),
    ("$session_nonint_primary", "session\t[default=1]\tpam_permit.so"),
    ("$session_primary", "session\t[default=1]\tpam_permit.so"),
];

/// The group that may read password hashes (base-passwd).
const SHADOW: u32 = 42;

/// Adds what the scripts of the packages would have made.
pub(crate) fn make(tree: &mut Tree, recipe: &BaseRecipe) -> Result<(), TreeError> {
    for (name, target) in ALTERNATIVES {
        if tree.contains(format!("usr/bin/{target}")) {
            missing(
                tree,
                &format!("etc/alternatives/{name}"),
                Node::symlink(format!("/usr/bin/{target}")),
            )?;
            missing(
                tree,
                &format!("usr/bin/{name}"),
                Node::symlink(format!("/etc/alternatives/{name}")),
            )?;
        }
    }
    for (from, to) in DEFAULTS {
        if let Some(contents) = text(tree, from) {
            // What was made before is for a runtime; here the package's own default stands.
            tree.replace(to, Node::file(contents))?;
        }
    }
    for path in LOCAL {
        missing(tree, &format!("usr/local/{path}"), Node::directory())?;
    }
    missing(tree, "etc/dpkg/origins/default", Node::symlink("debian"))?;
    certificates(tree)?;
    accounts(tree)?;
    pam(tree)?;
    apt(tree, recipe)
}

/// The list that `update-ca-certificates` reads: every authority there is.
fn certificates(tree: &mut Tree) -> Result<(), TreeError> {
    let prefix = b"usr/share/ca-certificates/";
    let names = tree.iter().filter_map(|(path, node)| {
        let name = path.as_bytes().strip_prefix(prefix)?;
        let is_authority = name.ends_with(b".crt") && matches!(node.kind, NodeKind::File(_));
        is_authority.then(|| [name, b"\n"].concat())
    });
    let list: Vec<u8> = names.flatten().collect();
    missing(tree, "etc/ca-certificates.conf", Node::file(list))
}

/// Users and groups from Debian's master lists, with the passwords locked and shadowed, and ours.
fn accounts(tree: &mut Tree) -> Result<(), TreeError> {
    for (master, file, shadow, rest, more) in [
        (
            "passwd.master",
            "passwd",
            "shadow",
            ":::::::\n",
            // apt downloads as a user of its own, which newer masters hold.
            &[
                "_apt:*:42:65534::/nonexistent:/usr/sbin/nologin",
                "nonroot:*:65532:65532:nonroot:/home/nonroot:/bin/bash",
            ][..],
        ),
        ("group.master", "group", "gshadow", "::\n", &["nonroot:*:65532:"][..]),
    ] {
        let Some(master) = text(tree, &format!("usr/share/base-passwd/{master}")) else { continue };
        let name = |line: &str| line.split(':').next().unwrap_or_default().to_owned();
        let mut lines: Vec<&str> = master.lines().collect();
        let known: Vec<String> = lines.iter().map(|line| name(line)).collect();
        lines.extend(more.iter().filter(|line| !known.contains(&name(line))));
        let open =
            lines.iter().map(|line| line.replacen(":*:", ":x:", 1) + "\n").collect::<String>();
        let locked = lines.iter().map(|line| name(line) + ":*" + rest).collect::<String>();
        tree.replace(format!("etc/{file}"), Node::file(open))?;
        tree.replace(
            format!("etc/{shadow}"),
            Node::file(locked).with_mode(0o640).with_owner(0, SHADOW),
        )?;
    }
    for file in ["subgid", "subuid"] {
        missing(tree, &format!("etc/{file}"), Node::file(""))?;
    }
    Ok(())
}

fn pam(tree: &mut Tree) -> Result<(), TreeError> {
    for service in ["account", "auth", "password", "session", "session-noninteractive"] {
        let Some(template) = text(tree, &format!("usr/share/pam/common-{service}")) else {
            continue;
        };
        let line = |line: &str| {
            let modules = PAM.iter().find(|(variable, _)| *variable == line);
            let line = modules.map_or(line, |(_, modules)| modules);
            // The other variables stand for modules that nobody installed.
            (!line.starts_with('$')).then(|| line.to_owned() + "\n")
        };
        let contents: String = template.lines().filter_map(line).collect();
        missing(tree, &format!("etc/pam.d/common-{service}"), Node::file(contents))?;
    }
    Ok(())
}

/// Where apt gets more packages from; and what keeps those from starting services and from
/// bringing the documentation that was left out here.
fn apt(tree: &mut Tree, recipe: &BaseRecipe) -> Result<(), TreeError> {
    use std::fmt::Write as _;
    let mut sources = String::new();
    for archive in recipe.suite.archives() {
        let (url, suite) = (archive.repository.default_url(), archive.distribution);
        // Writing to a String cannot fail.
        let _ = writeln!(
            sources,
            "Types: deb\nURIs: {url}\nSuites: {suite}\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
        );
    }
    missing(
        tree,
        "etc/apt/sources.list.d/debian.sources",
        Node::file(sources.trim_end().to_owned() + "\n"),
    )?;
    let excluded: String = DOCUMENTATION
        .iter()
        .flat_map(|path| {
            [
                "path-exclude /",
                path,
                "/*
",
            ]
        })
        .collect();
    let kept = "path-exclude /usr/share/doc/*\npath-include /usr/share/doc/*/copyright\n";
    missing(tree, "etc/dpkg/dpkg.cfg.d/no-documentation", Node::file(excluded + kept))?;
    missing(tree, "usr/sbin/policy-rc.d", Node::executable("#!/bin/sh\nexit 101\n"))
}

/// The contents of a file that is text.
fn text(tree: &Tree, path: &str) -> Option<String> {
    match &tree.get(&LayerPath::new(path).ok()?)?.kind {
        NodeKind::File(contents) => String::from_utf8(contents.to_vec()).ok(),
        NodeKind::Directory | NodeKind::Symlink(_) => None,
    }
}
