//! The steps of a plan: what is to be done, never how.

use std::collections::BTreeMap;

use boxwright_digest::Digest;
use serde::Serialize;

use crate::project::DependencySource;
use crate::start::StartCommand;

/// One step. An engine carries it out, an emitter writes it down; one that cannot says so by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum Step {
    /// Adds Debian packages to the base, with what they depend on.
    InstallSystemPackages {
        /// Names as apt knows them, sorted.
        packages: Vec<String>,
    },
    /// Installs the locked dependencies into the virtual environment at [`crate::VENV`].
    InstallDependencies {
        /// The dependency key: while it stays, the layers stay.
        key: Digest,
        /// The file that lists them; `None` where there are none.
        source: Option<DependencySource>,
        /// Requirements beyond the file's, in PEP 508 form, sorted.
        extra: Vec<String>,
        /// The package index, where not PyPI.
        #[serde(skip_serializing_if = "Option::is_none")]
        index: Option<String>,
        /// At most this many dependency layers.
        layer_budget: u8,
    },
    /// Copies the application's files.
    CopySource(CopySource),
    /// Sets environment variables of the image. Sorted by name.
    SetEnv {
        /// Name and value.
        variables: BTreeMap<String, String>,
    },
    /// Sets the working directory.
    WorkDir {
        /// An absolute path.
        path: String,
    },
    /// Sets who runs the processes.
    User(User),
    /// Says which port the application listens on.
    Expose {
        /// A TCP port.
        port: u16,
    },
    /// Sets labels of the image. Sorted by name.
    Label {
        /// Name and value.
        labels: BTreeMap<String, String>,
    },
    /// Sets how a container is asked whether it is well.
    Healthcheck(Healthcheck),
    /// Runs a command while building: only an engine with a shell in its base can.
    Run {
        /// The command, for `sh -c`.
        command: String,
    },
    /// Sets the start command.
    Start(StartCommand),
}

impl Step {
    /// The name of the step in messages, JSON and documentation.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::InstallSystemPackages { .. } => "install-system-packages",
            Self::InstallDependencies { .. } => "install-dependencies",
            Self::CopySource(_) => "copy-source",
            Self::SetEnv { .. } => "set-env",
            Self::WorkDir { .. } => "work-dir",
            Self::User(_) => "user",
            Self::Expose { .. } => "expose",
            Self::Label { .. } => "label",
            Self::Healthcheck(_) => "healthcheck",
            Self::Run { .. } => "run",
            Self::Start(_) => "start",
        }
    }
}

/// Which files of the context go where. The ignore file has been applied already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CopySource {
    /// The folder whose content is copied; empty for the whole context.
    pub from: String,
    /// The absolute directory that receives it.
    pub to: String,
    /// When not empty, only these files and folders, relative to `from`.
    pub include: Vec<String>,
}

/// Who runs the processes of a container: numbers, because the names may not exist in the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct User {
    /// The user's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
}

impl User {
    /// The unprivileged user that distroless images use, and ours.
    pub const NONROOT: Self = Self { uid: 65532, gid: 65532 };
}

/// A text that should have been a user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a user: write its number, or `user:group` in numbers, such as `65532:65532`")]
pub struct ParseUserError(pub String);

impl std::str::FromStr for User {
    type Err = ParseUserError;

    /// Reads `1000:1000`, or `1000` for the group of the same number.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (uid, gid) = text.split_once(':').unwrap_or((text, text));
        match (uid.parse(), gid.parse()) {
            (Ok(uid), Ok(gid)) => Ok(Self { uid, gid }),
            _ => Err(ParseUserError(text.to_owned())),
        }
    }
}

impl std::fmt::Display for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.uid, self.gid)
    }
}

/// A health check in exec form. Durations are in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Healthcheck {
    /// The words of the command; 0 as its exit code means healthy.
    pub command: Vec<String>,
    /// Between two checks.
    pub interval: u32,
    /// Until a check counts as failed.
    pub timeout: u32,
    /// After the start, while failures do not count.
    pub start_period: u32,
    /// Failures in a row until the container is unhealthy.
    pub retries: u32,
}

/// What the image starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "base", rename_all = "kebab-case")]
pub enum Base {
    /// Composed from Debian packages; the suite follows from the Python version.
    Composed {
        /// The interpreter in the image.
        python: crate::PythonMinor,
    },
    /// An image that was named: a reference, a layout directory or an archive.
    Image {
        /// What was named.
        reference: String,
        /// The interpreter that the project asks for; the image has to have it.
        python: crate::PythonMinor,
    },
}
