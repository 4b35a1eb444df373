//! What the writer writes, an independent reader reads back.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Read;

use boxwright_tar::{Attributes, Error, Writer};
use proptest::prelude::*;

#[derive(Debug, Clone, PartialEq)]
struct Read1 {
    kind: tar::EntryType,
    path: Vec<u8>,
    target: Vec<u8>,
    contents: Vec<u8>,
    attributes: Attributes,
}

fn read(bytes: &[u8]) -> Vec<Read1> {
    let mut archive = tar::Archive::new(bytes);
    archive
        .entries()
        .unwrap()
        .map(|entry| {
            let mut entry = entry.unwrap();
            // Numbers that went into pax records are read from there by `tar` for size alone.
            let mut attributes = Attributes {
                mode: entry.header().mode().unwrap(),
                uid: entry.header().uid().unwrap(),
                gid: entry.header().gid().unwrap(),
                mtime: entry.header().mtime().unwrap(),
            };
            if let Some(extensions) = entry.pax_extensions().unwrap() {
                for record in extensions.map(Result::unwrap) {
                    let number = || record.value().unwrap().parse().unwrap();
                    match record.key().unwrap() {
                        "uid" => attributes.uid = number(),
                        "gid" => attributes.gid = number(),
                        "mtime" => attributes.mtime = number(),
                        _ => {}
                    }
                }
            }
            let mut contents = Vec::new();
            entry.read_to_end(&mut contents).unwrap();
            Read1 {
                kind: entry.header().entry_type(),
                path: entry.path_bytes().into_owned(),
                target: entry
                    .link_name_bytes()
                    .map(std::borrow::Cow::into_owned)
                    .unwrap_or_default(),
                contents,
                attributes,
            }
        })
        .collect()
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    // Any byte but NUL and slash in a component, up to well past both ustar limits. No newline
    // either: the reading crate cuts pax records at newlines, although they count their bytes.
    let component = proptest::collection::vec(
        (1_u8..=255).prop_filter("no slash", |b| !b"/\n".contains(b)),
        1..120,
    );
    proptest::collection::vec(component, 1..6).prop_map(|parts| parts.join(&b'/'))
}

fn attributes() -> impl Strategy<Value = Attributes> {
    let id =
        prop_oneof![0_u64..70_000, Just(2_097_151), Just(2_097_152), Just(u64::from(u32::MAX))];
    let mtime =
        prop_oneof![Just(0_u64), Just(1_700_000_000), Just(0o77_777_777_777), Just(1 << 40)];
    (0_u32..=0o7777, id.clone(), id, mtime).prop_map(|(mode, uid, gid, mtime)| Attributes {
        mode,
        uid,
        gid,
        mtime,
    })
}

proptest! {
    #[test]
    fn a_file_comes_back(path in path(), attributes in attributes(), contents in proptest::collection::vec(any::<u8>(), 0..1500)) {
        let mut writer = Writer::new(Vec::new());
        writer.file(&path, &attributes, contents.len() as u64, &mut &contents[..]).unwrap();
        let bytes = writer.finish().unwrap();
        prop_assert_eq!(read(&bytes), vec![Read1 { kind: tar::EntryType::Regular, path, target: vec![], contents, attributes }]);
    }

    #[test]
    fn links_and_directories_come_back(path in path(), target in path(), attributes in attributes()) {
        let mut writer = Writer::new(Vec::new());
        writer.directory(&path, &attributes).unwrap();
        writer.symlink(&path, &attributes, &target).unwrap();
        writer.hard_link(&path, &attributes, &target).unwrap();
        let bytes = writer.finish().unwrap();
        let entry = |kind, path: &[u8], target: &[u8]| Read1 { kind, path: path.to_vec(), target: target.to_vec(), contents: vec![], attributes };
        prop_assert_eq!(read(&bytes), vec![
            entry(tar::EntryType::Directory, &[&path[..], b"/"].concat(), b""),
            entry(tar::EntryType::Symlink, &path, &target),
            entry(tar::EntryType::Link, &path, &target),
        ]);
    }
}

#[test]
fn a_file_that_changes_its_size_is_an_error() {
    for (promised, found) in [(4, 3), (2, 3), (0, 3)] {
        let mut writer = Writer::new(Vec::new());
        let error =
            writer.file(b"log", &Attributes::file(), promised, &mut &b"abc"[..]).unwrap_err();
        assert!(
            matches!(error, Error::SizeChanged { expected, .. } if expected == promised),
            "{error} ({found})"
        );
    }
}

/// A reader that would hold the writer to its word: memory stays constant.
#[test]
fn a_large_file_streams() {
    struct Count(u64);
    impl std::io::Write for Count {
        fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
            self.0 += buf.len() as u64;
            Ok(buf.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let size = 200 << 20;
    let mut writer = Writer::new(Count(0));
    writer.file(b"big", &Attributes::file(), size, &mut std::io::repeat(7).take(size)).unwrap();
    assert_eq!(writer.finish().unwrap().0, 512 + size + 1024);
}

/// GNU tar and bsdtar agree with these bytes; a drift would change every layer's digest.
#[test]
fn the_bytes_are_pinned() {
    let mut writer = Writer::new(Vec::new());
    writer.directory(b"app", &Attributes::directory()).unwrap();
    writer.file(b"app/server.py", &Attributes::executable(), 5, &mut &b"hello"[..]).unwrap();
    writer
        .symlink(
            &[b'l'; 300],
            &Attributes { uid: 3_000_000, mtime: 1 << 34, ..Attributes::symlink() },
            &[b't'; 101],
        )
        .unwrap();
    let bytes = writer.finish().unwrap();
    assert_eq!(
        boxwright_digest::Digest::of(&bytes).hex(),
        "d35aa0aced2267f54c106c112fbd33ce1c10de925ccb4683712759486f927781"
    );
}
