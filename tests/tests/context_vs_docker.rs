//! Random projects under random ignore files: what is in our tar stream is what a real builder
//! copies. Every docker client found is asked, each with the builders it has.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use boxwright_context::{Context, Dialect, IgnoreFile, Matcher, ScanOptions, TarOptions};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

/// How many projects each builder is given. A build takes about half a second.
const CASES: u32 = 40;

/// A docker client with one of its builders.
#[derive(Debug, Clone)]
struct Builder {
    client: PathBuf,
    buildkit: bool,
    dialect: Dialect,
}

/// What is at a path: a directory, a file's contents, a link's target.
type Listing = BTreeMap<String, String>;

#[test]
#[ignore = "needs the network and a Docker Engine: cargo xtask e2e"]
fn the_tar_stream_is_what_docker_copies() {
    let builders = builders();
    assert!(!builders.is_empty(), "no docker client with a working builder was found");
    for builder in builders {
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let agree =
            |(files, ignore): (BTreeSet<String>, String)| compare(&builder, &files, &ignore);
        TestRunner::new(config).run(&(files(), ignore_file()), agree).unwrap();
    }
}

fn compare(builder: &Builder, files: &BTreeSet<String>, ignore: &str) -> Result<(), TestCaseError> {
    let project = tempfile::tempdir().unwrap();
    build_tree(project.path(), files);
    fs::write(project.path().join(".dockerignore"), ignore).unwrap();
    let ours = ours(project.path(), builder.dialect);
    let theirs = builder.build(project.path());
    match (ours, theirs) {
        (Err(_), Err(_)) => Ok(()),
        (Ok(mut ours), Ok(mut theirs)) => {
            // The classic client sends the ignore file whatever it says.
            ours.remove(".dockerignore");
            theirs.remove(".dockerignore");
            // Nor does it take out the Dockerfile that it was given from elsewhere.
            theirs.retain(|path, _| !path.starts_with(".dockerfile."));
            prop_assert_eq!(ours, theirs, "{:?}\n{}", builder, ignore);
            Ok(())
        }
        (Ok(_), Err(error)) => Err(TestCaseError::fail(format!("{builder:?}: {error}\n{ignore}"))),
        (Err(error), Ok(_)) => {
            Err(TestCaseError::fail(format!("{builder:?} takes what we refuse: {error}\n{ignore}")))
        }
    }
}

fn ours(root: &Path, dialect: Dialect) -> Result<Listing, String> {
    let scanned = || {
        let found = IgnoreFile::find(root, "Dockerfile".as_ref())?;
        let ignore = Matcher::new(&found.file, dialect)?;
        let snapshot = Context::scan(root, &ScanOptions { ignore, stat_cache: None })?;
        Ok(snapshot.write_tar(Vec::new(), &TarOptions::default())?)
    };
    scanned().map(|tar| listing(&tar, "")).map_err(|error: anyhow::Error| error.to_string())
}

fn listing(tar: &[u8], below: &str) -> Listing {
    let mut archive = tar::Archive::new(tar);
    let mut listing = Listing::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let Some(path) = path.trim_end_matches('/').strip_prefix(below) else { continue };
        let what = match entry.header().entry_type() {
            tar::EntryType::Directory => "directory".to_owned(),
            tar::EntryType::Symlink => {
                format!("→ {}", entry.link_name().unwrap().unwrap().display())
            }
            _ => {
                let mut contents = String::new();
                entry.read_to_string(&mut contents).unwrap();
                contents
            }
        };
        listing.insert(path.to_owned(), what);
    }
    listing
}

impl Builder {
    /// What an image with the project copied into it holds.
    fn build(&self, project: &Path) -> Result<Listing, String> {
        // The Dockerfile lies elsewhere, so that it is no part of the comparison.
        let elsewhere = tempfile::tempdir().unwrap();
        let dockerfile = elsewhere.path().join("Dockerfile");
        fs::write(&dockerfile, "FROM scratch\nCOPY . /project/\nCMD [\"/none\"]\n").unwrap();
        let mut build = self.docker();
        build.args(["build", "-q", "-f"]).arg(&dockerfile);
        if self.buildkit {
            let tar = output(build.args(["-o", "-"]).arg(project))?;
            return Ok(listing(&tar, "project/"));
        }
        let name = |output: &[u8]| String::from_utf8_lossy(output).trim().to_owned();
        let image = name(&output(build.arg(project))?);
        let container = name(&output(self.docker().args(["create", &image]))?);
        let tar = output(self.docker().args(["export", &container]));
        output(self.docker().args(["rm", &container]))?;
        output(self.docker().args(["rmi", &image]))?;
        Ok(listing(&tar?, "project/"))
    }

    fn docker(&self) -> Command {
        let mut command = Command::new(&self.client);
        command.env("DOCKER_BUILDKIT", if self.buildkit { "1" } else { "0" });
        command
    }

    fn works(&self) -> bool {
        let project = tempfile::tempdir().unwrap();
        fs::write(project.path().join("f"), "x").unwrap();
        self.build(project.path()).is_ok()
    }
}

fn output(command: &mut Command) -> Result<Vec<u8>, String> {
    let Output { status, stdout, stderr } = command.output().map_err(|error| error.to_string())?;
    if status.success() { Ok(stdout) } else { Err(String::from_utf8_lossy(&stderr).into_owned()) }
}

/// Every client on this machine with every builder that works.
fn builders() -> Vec<Builder> {
    let mut found = Vec::new();
    let clients: BTreeSet<PathBuf> = ["/usr/bin/docker", "/usr/local/bin/docker"]
        .iter()
        .filter_map(|path| fs::canonicalize(path).ok())
        .collect();
    for client in clients {
        let mut version = Command::new(&client);
        let version = output(version.args(["version", "--format", "{{.Client.Version}}"]));
        let old = version.is_ok_and(|version| version.starts_with(b"20.10."));
        for buildkit in [false, true] {
            let dialect = match (old, buildkit) {
                (true, true) => Dialect::Engine20BuildKit,
                (true, false) => Dialect::Engine20Classic,
                (false, true) => Dialect::Current,
                (false, false) => Dialect::CurrentClassic,
            };
            let builder = Builder { client: client.clone(), buildkit, dialect };
            found.extend(builder.works().then_some(builder));
        }
    }
    found
}

fn build_tree(root: &Path, files: &BTreeSet<String>) {
    fs::write(root.join("always"), "x").unwrap();
    for (index, file) in files.iter().enumerate() {
        let path = root.join(file);
        // A name may be taken by a directory, or a directory's by a file.
        if path.exists() || fs::create_dir_all(path.parent().unwrap()).is_err() {
            continue;
        }
        match index % 9 {
            0 => fs::create_dir(&path).unwrap(),
            1 => std::os::unix::fs::symlink("always", &path).unwrap(),
            _ => fs::write(&path, format!("contents of {file}")).unwrap(),
        }
    }
}

fn files() -> impl Strategy<Value = BTreeSet<String>> {
    let name = prop_oneof![
        8 => "[abc]{1,2}",
        2 => "[ab]\\.(py|pyc|md)",
        1 => "[ab][-+ é|(^.][ab]",
    ];
    let path = proptest::collection::vec(name, 1..5).prop_map(|parts| parts.join("/"));
    proptest::collection::btree_set(path, 1..60)
}

fn ignore_file() -> impl Strategy<Value = String> {
    let component = prop_oneof![
        6 => "[abc]{1,2}",
        4 => "[abc]?[*?][abc]?",
        2 => Just("**".to_owned()),
        1 => "\\*{1,3}[abc.]{0,2}",
        1 => "\\[\\^?[abc]-?c?\\]\\*?",
        1 => "[abc][|+(.{}$^][abc*]",
        1 => "\\*\\*?\\.(py|md)",
        1 => prop_oneof![Just(".".to_owned()), Just("..".to_owned())],
        1 => "\\\\[abc*dw]",
    ];
    let path = proptest::collection::vec(component, 1..4).prop_map(|parts| parts.join("/"));
    let line = ("( |!|! |/|!/)?", path, "/?").prop_map(|(start, path, end)| start + &path + &end);
    let comment = Just("# a comment".to_owned());
    proptest::collection::vec(prop_oneof![9 => line, 1 => comment], 0..7)
        .prop_map(|lines| lines.join("\n"))
}
