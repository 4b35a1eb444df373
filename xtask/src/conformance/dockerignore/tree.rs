//! A recorded context as a real directory, which is then scanned.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use boxwright_context::{Context, Dialect, IgnoreFile, Matcher, ScanOptions, Warning};

use super::data::{self, Case, Files, Recorded, Shown};

/// A directory laid out as recorded.
pub(super) struct Tree {
    root: tempfile::TempDir,
    dockerfile: PathBuf,
}

/// What our scan made of it.
pub(super) enum Seen {
    Error(String),
    Paths { included: BTreeSet<Vec<u8>>, specials: BTreeSet<Vec<u8>> },
}

impl Seen {
    pub(super) fn is_special(&self, path: &str) -> bool {
        matches!(self, Self::Paths { specials, .. } if specials.contains(&data::path(path)))
    }
}

impl Tree {
    pub(super) fn of_context(context: &Recorded) -> anyhow::Result<Self> {
        let entries = context.context.iter().map(|shown| Shown::parse(shown));
        Self::build(entries, &context.files)
    }

    /// The tree that the cases of one context ask about.
    pub(super) fn of_cases(cases: &[&Case]) -> anyhow::Result<Self> {
        let files = &cases.first().context("no cases")?.files;
        let entries = cases.iter().filter(|case| !case.path.is_empty()).map(|case| Shown {
            path: data::path(&case.path),
            directory: case.kind.as_deref() == Some("dir"),
            special: case.kind.as_deref() == Some("fifo"),
            target: (case.kind.as_deref() == Some("symlink")).then(|| "/nowhere".to_owned()),
        });
        Self::build(entries, files)
    }

    fn build(entries: impl Iterator<Item = Shown>, files: &Files) -> anyhow::Result<Self> {
        let root = tempfile::tempdir()?;
        for entry in entries {
            create(&root.path().join(OsStr::from_bytes(&entry.path)), &entry)?;
        }
        if let Some(ignore) = files.ignore()? {
            std::fs::write(root.path().join(".dockerignore"), ignore)?;
        }
        for (name, contents) in &files.extra {
            let path = root.path().join(name);
            create_parents(&path)?;
            std::fs::write(path, contents)?;
        }
        let dockerfile = files.dockerfile.as_deref().unwrap_or("Dockerfile").into();
        Ok(Self { root, dockerfile })
    }

    pub(super) fn scan(&self, dialect: Dialect) -> Seen {
        let scanned = || {
            let found = IgnoreFile::find(self.root.path(), &self.dockerfile)?;
            let ignore = Matcher::new(&found.file, dialect)?;
            Ok(Context::scan(self.root.path(), &ScanOptions { ignore, stat_cache: None })?)
        };
        let snapshot = match scanned() {
            Ok(snapshot) => snapshot,
            Err(error) => return Seen::Error(anyhow::Error::to_string(&error)),
        };
        let paths = snapshot.entries().iter().map(|entry| entry.path.as_bytes().to_vec());
        let specials = snapshot.warnings().iter().filter_map(|warning| match warning {
            Warning::Special { path, .. } => Some(path.as_bytes().to_vec()),
            _ => None,
        });
        Seen::Paths { included: paths.collect(), specials: specials.collect() }
    }
}

fn create(path: &Path, entry: &Shown) -> anyhow::Result<()> {
    create_parents(path)?;
    if entry.directory {
        std::fs::create_dir_all(path)?;
    } else if entry.special {
        let status = Command::new("mkfifo").arg(path).status().context("cannot run mkfifo")?;
        anyhow::ensure!(status.success(), "mkfifo {} failed", path.display());
    } else if let Some(target) = &entry.target {
        std::os::unix::fs::symlink(target, path)?;
    } else {
        std::fs::write(path, "x")?;
    }
    Ok(())
}

fn create_parents(path: &Path) -> anyhow::Result<()> {
    let parent = path.parent().context("a path without a directory")?;
    std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))
}
