//! The stat cache: fast where nothing changed, and never wrong.
#![allow(missing_docs, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, FileTimes};
use std::path::Path;
use std::time::Duration;

use boxwright_context::{Context, EntryKind, ScanOptions, Snapshot, Warning};
use boxwright_digest::Digest;
use proptest::prelude::*;

fn scan(root: &Path, cache: &Path) -> Snapshot {
    let options = ScanOptions { stat_cache: Some(cache.to_owned()), ..ScanOptions::default() };
    Context::scan(root, &options).unwrap()
}

fn digest(snapshot: &Snapshot, path: &str) -> Digest {
    match snapshot.get(path).unwrap().kind {
        EntryKind::File { digest, .. } => digest,
        ref other => panic!("{path} is {other:?}"),
    }
}

/// Long enough for a file to be remembered on a file system with fine times.
fn settle() {
    std::thread::sleep(Duration::from_millis(60));
}

#[test]
fn a_file_written_right_after_the_scan_is_read_again() {
    let (root, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (file, cache) = (root.path().join("f"), cache.path().join("stat"));
    for round in 0..300 {
        let contents = format!("{round:03}");
        // The same inode, the same size, and likely the same tick of the clock.
        fs::write(&file, &contents).unwrap();
        assert_eq!(digest(&scan(root.path(), &cache), "f"), Digest::of(&contents), "round {round}");
    }
}

#[test]
fn times_set_back_do_not_hide_a_change() {
    let (root, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (path, cache) = (root.path().join("f"), cache.path().join("stat"));
    fs::write(&path, "before").unwrap();
    let times = fs::metadata(&path).unwrap().modified().unwrap();
    settle();
    scan(root.path(), &cache);
    fs::write(&path, "after!").unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_times(FileTimes::new().set_modified(times)).unwrap();
    settle();
    assert_eq!(digest(&scan(root.path(), &cache), "f"), Digest::of("after!"));
}

#[test]
fn an_unchanged_tree_leaves_the_cache_alone() {
    let (root, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let cache = cache.path().join("made/on/demand/stat");
    for name in ["a", "b", "c"] {
        fs::write(root.path().join(name), name).unwrap();
    }
    settle();
    let first = scan(root.path(), &cache);
    let written = fs::read(&cache).unwrap();
    let inode = |path: &Path| std::os::unix::fs::MetadataExt::ino(&fs::metadata(path).unwrap());
    let before = inode(&cache);
    let second = scan(root.path(), &cache);
    assert_eq!(second.entries(), first.entries());
    assert_eq!((inode(&cache), fs::read(&cache).unwrap()), (before, written.clone()));

    fs::write(root.path().join("b"), "other").unwrap();
    fs::remove_file(root.path().join("c")).unwrap();
    settle();
    let third = scan(root.path(), &cache);
    assert_eq!(digest(&third, "b"), Digest::of("other"));
    assert!(fs::read(&cache).unwrap().len() < written.len(), "what went is forgotten");
    assert_eq!(fs::read_dir(cache.parent().unwrap()).unwrap().count(), 1, "nothing is left behind");
}

#[test]
fn a_cache_that_cannot_be_used_is_a_note_and_no_more() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("f"), "x").unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("file"), "").unwrap();
    for cache in [elsewhere.path().to_owned(), elsewhere.path().join("file/stat")] {
        let snapshot = scan(root.path(), &cache);
        assert_eq!(digest(&snapshot, "f"), Digest::of("x"));
        let notes = snapshot.warnings();
        assert!(!notes.is_empty() && notes.iter().all(|w| matches!(w, Warning::StatCache { .. })));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever happens to the file, the scan is right, and the next one finds it repaired.
    #[test]
    fn a_damaged_cache_is_noticed(at in any::<prop::sample::Index>(), flip in 1_u8.., cut in any::<bool>()) {
        let (root, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let cache = cache.path().join("stat");
        for name in ["a", "b"] {
            fs::write(root.path().join(name), name).unwrap();
        }
        // Made of old files without waiting for them to age: the cache's own times do not count.
        settle();
        scan(root.path(), &cache);
        let mut bytes = fs::read(&cache).unwrap();
        prop_assert!(bytes.len() > 100);
        let at = at.index(bytes.len());
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] ^= flip;
        }
        fs::write(&cache, &bytes).unwrap();
        let damaged = scan(root.path(), &cache);
        prop_assert_eq!(digest(&damaged, "a"), Digest::of("a"));
        prop_assert_eq!(digest(&damaged, "b"), Digest::of("b"));
        let noted = matches!(damaged.warnings(), [Warning::StatCache { .. }]);
        prop_assert!(noted, "{:?}", damaged.warnings());
        let repaired = scan(root.path(), &cache);
        prop_assert_eq!(repaired.warnings(), []);
    }

    #[test]
    fn rubbish_is_no_cache(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let (root, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let cache = cache.path().join("stat");
        fs::write(root.path().join("a"), "a").unwrap();
        fs::write(&cache, &bytes).unwrap();
        let snapshot = scan(root.path(), &cache);
        prop_assert_eq!(digest(&snapshot, "a"), Digest::of("a"));
        prop_assert_eq!(snapshot.warnings().len(), 1);
    }
}
