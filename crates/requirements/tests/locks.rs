//! Lock files that uv, poetry, pdm, pipenv and pip wrote for the same small project.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::PathBuf;

use boxwright_requirements::{
    Architecture, Files, Libc, PythonVersion, ReadOptions, Source, Target, read,
};

struct Fixture(PathBuf);

impl Files for Fixture {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        fs::read(self.0.join(path))
    }

    fn is_file(&self, path: &str) -> bool {
        self.0.join(path).is_file()
    }

    fn is_dir(&self, path: &str) -> bool {
        self.0.join(path).is_dir()
    }
}

const TARGET: Target = Target {
    python: PythonVersion { major: 3, minor: 13, patch: 5 },
    architecture: Architecture::Amd64,
    libc: Libc::Glibc { major: 2, minor: 41 },
};

const LOCKS: [&str; 7] = [
    "uv/uv.lock",
    "uv-export/pylock.toml",
    "pip/pylock.toml",
    "poetry-2/poetry.lock",
    "poetry-1/poetry.lock",
    "pdm/pdm.lock",
    "pipenv/Pipfile.lock",
];

/// Name and version of each package that is installed, one a line.
fn installed(lock: &str, target: Target, groups: &[&str], extras: &[&str]) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let (directory, file) = lock.split_once('/').unwrap();
    let options = ReadOptions {
        groups: groups.iter().map(|&group| group.into()).collect(),
        extras: extras.iter().map(|&extra| extra.into()).collect(),
        ..ReadOptions::default()
    };
    let set = read(file, &Fixture(root.join(directory)), &options).unwrap();
    let pins = set.pins_for(&target).unwrap();
    let mut lines = String::new();
    for pin in pins {
        writeln!(lines, "{} {}", pin.package.name, pin.package.version.as_ref().unwrap()).unwrap();
    }
    lines
}

#[test]
fn all_tools_lock_the_same_packages() {
    let expected = installed("uv/uv.lock", TARGET, &[], &[]);
    insta::assert_snapshot!(expected);
    for lock in LOCKS {
        assert_eq!(installed(lock, TARGET, &[], &[]), expected, "{lock}");
    }
}

#[test]
fn packages_follow_the_target() {
    let new = PythonVersion { minor: 15, ..TARGET.python };
    let without =
        installed("uv/uv.lock", TARGET, &[], &[]).replace("typing-extensions 4.16.0\n", "");
    for lock in ["uv/uv.lock", "poetry-1/poetry.lock"] {
        assert_eq!(installed(lock, Target { python: new, ..TARGET }, &[], &[]), without, "{lock}");
    }
}

#[test]
fn groups_and_extras_are_installed_when_asked_for() {
    let expected = installed("uv/uv.lock", TARGET, &[], &[]);
    let locks = [
        "uv/uv.lock",
        "poetry-2/poetry.lock",
        "poetry-1/poetry.lock",
        "pdm/pdm.lock",
        "pipenv/Pipfile.lock",
    ];
    for lock in locks {
        // pdm 2.22 and pipenv have no extras of the project: there they are groups.
        let (groups, extras): (&[&str], &[&str]) = match lock {
            "pipenv/Pipfile.lock" => (&["dev", "templates"], &[]),
            _ => (&["dev"], &["templates"]),
        };
        let all = installed(lock, TARGET, groups, extras);
        let further: Vec<_> = all.lines().filter(|line| !expected.contains(line)).collect();
        assert_eq!(further, ["blinker 1.8.2", "iniconfig 2.0.0", "pluggy 1.5.0"], "{lock}");
    }
}

#[test]
fn files_have_hashes_and_where_the_format_has_them_urls() {
    for lock in LOCKS {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        let (directory, file) = lock.split_once('/').unwrap();
        let set = read(file, &Fixture(root.join(directory)), &ReadOptions::default()).unwrap();
        for pin in set.pins_for(&TARGET).unwrap() {
            assert!(!pin.package.files.is_empty(), "{lock}: {}", pin.package.name);
            for file in &pin.package.files {
                assert!(file.hashes.iter().all(|hash| hash.as_sha256().is_some()), "{lock}");
                assert!(!file.hashes.is_empty(), "{lock}: {}", pin.package.name);
                let has_url = matches!(file.location, Some(Source::Archive(_)));
                let records_urls = lock.starts_with("uv") || lock.starts_with("pip/");
                assert_eq!(has_url, records_urls, "{lock}: {}", file.name);
            }
            assert!(pin.package.origin.line > 1, "{lock}: {}", pin.package.name);
        }
    }
}

#[test]
fn groups_that_are_not_there_are_named_with_those_that_are() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut messages = String::new();
    for lock in LOCKS {
        let (directory, file) = lock.split_once('/').unwrap();
        let options = ReadOptions { groups: vec!["docs".into()], ..ReadOptions::default() };
        let error = read(file, &Fixture(root.join(directory)), &options).unwrap_err();
        writeln!(messages, "{error}").unwrap();
    }
    insta::assert_snapshot!(messages);
}
