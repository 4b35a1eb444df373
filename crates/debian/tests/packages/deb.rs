//! Unpacking package files: sound ones, and hostile ones.

use crate::support::{Package, Tar, chain, file_of, outer};
use boxwright_debian::{Deb, Script};
use boxwright_image::{LayerPath, Node, NodeKind, Tree};
use tar::EntryType;

fn sound() -> Package {
    let data = Tar::new()
        .directory("./", 0o755)
        .directory("./usr/", 0o755)
        .directory("./usr/bin/", 0o755)
        .executable("./usr/bin/tool", "#!tool")
        .entry(EntryType::Link, "./usr/bin/alias", 0o755, "", "./usr/bin/tool")
        .symlink("./usr/bin/link", "/etc/alternatives/tool")
        .entry(EntryType::Regular, "./usr/bin/su", 0o4755, "", "")
        .directory("./var/tmp/", 0o1777);
    Package::new("tool", "1:2-3", data)
        .with_control("md5sums", "00  usr/bin/tool\n")
        .with_control("postinst", "#!/bin/sh\nrm -rf /\n")
        .with_control("shlibs", "")
}

fn node<'a>(deb: &'a Deb, path: &str) -> &'a Node {
    deb.tree.get(&LayerPath::new(path).unwrap()).unwrap()
}

#[test]
fn a_package_is_its_files_its_control_and_the_names_of_its_scripts() {
    for compression in ["", ".gz", ".xz", ".zst"] {
        let deb = Package { compression, ..sound() }.unpack().unwrap();
        assert_eq!(node(&deb, "usr/bin/tool"), &Node::executable("#!tool"));
        assert_eq!(
            node(&deb, "usr/bin/alias"),
            &Node::executable("#!tool"),
            "a hard link is a file"
        );
        assert_eq!(node(&deb, "usr/bin/link"), &Node::symlink("/etc/alternatives/tool"));
        assert_eq!(node(&deb, "usr/bin/su").mode, 0o4755);
        assert_eq!(node(&deb, "var/tmp").mode, 0o1777);
        assert_eq!(deb.tree.len(), 8, "with the directories, the root not counted");
        assert!(deb.control.starts_with("Package: tool\nVersion: 1:2-3\n"));
        assert_eq!(deb.md5sums, "00  usr/bin/tool\n");
        assert_eq!(deb.scripts.into_iter().collect::<Vec<_>>(), [Script::Postinst]);
    }
}

#[test]
fn hard_links_share_their_bytes() {
    let deb = sound().unpack().unwrap();
    let (NodeKind::File(one), NodeKind::File(other)) =
        (&node(&deb, "usr/bin/tool").kind, &node(&deb, "usr/bin/alias").kind)
    else {
        panic!("both are files");
    };
    assert_eq!(one.as_ptr(), other.as_ptr());
}

#[test]
fn many_packages_come_back_in_order() {
    let packages: Vec<_> =
        (0..20).map(|n| Package::new(&format!("p{n}"), "1", Tar::new()).build()).collect();
    let debs = Deb::unpack_all(&packages).unwrap();
    let names: Vec<_> = debs.iter().map(|deb| deb.file.name.as_str()).collect();
    let expected: Vec<_> = packages.iter().map(|(file, _)| file.name.as_str()).collect();
    assert_eq!(names, expected);
}

#[test]
fn hostile_entries_are_refused_by_name() {
    let tar = Tar::new;
    let link = |path: &str, to: &str| Tar::new().entry(EntryType::Link, path, 0o644, "", to);
    for (data, reason) in [
        (tar().file("./../etc/passwd", "x"), "`../etc/passwd` cannot be a path in an image"),
        (tar().file("./usr/../../x", "x"), "has a `..` component"),
        (tar().file("/etc/passwd", "x"), "it is absolute"),
        (tar().file(".//etc/passwd", "x"), "it is absolute"),
        (tar().file("./etc//passwd", "x"), "empty component"),
        (tar().file("", "x"), "it is empty"),
        (tar().file("./a", "1").file("./a", "2"), "`a` is already in the tree as a file"),
        (tar().file("./a", "1").file("a", "2"), "`a` is already in the tree as a file"),
        (
            tar().symlink("./etc", "/host").file("./etc/passwd", "x"),
            "`etc` is already in the tree as a symbolic link",
        ),
        (tar().file("./a", "x").directory("./a/", 0o755), "`a` is already in the tree"),
        (link("./a", "/etc/shadow"), "`./a` is a hard link to no earlier file"),
        (link("./a", "./../b"), "`./a` is a hard link to no earlier file"),
        (link("./a", "./a"), "`./a` is a hard link to no earlier file"),
        (
            tar().directory("./d/", 0o755).entry(EntryType::Link, "./a", 0o644, "", "./d"),
            "to no earlier file",
        ),
        (tar().symlink("./a", ""), "`./a` links to nothing"),
        (tar().entry(EntryType::Block, "./dev/sda", 0o666, "", ""), "`./dev/sda` is a device"),
        (tar().entry(EntryType::Char, "./dev/null", 0o666, "", ""), "`./dev/null` is a device"),
        (tar().entry(EntryType::Fifo, "./run/pipe", 0o666, "", ""), "`./run/pipe` is a named pipe"),
        (tar().entry(EntryType::GNUSparse, "./a", 0o644, "", ""), "is not a tar archive"),
        (
            tar().entry(EntryType::new(b'Z'), "./a", 0o644, "", ""),
            "`./a` is of a kind that packages do not have",
        ),
    ] {
        let error = chain(&Package::new("evil", "6.6", data).unpack().unwrap_err());
        assert!(error.starts_with("cannot unpack `evil 6.6`"), "{error}");
        assert!(error.contains(reason), "expected {reason:?}: {error}");
    }
}

#[test]
fn a_bomb_is_not_unpacked() {
    // 16 MiB and a byte of zeros: what control information may at most unpack to, and a little more.
    let bomb =
        zstd::encode_all(std::io::Read::take(std::io::repeat(0), (16 << 20) + 1), 1).unwrap();
    assert!(bomb.len() < 2000);
    let bytes =
        outer(&[("debian-binary", b"2.0\n"), ("control.tar.zst", &bomb), ("data.tar", &[0; 1024])]);
    let error = Deb::unpack(&file_of("bomb", "1", "all", &bytes), &bytes).unwrap_err();
    insta::assert_snapshot!(chain(&error), @"cannot unpack `bomb 1`: its member `control.tar.zst` cannot be decompressed: it unpacks to more than 16777216 bytes");
}

#[test]
fn what_is_no_package_is_refused() {
    let control =
        Tar::new().file("./control", "Package: x1\nVersion: 1\nArchitecture: all\n").finish();
    let version = ("debian-binary", &b"2.0\n"[..]);
    let (control, data) = (("control.tar", &control[..]), ("data.tar", &[0; 1024][..]));
    let unpack = |bytes: &[u8]| Deb::unpack(&file_of("x1", "1", "all", bytes), bytes);
    let good = outer(&[version, control, data]);
    unpack(&good).unwrap();
    unpack(&outer(&[version, control, ("_gpg", b"sig"), data])).unwrap();

    let cut = |length: usize| good[..length].to_vec();
    let lying = String::from_utf8_lossy(&good).replacen("1024 ", "9999999999", 1);
    for (bytes, reason) in [
        (b"PK".to_vec(), "no `ar` archive"),
        (b"!<arch>\n".to_vec(), "three members"),
        (cut(40), "a header is cut off"),
        (cut(good.len() - 1), "a member is cut off"),
        (outer(&[version, control]), "three members"),
        (outer(&[version, data, control]), "not `control.tar` and `data.tar`"),
        (outer(&[version, control, data, data]), "three members"),
        (outer(&[control, version, data]), "does not start with"),
        (outer(&[("debian-binary", b"3.0\n"), control, data]), "format 2"),
        (outer(&[version, control, ("data.tar.lzma", b"")]), "unknown compression"),
        (
            outer(&[version, control, ("data.tar.xz", b"junk")]),
            "`data.tar.xz` cannot be decompressed",
        ),
        (outer(&[version, control, ("data.tar", &[1; 1024])]), "`data.tar` is not a tar archive"),
        (outer(&[version, ("control.tar", &[0; 1024]), data]), "no control file"),
        (lying.into_bytes(), "a header"),
    ] {
        let error = chain(&unpack(&bytes).unwrap_err());
        assert!(error.contains(reason), "expected {reason:?}: {error}");
    }
}

#[test]
fn the_bytes_must_be_the_ones_promised() {
    let (file, bytes) = sound().build();
    let mut tampered = bytes.clone();
    tampered[100] ^= 1;
    assert!(chain(&Deb::unpack(&file, &tampered).unwrap_err()).contains("fetch it again"));
    for (field, other) in [
        ("Package", file_of("other", "1:2-3", "amd64", &bytes)),
        ("Version", file_of("tool", "1:2-4", "amd64", &bytes)),
        ("Architecture", file_of("tool", "1:2-3", "arm64", &bytes)),
    ] {
        let error = chain(&Deb::unpack(&other, &bytes).unwrap_err());
        assert!(error.contains(&format!("its `{field}` is")), "{error}");
    }
}

proptest::proptest! {
    /// Whatever the bytes, the answer is a value: never a panic, never much memory.
    #[test]
    fn no_input_brings_it_down(at in 0..4000_usize, byte: u8, cut in 0..5000_usize) {
        let (_, mut bytes) = sound().build();
        let at = at % bytes.len();
        bytes[at] = byte;
        bytes.truncate(cut.max(at + 1));
        let _: Result<Tree, _> =
            Deb::unpack(&file_of("tool", "1:2-3", "amd64", &bytes), &bytes).map(|deb| deb.tree);
    }
}
