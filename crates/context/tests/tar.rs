//! The tar stream, read back by an independent reader.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{self, Read as _, Write};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use boxwright_context::{ArchiveError, Context, RelPath, ScanOptions, Snapshot, TarOptions};
use boxwright_digest::Digest;

fn project() -> (tempfile::TempDir, Snapshot) {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("bin")).unwrap();
    fs::write(root.path().join("bin/start"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(root.path().join("bin/start"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(root.path().join("app.py"), "print('hi')\n").unwrap();
    fs::write(root.path().join("empty"), "").unwrap();
    fs::write(root.path().join("n".repeat(200)), "long").unwrap();
    symlink("app.py", root.path().join("main.py")).unwrap();
    let snapshot = Context::scan(root.path(), &ScanOptions::default()).unwrap();
    (root, snapshot)
}

fn listing(tar: &[u8]) -> Vec<String> {
    let mut archive = tar::Archive::new(tar);
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let header = entry.header();
        let numbers = (header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap());
        let line = format!(
            "{:?} {:04o} {numbers:?} {} {}",
            header.entry_type(),
            header.mode().unwrap(),
            String::from_utf8_lossy(&entry.path_bytes()),
            String::from_utf8_lossy(&entry.link_name_bytes().unwrap_or_default()),
        );
        let mut contents = String::new();
        entry.read_to_string(&mut contents).unwrap();
        format!("{line} {contents:?}")
    });
    entries.collect()
}

#[test]
fn the_stream_holds_the_context_under_its_prefix() {
    let (_root, snapshot) = project();
    let options = TarOptions {
        prefix: Some(RelPath::new("srv/app").unwrap()),
        mtime: 1_500_000_000,
        uid: 1000,
        gid: 100,
    };
    let tar = snapshot.write_tar(Vec::new(), &options).unwrap();
    insta::assert_snapshot!(listing(&tar).join("\n"));
    assert_eq!(tar, snapshot.write_tar(Vec::new(), &options).unwrap());
}

#[test]
fn one_byte_of_drift_fails_here() {
    let (_root, snapshot) = project();
    let tar = snapshot.write_tar(Vec::new(), &TarOptions::default()).unwrap();
    assert_eq!(
        Digest::of(tar).hex(),
        "486314e5153412a25d6f43f953f900c0e3991ecad9842068346e576b997b685f"
    );
}

/// Accepts so many bytes, and then no more.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 < bytes.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0 -= bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_not_a_changed_file() {
    let (_root, snapshot) = project();
    for room in [0, 600, 3000] {
        let error = snapshot.write_tar(Full(room), &TarOptions::default()).map(|_| ()).unwrap_err();
        assert!(matches!(error, ArchiveError::Write { .. }), "{error}");
    }
}
