//! The small project whose locks are edited, once for each tool.

use std::path::Path;

use boxwright_requirements::{
    Architecture, DependencyKey, Error, Libc, MemoryFiles, PythonVersion, ReadOptions, Target, read,
};

pub(crate) const TARGET: Target = Target {
    python: PythonVersion { major: 3, minor: 13, patch: 5 },
    architecture: Architecture::Amd64,
    libc: Libc::Glibc { major: 2, minor: 41 },
};

/// A project of the fixtures, as files by path.
#[derive(Clone)]
pub(crate) struct Project {
    files: Vec<(String, String)>,
    /// The dependency source.
    source: String,
}

impl Project {
    /// The project of a name such as `uv/uv.lock`: the directory of a fixture and its source.
    pub(crate) fn of(name: &str) -> Self {
        let (directory, source) = name.split_once('/').unwrap();
        Self { files: on_disk(directory), source: source.to_owned() }
    }

    pub(crate) fn text(&self, path: &str) -> &str {
        &self.files.iter().find(|(name, _)| name == path).unwrap().1
    }

    pub(crate) fn source(&self) -> &str {
        self.text(&self.source)
    }

    /// The same project with another content of one file.
    pub(crate) fn with(mut self, path: &str, text: String) -> Self {
        self.files.retain(|(name, _)| name != path);
        self.files.push((path.to_owned(), text));
        self
    }

    pub(crate) fn with_source(self, text: String) -> Self {
        let path = self.source.clone();
        self.with(&path, text)
    }

    pub(crate) fn key_with(
        &self,
        target: &Target,
        options: &ReadOptions,
    ) -> Result<DependencyKey, Error> {
        let files: MemoryFiles = self.files.iter().cloned().collect();
        Ok(DependencyKey::of(&read(&self.source, &files, options)?, target))
    }

    pub(crate) fn key(&self) -> Result<DependencyKey, Error> {
        self.key_with(&TARGET, &ReadOptions::default())
    }
}

fn on_disk(fixture: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(fixture);
    let entries = std::fs::read_dir(root).unwrap().map(Result::unwrap);
    let mut files: Vec<_> = entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}
