//! Python dependency files as canonical requirements and a dependency key.
//!
//! [`read`] turns a dependency source into a [`RequirementSet`]: pip's requirements files with
//! all they include, the lock files of uv, poetry, pdm, pipenv and PEP 751, and the manifests
//! `pyproject.toml`, `Pipfile` and `setup.cfg`. Every value remembers file and line.
//! [`DependencyKey::of`] keeps what decides what is installed for a [`Target`], and nothing else, so that a
//! layer is built anew only when its content would change; [`explain`] says why one key is not
//! another.
//!
//! ```
//! use boxwright_requirements::{
//!     Architecture, DependencyKey, Libc, MemoryFiles, PythonVersion, ReadOptions, Target, explain, read,
//! };
//!
//! let target = Target {
//!     python: PythonVersion { major: 3, minor: 13, patch: 5 },
//!     architecture: Architecture::Amd64,
//!     libc: Libc::Glibc { major: 2, minor: 41 },
//! };
//! let key = |text: &str| {
//!     let files = MemoryFiles::new().with("requirements.txt", text);
//!     read("requirements.txt", &files, &ReadOptions::default())
//!         .map(|set| DependencyKey::of(&set, &target))
//! };
//! let old = key("flask==3.0.0\nurllib3==2.2.1\n")?;
//!
//! let same = key("# sorted\nURLLIB3 == 2.2.1\ncolorama==0.4 ; sys_platform == 'win32'\nFlask==3.0.0\n")?;
//! assert_eq!(same.digest(), old.digest());
//!
//! let new = key("flask==3.0.0\nurllib3==2.3.0\n")?;
//! assert_eq!(explain(&old, &new).to_string(), "urllib3 2.2.1 → 2.3.0 (requirements.txt:2); 1 reused");
//! # Ok::<(), boxwright_requirements::Error>(())
//! ```
//!
//! The crate does no I/O: whoever calls it gives it the [`Files`]. Input is taken to be hostile;
//! what cannot be read is an [`Error`] with file, line and way out, and what pip would drop in
//! silence is a [`Warning`].

mod canonical;
mod document;
mod error;
mod explain;
mod files;
mod index;
mod key;
mod kind;
mod link;
mod local;
mod lock;
mod manifest;
mod marker;
mod name;
mod origin;
mod pep508;
mod pip;
mod read;
mod requirement;
mod review;
mod saved;
mod set;
mod specifiers;
mod target;

pub use canonical::{canonical_constraints, canonical_text};
pub use error::{Error, InvalidRequirement};
pub use explain::{Change, Explanation, explain};
pub use files::{Files, MemoryFiles};
pub use index::{IndexOptions, PYPI, PackageFilter};
pub use key::{DependencyKey, KEY_VERSION, KeyedIndex, KeyedRequirement, Wanted};
pub use kind::SourceKind;
pub use link::Link;
pub use lock::{Edge, Lock, LockedFile, LockedPackage, Pin};
pub use marker::{Activated, InvalidMarker, Marker};
pub use name::{Extra, InvalidName, PackageName};
pub use origin::Origin;
pub use pep508::Dependency;
pub use read::{ReadOptions, read, read_as};
pub use requirement::{BuildOptions, Hash, InvalidHash, LocalPath, Requirement, Source};
pub use review::{IndexFact, disagreements};
pub use saved::{SavedKey, Skipped};
pub use set::{RequirementSet, Rule, Warning};
pub use specifiers::{InvalidSpecifier, Specifiers};
pub use target::{Architecture, Libc, PythonVersion, Target, UnknownPlatform};
