//! How long a scan takes, beside the plainest way to read and hash the same files.
//!
//! `cargo bench -p boxwright-context`. The trees are made once, in the temporary directory.

#![allow(missing_docs, clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use boxwright_context::{Context, Dialect, IgnoreFile, Matcher, ScanOptions, Snapshot, TarOptions};
use boxwright_digest::Digest;
use divan::{Bencher, black_box};
use rayon::prelude::*;

fn main() {
    divan::main();
}

/// Trees of so many files of about 500 bytes, 250 to a directory.
fn tree(files: usize) -> &'static Path {
    static TREES: OnceLock<tempfile::TempDir> = OnceLock::new();
    let root = TREES.get_or_init(|| tempfile::tempdir().unwrap()).path().join(files.to_string());
    if !root.exists() {
        (0..files.div_ceil(250)).into_par_iter().for_each(|directory| {
            let path = root.join(format!("package{:03}/module{directory:04}", directory % 20));
            std::fs::create_dir_all(&path).unwrap();
            for file in (directory * 250)..(directory * 250 + 250).min(files) {
                let line = format!("value_{file} = {file}  # a line as they are\n");
                std::fs::write(path.join(format!("file{file:06}.py")), line.repeat(14)).unwrap();
            }
        });
        // So that the files are old enough for the stat cache to trust their times.
        std::thread::sleep(Duration::from_millis(50));
    }
    Box::leak(root.into_boxed_path())
}

fn options(files: usize) -> ScanOptions {
    let stat_cache = Some(tree(files).parent().unwrap().join(format!("{files}.stat")));
    ScanOptions { stat_cache, ..ScanOptions::default() }
}

fn scan(files: usize, options: &ScanOptions) -> Snapshot {
    let snapshot = Context::scan(tree(files), options).unwrap();
    assert!(snapshot.entries().len() > files);
    snapshot
}

/// The first scan: everything is read and hashed.
#[divan::bench(args = [20, 10_000, 100_000], sample_count = 5)]
fn first(bencher: Bencher<'_, '_>, files: usize) {
    tree(files);
    bencher.bench(|| scan(files, &ScanOptions::default()));
}

/// The floor under the first scan: the paths are known, and nothing is checked.
#[divan::bench(args = [20, 10_000, 100_000], sample_count = 5)]
fn first_plainest_loop(bencher: Bencher<'_, '_>, files: usize) {
    let paths: Vec<PathBuf> = walkdir::WalkDir::new(tree(files))
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect();
    assert_eq!(paths.len(), files);
    bencher.bench(|| {
        let hash = |path: &PathBuf| Digest::of(std::fs::read(path).unwrap());
        paths.par_iter().map(hash).collect::<Vec<_>>()
    });
}

/// A scan of an unchanged tree.
#[divan::bench(args = [20, 10_000, 100_000], sample_count = 10)]
fn unchanged(bencher: Bencher<'_, '_>, files: usize) {
    let options = options(files);
    scan(files, &options);
    bencher.bench(|| scan(files, &options));
}

/// The same with the digest of the whole, and under an ignore file as people write them.
#[divan::bench(args = [20, 10_000, 100_000], sample_count = 10)]
fn unchanged_with_ignore_file(bencher: Bencher<'_, '_>, files: usize) {
    const IGNORE: &str = ".git\n.venv\n**/__pycache__\n**/*.pyc\n**/*.py[co]\n*.egg-info\n.env*\n\
                          !.env.example\n**/.DS_Store\nnode_modules\n**/*.log\ndocs/**\n!docs/*.md\n";
    let ignore = IgnoreFile::parse(IGNORE, ".dockerignore").unwrap();
    let ignore = || Matcher::new(&ignore, Dialect::Current).unwrap();
    scan(files, &options(files));
    bencher.bench(|| scan(files, &ScanOptions { ignore: ignore(), ..options(files) }).digest());
}

/// What BuildKit needs for an unchanged tree, with `docker build`. Needs an engine, and so runs
/// with `-- --include-ignored` only.
#[divan::bench(args = [100_000], sample_count = 3, ignore)]
fn unchanged_by_docker(bencher: Bencher<'_, '_>, files: usize) {
    let dockerfile = tree(files).parent().unwrap().join("Dockerfile");
    std::fs::write(&dockerfile, "FROM scratch\nCOPY . /\n").unwrap();
    let build = || {
        // The docker client of Engine 20.10 has BuildKit built in; later ones need a plugin.
        let client =
            if Path::new("/usr/bin/docker").exists() { "/usr/bin/docker" } else { "docker" };
        let mut command = std::process::Command::new(client);
        command.env("DOCKER_BUILDKIT", "1").args(["build", "-q", "-f"]).arg(&dockerfile);
        let output = command.arg(tree(files)).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    build();
    bencher.bench(build);
}

/// The tar stream, without writing it anywhere.
#[divan::bench(args = [20, 10_000], sample_count = 5)]
fn tar(bencher: Bencher<'_, '_>, files: usize) {
    let snapshot = scan(files, &options(files));
    bencher.bench(|| {
        black_box(snapshot.write_tar(std::io::sink(), &TarOptions::default()).unwrap());
    });
}
