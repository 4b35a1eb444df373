//! Everything that one dependency source says, in one model for all formats.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::index::IndexOptions;
use crate::kind::SourceKind;
use crate::lock::{Lock, Pin};
use crate::marker::Activated;
use crate::origin::Origin;
use crate::requirement::Requirement;
use crate::specifiers::Specifiers;
use crate::target::Target;

/// What a project depends on, as one dependency source and the files it names say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequirementSet {
    /// The format of the source.
    pub kind: SourceKind,
    /// What is installed, in the order written. For a lock file, what the project itself asks for
    /// where the lock records it: the packages are in [`RequirementSet::lock`].
    pub requirements: Vec<Requirement>,
    /// What the directories among the requirements (`-e .`) depend on themselves, as far as their
    /// manifests say.
    pub of_directories: Vec<Requirement>,
    /// What limits versions without installing anything.
    pub constraints: Vec<Requirement>,
    /// Where packages come from.
    pub index: IndexOptions,
    /// The packages of a lock file; `None` for the other formats, whose requirements are still to
    /// be resolved.
    pub lock: Option<Lock>,
    /// The Python versions that the source says it is for, and where.
    pub requires_python: Option<(Specifiers, Origin)>,
    /// The extras and groups that were asked for.
    pub activated: Activated,
    /// What somebody should know or change.
    pub warnings: Vec<Warning>,
    /// The files that were read, the source itself first, by their paths from the root.
    pub sources: Vec<String>,
}

impl RequirementSet {
    /// An empty set of the given kind.
    pub fn new(kind: SourceKind) -> Self {
        Self {
            kind,
            requirements: Vec::new(),
            of_directories: Vec::new(),
            constraints: Vec::new(),
            index: IndexOptions::default(),
            lock: None,
            requires_python: None,
            activated: Activated::default(),
            warnings: Vec::new(),
            sources: Vec::new(),
        }
    }

    /// The requirements that apply to `target`, and those of directories among them.
    pub fn requirements_for(&self, target: &Target) -> impl Iterator<Item = &Requirement> {
        let all = self.requirements.iter().chain(&self.of_directories);
        all.filter(|requirement| self.applies(requirement, target))
    }

    /// The constraints that apply to `target`.
    pub fn constraints_for(&self, target: &Target) -> impl Iterator<Item = &Requirement> {
        self.constraints.iter().filter(|requirement| self.applies(requirement, target))
    }

    /// The locked packages that `target` needs; `None` without a lock.
    pub fn pins_for(&self, target: &Target) -> Option<Vec<Pin<'_>>> {
        self.lock.as_ref().map(|lock| lock.select(target, &self.activated))
    }

    fn applies(&self, requirement: &Requirement, target: &Target) -> bool {
        requirement.marker.as_ref().is_none_or(|marker| marker.holds(target, &self.activated))
    }

    pub(crate) fn warn(&mut self, rule: Rule, origin: &Origin, message: impl Into<String>) {
        self.warnings.push(Warning { rule, origin: origin.clone(), message: message.into() });
    }
}

/// Something that is read without an error, and should be known or changed nevertheless.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Warning {
    /// What kind of thing.
    pub rule: Rule,
    /// The line to edit.
    #[serde(flatten)]
    pub origin: Origin,
    /// A sentence with what is the matter and what to do.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} [{}]", self.origin, self.message, self.rule)
    }
}

/// The kinds of warnings; in text as in JSON, such as `dropped-by-pip`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// pip reads this and does nothing with it.
    DroppedByPip,
    /// Newer versions of pip refuse this.
    RefusedByNewerPip,
    /// A requirement accepts more than one version, so that the same file installs other things
    /// tomorrow.
    Unpinned,
    /// A version is pinned, its files are not.
    PinWithoutHash,
    /// One file is asked for twice with versions that exclude each other, or two sources disagree.
    SourcesDisagree,
    /// The index says that the pinned version was withdrawn.
    Yanked,
    /// The index has no wheel of the pinned version for the target.
    NoWheel,
    /// A URL holds a user name or password.
    Credentials,
    /// A marker asks for the running kernel, which nobody knows before the image runs.
    KernelMarker,
    /// A marker asks for an extra where none can be asked for, so that it never holds.
    ExtraMarker,
    /// A file is named that is not there.
    MissingFile,
    /// The format holds something that has no meaning for an image, or that is not understood.
    Ignored,
}

impl Rule {
    /// The rule's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DroppedByPip => "dropped-by-pip",
            Self::RefusedByNewerPip => "refused-by-newer-pip",
            Self::Unpinned => "unpinned",
            Self::PinWithoutHash => "pin-without-hash",
            Self::SourcesDisagree => "sources-disagree",
            Self::Yanked => "yanked",
            Self::NoWheel => "no-wheel",
            Self::Credentials => "credentials",
            Self::KernelMarker => "kernel-marker",
            Self::ExtraMarker => "extra-marker",
            Self::MissingFile => "missing-file",
            Self::Ignored => "ignored",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
