//! `COPY` and `ADD`.

use super::Heredoc;
use crate::Word;

/// What `COPY` or `ADD` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopySource {
    /// A path or pattern in the build context or the stage named by `--from`; for `ADD` also a URL.
    Path(Word),
    /// An inline document, which becomes a file of its name.
    Heredoc(Heredoc),
}

impl From<&str> for CopySource {
    fn from(path: &str) -> Self {
        Self::Path(path.into())
    }
}

impl From<String> for CopySource {
    fn from(path: String) -> Self {
        Self::Path(path.into())
    }
}

impl From<Word> for CopySource {
    fn from(path: Word) -> Self {
        Self::Path(path)
    }
}

/// `COPY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyFiles {
    /// `--from`: a stage's name or number, an image, or a named context. Never expanded.
    pub from: Option<String>,
    /// `--chown`.
    pub chown: Option<Word>,
    /// `--chmod`.
    pub chmod: Option<Word>,
    /// `--link`.
    pub link: bool,
    /// `--parents`.
    pub parents: bool,
    /// `--exclude`, in order.
    pub exclude: Vec<String>,
    /// What is copied.
    pub sources: Vec<CopySource>,
    /// Where to.
    pub destination: Word,
}

impl CopyFiles {
    /// Copies `sources` out of the build context.
    pub fn new<S: Into<CopySource>>(
        sources: impl IntoIterator<Item = S>,
        destination: impl Into<Word>,
    ) -> Self {
        Self {
            from: None,
            chown: None,
            chmod: None,
            link: false,
            parents: false,
            exclude: Vec::new(),
            sources: sources.into_iter().map(Into::into).collect(),
            destination: destination.into(),
        }
    }

    /// Takes them out of this stage or image instead.
    #[must_use]
    pub fn from_stage(mut self, stage: impl Into<String>) -> Self {
        self.from = Some(stage.into());
        self
    }

    /// Sets the owner.
    #[must_use]
    pub fn chown(mut self, owner: impl Into<Word>) -> Self {
        self.chown = Some(owner.into());
        self
    }

    /// Sets the permissions. Needs BuildKit.
    #[must_use]
    pub fn chmod(mut self, mode: impl Into<Word>) -> Self {
        self.chmod = Some(mode.into());
        self
    }

    /// Makes the layer independent of those below it. Needs BuildKit with Dockerfile syntax 1.4.
    #[must_use]
    pub fn link(mut self) -> Self {
        self.link = true;
        self
    }

    /// Keeps the sources' directories. Needs BuildKit with Dockerfile syntax 1.20.
    #[must_use]
    pub fn parents(mut self) -> Self {
        self.parents = true;
        self
    }

    /// Leaves out what matches. Needs BuildKit with Dockerfile syntax 1.19.
    #[must_use]
    pub fn exclude(mut self, pattern: impl Into<String>) -> Self {
        self.exclude.push(pattern.into());
        self
    }
}

/// `ADD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddFiles {
    /// `--chown`.
    pub chown: Option<Word>,
    /// `--chmod`.
    pub chmod: Option<Word>,
    /// `--link`.
    pub link: bool,
    /// `--keep-git-dir`.
    pub keep_git_dir: Option<bool>,
    /// `--checksum`, of a URL's contents.
    pub checksum: Option<Word>,
    /// `--unpack`: whether archives are unpacked.
    pub unpack: Option<bool>,
    /// `--exclude`, in order.
    pub exclude: Vec<String>,
    /// What is added.
    pub sources: Vec<CopySource>,
    /// Where to.
    pub destination: Word,
}

impl AddFiles {
    /// Adds `sources`: files, archives to unpack, URLs, git repositories.
    pub fn new<S: Into<CopySource>>(
        sources: impl IntoIterator<Item = S>,
        destination: impl Into<Word>,
    ) -> Self {
        Self {
            chown: None,
            chmod: None,
            link: false,
            keep_git_dir: None,
            checksum: None,
            unpack: None,
            exclude: Vec::new(),
            sources: sources.into_iter().map(Into::into).collect(),
            destination: destination.into(),
        }
    }
}
