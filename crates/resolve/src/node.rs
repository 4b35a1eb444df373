//! What the search decides about.

use std::fmt;

use boxwright_requirements::{Extra, PackageName};

/// A thing that gets exactly one version, or none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    /// What was asked for, as if it were a project.
    Root,
    /// A project.
    Project(PackageName),
    /// An extra of a project: it needs the project in its own version, and what the extra adds.
    Extra(PackageName, Extra),
}

impl Node {
    pub(crate) fn name(&self) -> Option<&PackageName> {
        match self {
            Self::Root => None,
            Self::Project(name) | Self::Extra(name, _) => Some(name),
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("the requirements"),
            Self::Project(name) => write!(f, "{name}"),
            Self::Extra(name, extra) => write!(f, "{name}[{extra}]"),
        }
    }
}
