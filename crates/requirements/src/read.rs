//! From a path to a [`RequirementSet`].

use std::collections::BTreeMap;

use crate::error::Error;
use crate::files::Files;
use crate::kind::SourceKind;
use crate::local;
use crate::lock::{self, pdm, poetry, pylock, uv};
use crate::manifest::{pipfile, pyproject, setup_cfg};
use crate::pip;
use crate::review::review;
use crate::set::RequirementSet;

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

/// Reads the dependency source at `path` and every file that it names.
///
/// The format follows from the file's name ([`SourceKind::from_file_name`]).
pub fn read(path: &str, files: &dyn Files, options: &ReadOptions) -> Result<RequirementSet, Error> {
    let unknown = || Error::UnknownKind { path: path.to_owned() };
    read_as(SourceKind::from_file_name(path).ok_or_else(unknown)?, path, files, options)
}

/// Reads the dependency source at `path` as the given kind, whatever its name.
pub fn read_as(
    kind: SourceKind,
    path: &str,
    files: &dyn Files,
    options: &ReadOptions,
) -> Result<RequirementSet, Error> {
    let mut set = match kind {
        SourceKind::Requirements => pip::read(path, files, options),
        SourceKind::Pyproject => pyproject::read(path, files, options),
        SourceKind::Pipfile => pipfile::read(path, files, options),
        SourceKind::SetupCfg => setup_cfg::read(path, files, options),
        SourceKind::Pylock => pylock::read(path, files, options),
        SourceKind::UvLock => uv::read(path, files, options),
        SourceKind::PoetryLock => poetry::read(path, files, options),
        SourceKind::PdmLock => pdm::read(path, files, options),
        SourceKind::PipfileLock => lock::pipfile::read(path, files, options),
        SourceKind::SetupPy => Err(Error::NeedsToRun { path: path.to_owned() }),
    }?;
    if !kind.is_lock() {
        local::follow(&mut set, files, options);
    }
    review(&mut set);
    Ok(set)
}
