//! A key with all that a person or a later build wants to know of it, as JSON.

use boxwright_digest::Digest;
use serde::{Deserialize, Serialize};

use crate::key::{DependencyKey, KeyedIndex, KeyedRequirement};
use crate::kind::SourceKind;
use crate::origin::Origin;
use crate::set::{RequirementSet, Warning};
use crate::target::Target;

/// A [`DependencyKey`] and its digest, sources and warnings: what `boxwright key --json` prints,
/// and what a later run compares with.
///
/// The objects of `requirements` have `name`, `extras`, `specifier`, `hashes`, `editable`, `file` and
/// `line`, and where they apply `url`, `location`, `subdirectory`, `index`, `files`, `build`, `marker`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedKey {
    /// The digest that decides.
    pub key: Digest,
    /// The format of the dependency source.
    pub kind: SourceKind,
    /// The files that were read, the source itself first.
    pub sources: Vec<String>,
    /// What is installed. For the format of the elements see [`SavedKey`].
    pub requirements: Vec<KeyedRequirement>,
    /// What limits versions.
    pub constraints: Vec<KeyedRequirement>,
    /// What was written and does not apply to the target.
    pub skipped: Vec<Skipped>,
    /// What somebody should know or change.
    pub warnings: Vec<Warning>,
    /// Where packages come from.
    pub index: KeyedIndex,
    /// The Python version.
    pub python: String,
    /// The platform.
    pub platform: String,
    /// The C library and its version.
    pub libc: String,
    /// The version of the layer format.
    pub layer_format: Option<u32>,
}

/// A requirement whose marker does not hold for the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// What it is called.
    pub name: String,
    /// The marker.
    pub marker: String,
    /// Where it was written.
    #[serde(flatten)]
    pub origin: Origin,
}

impl SavedKey {
    /// Saves the key of what `set` says for `target`; for layers of the given format.
    pub fn of(set: &RequirementSet, target: &Target, layer_format: Option<u32>) -> Self {
        let key = DependencyKey { layer_format, ..DependencyKey::of(set, target) };
        let digest = key.digest();
        let DependencyKey {
            python,
            platform,
            libc,
            layer_format,
            index,
            requirements,
            constraints,
        } = key;
        let skipped = set
            .requirements
            .iter()
            .chain(&set.of_directories)
            .filter_map(|requirement| {
                let marker = requirement.marker.as_ref()?;
                (!marker.holds(target, &set.activated)).then(|| Skipped {
                    name: requirement.label(),
                    marker: marker.to_string(),
                    origin: requirement.origin.clone(),
                })
            })
            .collect();
        Self {
            key: digest,
            kind: set.kind,
            sources: set.sources.clone(),
            requirements,
            constraints,
            skipped,
            warnings: set.warnings.clone(),
            index,
            python,
            platform,
            libc,
            layer_format,
        }
    }

    /// The key itself, to explain the difference to another.
    pub fn to_key(&self) -> DependencyKey {
        DependencyKey {
            python: self.python.clone(),
            platform: self.platform.clone(),
            libc: self.libc.clone(),
            layer_format: self.layer_format,
            index: self.index.clone(),
            requirements: self.requirements.clone(),
            constraints: self.constraints.clone(),
        }
    }
}
