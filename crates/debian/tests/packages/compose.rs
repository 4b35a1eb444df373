//! Composing bases out of packages made for the test.

use std::collections::BTreeMap;

use boxwright_debian::{
    BaseRecipe, ComposeError, Deb, Flavor, Note, PackageFile, Script, Suite, compose_extra,
};
use boxwright_digest::{Digest, KeyHasher};
use boxwright_image::{LayerPath, NodeKind, Tree};
use boxwright_requirements::{Architecture, Libc, PythonVersion};

use crate::support::{Package, Tar, chain};

#[allow(clippy::too_many_lines, reason = "a table")]
/// A small stand-in for every package that bookworm's runtime is asked for.
fn packages() -> BTreeMap<&'static str, Package> {
    let text = |path: &str| Tar::new().file(path, path);
    let list = [
        ("base-files", "12.4", {
            Tar::new()
                .directory("./", 0o755)
                .directory("./etc/", 0o755)
                .symlink("./etc/os-release", "../usr/lib/os-release")
                .directory("./lib/", 0o755)
                .directory("./root/", 0o700)
                .directory("./tmp/", 0o1777)
                .directory("./usr/lib/", 0o755)
                .file("./usr/lib/os-release", "ID=debian\n")
                .directory("./usr/share/man/", 0o755)
                .file("./usr/share/common-licenses/GPL-3", "licence\n")
        }),
        ("ca-certificates", "2025", {
            Tar::new()
                .file("./usr/share/ca-certificates/mozilla/B.crt", "-----B-----\n")
                .file("./usr/share/ca-certificates/mozilla/A.crt", "-----A-----")
                .file("./usr/share/ca-certificates/mozilla/README", "no certificate\n")
                .executable("./usr/sbin/update-ca-certificates", "#!/bin/sh\n")
        }),
        (
            "libc-bin",
            "2.36-9",
            text("./usr/lib/locale/C.utf8/LC_CTYPE").executable("./sbin/ldconfig", "x"),
        ),
        ("libc6", "2.36-9+deb12u10", {
            Tar::new()
                .directory("./lib64/", 0o755)
                .symlink(
                    "./lib64/ld-linux-x86-64.so.2",
                    "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
                )
                .executable("./lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "loader")
                .file("./lib/x86_64-linux-gnu/libc.so.6", "libc")
                .file("./usr/lib/x86_64-linux-gnu/gconv/UTF-7.so", "x")
                .file("./usr/share/doc/libc6/copyright", "(c)\n")
                .file("./usr/share/doc/libc6/changelog.gz", "x")
        }),
        ("libpython3.11-stdlib", "3.11.2-6+deb12u9", {
            Tar::new()
                .file("./usr/lib/python3.11/os.py", "import sys\n")
                .file("./usr/lib/python3.11/test/__init__.py", "")
                .file(
                    "./usr/lib/python3.11/lib-dynload/readline.cpython-311-x86_64-linux-gnu.so",
                    "x",
                )
        }),
        ("libstdc++6", "12.2.0-14", text("./usr/lib/x86_64-linux-gnu/libstdc++.so.6")),
        ("media-types", "10.0.0", text("./etc/mime.types")),
        ("netbase", "6.4", text("./etc/services")),
        (
            "python3.11-minimal",
            "3.11.2-6+deb12u9",
            Tar::new().executable("./usr/bin/python3.11", "python"),
        ),
        (
            "tzdata",
            "2025b-0",
            text("./usr/share/zoneinfo/Europe/Berlin").file("./usr/share/zoneinfo/right/UTC", "x"),
        ),
    ];
    list.into_iter()
        .map(|(name, version, data)| (name, Package::new(name, version, data)))
        .collect()
}

fn unpack(packages: BTreeMap<&str, Package>) -> Vec<Deb> {
    packages.into_values().map(|package| package.unpack().unwrap()).collect()
}

fn recipe() -> BaseRecipe {
    BaseRecipe::new(Suite::Bookworm, Architecture::Amd64)
}

/// A tree as text: mode, owner, path, and what is there.
fn listing(tree: &Tree) -> String {
    let line = |(path, node): (&LayerPath, &boxwright_image::Node)| {
        let what = match &node.kind {
            NodeKind::Directory => "/".to_owned(),
            NodeKind::File(contents) => format!(" [{}]", contents.escape_ascii()),
            NodeKind::Symlink(target) => format!(" -> {}", target.escape_ascii()),
        };
        format!("{:04o} {}:{} {path}{what}\n", node.mode, node.uid, node.gid)
    };
    tree.iter().map(line).collect()
}

fn digest(tree: &Tree) -> Digest {
    KeyHasher::new("test.tree", 1).field("listing", listing(tree)).finish()
}

#[test]
fn a_base_is_what_its_packages_and_our_hands_make() {
    let mut packages = packages();
    let libc = packages.remove("libc6").unwrap().with_control(
        "md5sums",
        "0a  lib/x86_64-linux-gnu/libc.so.6\n0b  usr/share/doc/libc6/changelog.gz\n0c  usr/share/doc/libc6/copyright\n",
    );
    let fields = "Source: glibc (2.36-9)\n".to_owned();
    packages.insert("libc6", Package { fields, ..libc });
    let base = recipe().compose(&unpack(packages)).unwrap();

    insta::assert_snapshot!(listing(&base.tree));
    assert_eq!(base.target.python, PythonVersion { major: 3, minor: 11, patch: 2 });
    assert_eq!(base.target.libc, Libc::Glibc { major: 2, minor: 36 });
    assert_eq!(base.notes, []);
    let libc = base.packages.iter().find(|package| package.file.name == "libc6").unwrap();
    assert_eq!((libc.source.as_str(), libc.source_version.as_deref()), ("glibc", Some("2.36-9")));
    let names: Vec<_> = base.packages.iter().map(|package| package.file.name.as_str()).collect();
    assert!(names.is_sorted() && names.len() == 10, "{names:?}");
}

#[test]
fn the_same_packages_give_the_same_bytes_in_any_order() {
    let mut debs = unpack(packages());
    let pinned = "4206f0916a700e0061d3d5f1ef95f2af80fa5dfc0cf25b5cf75f90e7cad2879f";
    assert_eq!(digest(&recipe().compose(&debs).unwrap().tree).hex(), pinned);
    debs.reverse();
    assert_eq!(digest(&recipe().compose(&debs).unwrap().tree).hex(), pinned);
    debs.swap(0, 5);
    assert_eq!(digest(&recipe().compose(&debs).unwrap().tree).hex(), pinned);
}

#[test]
fn an_extension_module_stays_with_its_library() {
    let module = "usr/lib/python3.11/lib-dynload/readline.cpython-311-x86_64-linux-gnu.so";
    assert!(!recipe().compose(&unpack(packages())).unwrap().tree.contains(module));
    let mut packages = packages();
    let library = Tar::new().file("./lib/x86_64-linux-gnu/libreadline.so.8", "x");
    packages.insert("libreadline8", Package::new("libreadline8", "8.2", library));
    assert!(recipe().compose(&unpack(packages)).unwrap().tree.contains(module));
}

#[test]
fn an_extra_package_whose_scripts_matter_is_named() {
    let extra = || {
        Package::new("postgresql-client", "15", Tar::new().executable("./usr/bin/psql", "x"))
            .with_control("postinst", "#!/bin/sh\n")
            .with_control("prerm", "#!/bin/sh\n")
    };
    let mut with_extra = packages();
    with_extra.insert("postgresql-client", extra());
    let recipe = BaseRecipe { extra: vec!["postgresql-client".to_owned()], ..recipe() };
    let base = recipe.compose(&unpack(with_extra)).unwrap();
    let note = Note { package: "postgresql-client".to_owned(), scripts: vec![Script::Postinst] };
    assert_eq!(base.notes, std::slice::from_ref(&note));
    assert!(base.tree.contains("usr/bin/psql"));

    let base: Vec<PackageFile> = unpack(packages()).into_iter().map(|deb| deb.file).collect();
    let layer = compose_extra(&base, &[extra().unpack().unwrap()]).unwrap();
    assert_eq!(layer.notes, [note]);
    assert_eq!(layer.packages[0].file.name, "postgresql-client");
    insta::assert_snapshot!(listing(&layer.tree));
}

#[test]
fn what_makes_no_base_is_refused_by_name() {
    let refusal = |change: &dyn Fn(&mut Vec<Deb>)| {
        let mut debs = unpack(packages());
        change(&mut debs);
        chain(&recipe().compose(&debs).unwrap_err())
    };
    let add =
        |name: &str, version: &str, data: Tar| Package::new(name, version, data).unpack().unwrap();
    insta::assert_snapshot!(refusal(&|debs| debs.retain(|deb| deb.file.name != "libc6")), @"`libc6` is not among the packages given: fetch all that the recipe resolves to");
    insta::assert_snapshot!(refusal(&|debs| debs.push(add("tzdata", "2", Tar::new()))), @"`tzdata` was given twice");
    insta::assert_snapshot!(refusal(&|debs| debs.push(add("zz", "2", Tar::new().file("./usr/lib/os-release", "ID=x\n")))), @"both `base-files` and `zz` want to put something at `usr/lib/os-release`: leave one of them out");
    insta::assert_snapshot!(refusal(&|debs| debs.push(add("zz", "2", Tar::new().file("./lib/os-release", "ID=x\n")))), @"both `base-files` and `zz` want to put something at `usr/lib/os-release`: leave one of them out");
    insta::assert_snapshot!(refusal(&|debs| debs.push(add("zz", "2", Tar::new().file("./etc/services/x", "")))), @"both `netbase` and `zz` want to put something at `etc/services`: leave one of them out");
    insta::assert_snapshot!(refusal(&|debs| debs[0].file.architecture = "arm64".to_owned()), @"`base-files` is built for arm64, and the base for amd64");
    insta::assert_snapshot!(refusal(&|debs| {
        let python = debs.iter_mut().find(|deb| deb.file.name == "python3.11-minimal").unwrap();
        python.file.version = "3.11~rc1-1".to_owned();
    }), @"`python3.11-minimal` has version `3.11~rc1-1`, which does not start with numbers");
}

#[test]
fn packages_may_agree_on_a_file() {
    let mut debs = unpack(packages());
    let same = Tar::new().file("./usr/lib/os-release", "ID=debian\n");
    debs.push(Package::new("zz", "1", same).unpack().unwrap());
    recipe().compose(&debs).unwrap();
}

#[test]
fn a_layer_does_not_replace_its_base() {
    let base: Vec<PackageFile> = unpack(packages()).into_iter().map(|deb| deb.file).collect();
    let newer = Package::new("libc6", "2.37", Tar::new()).unpack().unwrap();
    let error = compose_extra(&base, &[newer]).unwrap_err();
    assert!(matches!(error, ComposeError::Replaces { .. }));
    insta::assert_snapshot!(error, @"adding `libc6` 2.37 would replace 2.36-9+deb12u10 of the base: compose the base anew, with newer packages");
}

#[test]
fn a_recipe_names_what_it_wants() {
    let recipe =
        |flavor| BaseRecipe { flavor, ..BaseRecipe::new(Suite::Trixie, Architecture::Arm64) };
    assert_eq!(
        recipe(Flavor::Runtime).wanted(),
        [
            "base-files",
            "ca-certificates",
            "libc-bin",
            "libc6",
            "libpython3.13-stdlib",
            "libstdc++6",
            "media-types",
            "netbase",
            "python3.13-minimal",
            "tzdata",
        ]
    );
    assert!(recipe(Flavor::Full).wanted().iter().any(|name| name == "python3-pip-whl"));
    for (name, reason) in recipe(Flavor::Runtime).left_out() {
        assert!(reason.len() > 20, "{name} has no reason");
    }
}

/// Stand-ins for every package that a full base is asked for; most are empty.
fn full_packages() -> BTreeMap<String, Package> {
    let recipe = BaseRecipe { flavor: Flavor::Full, ..recipe() };
    let mut all: BTreeMap<String, Package> = recipe
        .wanted()
        .into_iter()
        .map(|name| (name.clone(), Package::new(&name, "1", Tar::new())))
        .collect();
    all.extend(packages().into_iter().map(|(name, package)| (name.to_owned(), package)));
    let mut replace = |package: Package| all.insert(package.name.clone(), package);
    replace(Package::new(
        "base-passwd",
        "3.6",
        Tar::new()
            .file("./usr/share/base-passwd/passwd.master", "root:*:0:0:root:/root:/bin/bash\n")
            .file("./usr/share/base-passwd/group.master", "root:*:0:\nshadow:*:42:\n"),
    ));
    replace(Package::new("gcc", "12", Tar::new().executable("./usr/bin/gcc", "gcc")));
    replace(
        Package::new(
            "bash",
            "5",
            Tar::new().file("./etc/bash.bashrc", "PS1=\n").executable("./bin/bash", "bash"),
        )
        .with_control("conffiles", "/etc/bash.bashrc\n/etc/gone\nremove-on-upgrade /etc/old\n")
        .with_control("md5sums", "aa  bin/bash\n")
        .with_control("postinst", "#!/bin/bash\n"),
    );
    let same = Package::new("libffi-dev", "3", Tar::new()).with_control("shlibs", "x\n");
    replace(Package { fields: "Multi-Arch: same\n".to_owned(), ..same });
    replace(
        Package::new(
            "debianutils",
            "5",
            Tar::new().file("./usr/share/debianutils/shells", "/bin/sh\n"),
        )
        .with_control(
            "triggers",
            "interest-noawait /usr/share/debianutils/shells.d\nactivate ldconfig\n",
        ),
    );
    let libc = packages().remove("libc-bin").unwrap();
    replace(libc.with_control("triggers", "interest-await ldconfig\n"));
    let pam = "# auth\n$auth_primary\nauth\trequisite\tpam_deny.so\n$auth_additional\n";
    replace(Package::new("passwd", "4", Tar::new().file("./usr/share/pam/common-auth", pam)));
    all
}

fn wheel(record: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, contents) in [("pip/__init__.py", ""), ("pip-23.0.dist-info/RECORD", record)] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, contents.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn full_base(wheel: &[u8]) -> Result<Tree, ComposeError> {
    let mut debs: Vec<Deb> =
        full_packages().into_values().map(|package| package.unpack().unwrap()).collect();
    let pip = debs.iter_mut().find(|deb| deb.file.name == "python3-pip-whl").unwrap();
    let path = "usr/share/python-wheels/pip-23.0-py3-none-any.whl";
    pip.tree.insert(path, boxwright_image::Node::file(wheel.to_vec())).unwrap();
    let recipe = BaseRecipe { flavor: Flavor::Full, ..recipe() };
    recipe.compose(&debs).map(|base| base.tree)
}

fn contents(tree: &Tree, path: &str) -> String {
    match &tree.get(&LayerPath::new(path).unwrap()).unwrap().kind {
        NodeKind::File(contents) => String::from_utf8(contents.to_vec()).unwrap(),
        NodeKind::Symlink(target) => format!("-> {}", target.escape_ascii()),
        NodeKind::Directory => "/".to_owned(),
    }
}

#[test]
fn a_full_base_has_what_scripts_would_have_made() {
    let tree = full_base(&wheel("pip/__init__.py,,\n")).unwrap();
    let paths = [
        "etc/passwd",
        "etc/group",
        "etc/shadow",
        "etc/gshadow",
        "etc/shells",
        "usr/bin/cc",
        "etc/alternatives/cc",
        "etc/pam.d/common-auth",
        "etc/ca-certificates.conf",
        "etc/apt/sources.list.d/debian.sources",
        "etc/dpkg/dpkg.cfg.d/no-documentation",
        "usr/local/bin/pip3.11",
        "usr/local/lib/python3.11/dist-packages/pip-23.0.dist-info/RECORD",
        "var/run",
        "var/lib/dpkg/triggers/File",
        "var/lib/dpkg/triggers/ldconfig",
        "var/lib/dpkg/info/bash.list",
        "var/lib/dpkg/info/bash.postinst",
        "var/lib/dpkg/info/libffi-dev:amd64.shlibs",
    ];
    let made: Vec<_> = paths
        .iter()
        .map(|path| {
            format!(
                "── {path}
{}
",
                contents(&tree, path)
            )
        })
        .collect();
    insta::assert_snapshot!(made.concat());

    let shadow = tree.get(&LayerPath::new("etc/shadow").unwrap()).unwrap();
    assert_eq!((shadow.mode, shadow.uid, shadow.gid), (0o640, 0, 42));
    assert!(!tree.contains("usr/bin/c++"), "no link to what is not there");
    assert!(!tree.contains("var/lib/dpkg/status.d"), "dpkg's own list is enough");
    let status = contents(&tree, "var/lib/dpkg/status");
    insta::assert_snapshot!(&status[..status.find("Package: bsdutils").unwrap()]);
}

#[test]
fn a_broken_wheel_of_pip_is_refused() {
    let reason = |wheel: &[u8]| chain(&full_base(wheel).unwrap_err());
    assert!(reason(b"PK").starts_with(
        "cannot install pip from `usr/share/python-wheels/pip-23.0-py3-none-any.whl`"
    ));
    // The same length, so that the archive stays sound, and a name that leads outside.
    let mut evil = wheel("");
    for at in 0..evil.len() - 12 {
        if &evil[at..at + 12] == b"pip/__init__" {
            evil[at..at + 12].copy_from_slice(b"../../../etc");
        }
    }
    assert!(reason(&evil).contains("component"), "{}", reason(&evil));
    let debs: Vec<Deb> =
        full_packages().into_values().map(|package| package.unpack().unwrap()).collect();
    let recipe = BaseRecipe { flavor: Flavor::Full, ..recipe() };
    assert!(
        matches!(recipe.compose(&debs), Err(ComposeError::Missing { .. })),
        "the package is there, its wheel is not"
    );
}
