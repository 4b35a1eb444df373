//! The files of a git revision, read from the repository without checking anything out.
//!
//! The `git` program does the reading, by plumbing commands that run no hooks and no filters.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use boxwright_context::{Dialect, IgnoreFile, Matcher};
use boxwright_plan::{CONFIG_FILE, Config, ProjectFiles};

use crate::project::parse_config;

/// A directory as a commit has it, under the ignore file that it had then.
pub(super) struct Revision {
    directory: PathBuf,
    paths: Vec<String>,
    blobs: BTreeMap<String, Blob>,
}

/// A file's content, by name and length.
struct Blob {
    id: String,
    size: u64,
}

impl Revision {
    /// The revision of this name in the repository that holds `directory`.
    pub(super) fn find(name: &str, directory: &Path) -> Result<Self> {
        let commit = format!("{name}^{{commit}}");
        let id =
            git(directory, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])?;
        let id = String::from_utf8_lossy(&id);
        let list = git(directory, &["ls-tree", "-r", "-l", "-z", id.trim()])?;
        let blobs = list.split(|&byte| byte == 0).filter_map(blob).collect();
        let mut revision = Self { directory: directory.to_owned(), paths: Vec::new(), blobs };
        let matcher = revision.matcher()?;
        for path in revision.blobs.keys() {
            if !matcher.matches(path.as_bytes())? {
                revision.paths.push(path.clone());
            }
        }
        Ok(revision)
    }

    /// `boxwright.yaml` as it was then.
    pub(super) fn config(&self) -> Result<Config> {
        match self.blob(CONFIG_FILE) {
            Ok(blob) => parse_config(self.content(blob)?),
            Err(_) => Ok(Config::default()),
        }
    }

    fn matcher(&self) -> Result<Matcher> {
        let names = ["Dockerfile.dockerignore", ".dockerignore"];
        let Some(blob) = names.iter().find_map(|name| self.blobs.get(*name)) else {
            return Ok(Matcher::default());
        };
        let file = IgnoreFile::parse(self.content(blob)?, ".dockerignore")?;
        Ok(Matcher::new(&file, Dialect::Current)?)
    }

    fn blob(&self, path: &str) -> io::Result<&Blob> {
        self.blobs.get(path).ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn content(&self, blob: &Blob) -> Result<Vec<u8>> {
        git(&self.directory, &["cat-file", "blob", &blob.id])
    }
}

impl ProjectFiles for Revision {
    fn paths(&self) -> &[String] {
        &self.paths
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        Ok(self.blob(path)?.size)
    }

    fn read(&self, path: &str) -> io::Result<Cow<'_, [u8]>> {
        let content = self.content(self.blob(path)?);
        content.map(Cow::Owned).map_err(|error| io::Error::other(format!("{error:#}")))
    }
}

/// A line of `ls-tree -l`: mode, type, name and size, and behind a tab the path. Links, submodules
/// and paths that are no UTF-8 are left out, as detection leaves them out of a directory.
fn blob(line: &[u8]) -> Option<(String, Blob)> {
    let (words, path) = std::str::from_utf8(line).ok()?.split_once('\t')?;
    let mut words = words.split_ascii_whitespace();
    let is_file = words.next()?.starts_with("100") && words.next()? == "blob";
    let (id, size) = (words.next()?.to_owned(), words.next()?.parse().ok()?);
    is_file.then(|| (path.to_owned(), Blob { id, size }))
}

/// Runs git in a directory, and gives what it prints.
fn git(directory: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
    let output = Command::new("git").arg("-C").arg(directory).args(arguments).output();
    let output = match output {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("a git revision is read by the program `git`, which is not installed")
        }
        output => output.context("cannot run `git`")?,
    };
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    match said.trim() {
        "" => bail!("git knows no such revision in `{}`", directory.display()),
        said => bail!("git says: {said}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_is_read() {
        let (path, Blob { id, size }) = blob(b"100644 blob 5c1b14  15\tsrc/my app.py").unwrap();
        assert_eq!((path.as_str(), id.as_str(), size), ("src/my app.py", "5c1b14", 15));
        for other in ["120000 blob 5c1b14 3\tlink", "160000 commit 5c1b14 -\tsub", "", "100644"] {
            assert!(blob(other.as_bytes()).is_none(), "{other}");
        }
    }
}
