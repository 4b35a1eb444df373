//! What a resolver answers.

use boxwright_requirements::{Extra, Origin, PackageName};
use pep440_rs::Version;
use serde::{Deserialize, Serialize};

use crate::RemoteFile;

/// One wheel for each project that is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// The wheels, sorted by project.
    pub packages: Vec<Pinned>,
    /// What is worth a warning.
    pub notes: Vec<Note>,
}

/// A project, the version and the wheel chosen for it, and why it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pinned {
    /// The project.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// The wheel that fits the target best.
    pub wheel: RemoteFile,
    /// Whether a requirement gave the wheel's URL, so that `direct_url.json` is due.
    pub direct: bool,
    /// The extras asked for, sorted.
    pub extras: Vec<Extra>,
    /// The projects it needs for the target, extras' included, sorted; not known of locked ones.
    pub dependencies: Vec<PackageName>,
    /// The lines that ask for it, in order; empty where only other projects do.
    pub origins: Vec<Origin>,
}

/// What went well, and yet somebody should know.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error,
)]
pub enum Note {
    /// An extra that the project does not have. pip, too, only warns.
    #[error("{name} {version} has no extra `{extra}`, which {wanted_by} asks for")]
    UnknownExtra {
        /// The project.
        name: PackageName,
        /// Its version.
        version: Version,
        /// The extra.
        extra: Extra,
        /// The line or the project that asks for it.
        wanted_by: String,
    },
    /// A wheel where a line asks for a build.
    #[error("{name} {version} comes as a wheel, although --no-binary asks for a build from source")]
    NotBuilt {
        /// The project.
        name: PackageName,
        /// Its version.
        version: Version,
    },
    /// A newer version that cannot be used, since what it says of itself is unreadable.
    #[error("{name} {version} was passed over: {reason}")]
    PassedOver {
        /// The project.
        name: PackageName,
        /// The version.
        version: Version,
        /// What is wrong with it.
        reason: String,
    },
    /// A yanked release, which a requirement pins.
    #[error("{name} {version} was yanked{}: choose another version when you can", because(.reason))]
    Yanked {
        /// The project.
        name: PackageName,
        /// Its version.
        version: Version,
        /// Why, in its authors' words; may be empty.
        reason: String,
    },
}

pub(crate) fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" ({reason})") }
}
