//! The cache under stress: many builds at once, builds that are killed, damaged files.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use boxwright_e2e::{boxwright, root, succeed};

fn build(cache: &Path) -> Command {
    let mut command = boxwright();
    command
        .args(["build", "--quiet", "--cache-dir"])
        .arg(cache)
        .arg(root().join("samples/gunicorn"));
    command
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn eight_builds_share_an_empty_cache() {
    let directory = tempfile::tempdir().unwrap();
    let builds: Vec<_> =
        (0..8).map(|_| build(directory.path()).stdout(Stdio::piped()).spawn().unwrap()).collect();
    let digests: Vec<_> = builds
        .into_iter()
        .map(|build| {
            let output = build.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            output.stdout
        })
        .collect();
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
}

#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn a_killed_build_leaves_nothing_wrong() {
    let expected = succeed(&mut build(tempfile::tempdir().unwrap().path()));
    let directory = tempfile::tempdir().unwrap();
    // From the first milliseconds, when the cache is made, to the last, when the image gets its name.
    for milliseconds in (0..50).map(|step| 3 + step * step) {
        let mut killed =
            build(directory.path()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(milliseconds));
        killed.kill().unwrap();
        killed.wait().unwrap();
    }
    assert_eq!(succeed(&mut build(directory.path())), expected);
}

/// Whatever file of the cache is cut short, or holds other bytes, the next build gives the same
/// image, or says what is damaged; and the one after that is well.
#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn damage_is_found_or_does_not_matter() {
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("cache");
    let archive = format!("archive:{}", directory.path().join("image.tar").display());
    let mut with_archive = build(&cache);
    let expected = succeed(with_archive.args(["--output", &archive]));
    for folder in ["content", "records", "pages", "store/blobs"] {
        for path in files(&cache.join(folder)).into_iter().step_by(5) {
            let bytes = std::fs::read(&path).unwrap();
            std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
            assert_eq!(
                succeed(&mut build(&cache)),
                expected,
                "after {} was cut short",
                path.display()
            );
        }
    }
    // Of the right length and with other bytes: found when the layer leaves the store, and mended.
    let layers = files(&cache.join("store/blobs"))
        .into_iter()
        .filter(|path| path.metadata().unwrap().len() > 100_000);
    for path in layers {
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let mut with_archive = build(&cache);
        assert_eq!(
            succeed(with_archive.args(["--output", &archive])),
            expected,
            "after {} changed",
            path.display()
        );
    }
}
