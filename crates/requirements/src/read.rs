//! From a path to a [`RequirementSet`].

use std::collections::BTreeMap;

/// What to read of a dependency source, beyond what is always installed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Dependency groups to install, by name (PEP 735; also poetry's and pdm's groups, and
    /// Pipfile's `dev-packages` as `dev`).
    pub groups: Vec<String>,
    /// Extras of the project to install.
    pub extras: Vec<String>,
    /// The environment for `${VARIABLE}`s in requirements files; what is not in here stays
    /// literal.
    pub environment: BTreeMap<String, String>,
}
