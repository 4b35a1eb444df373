//! Python dependency files as canonical requirements and a dependency key.

mod error;
mod files;
mod index;
mod kind;
mod link;
mod lock;
mod marker;
mod name;
mod origin;
mod read;
mod requirement;
mod set;
mod specifiers;
mod target;

pub use error::{Error, InvalidRequirement};
pub use files::{Files, MemoryFiles};
pub use index::{IndexOptions, PYPI, PackageFilter};
pub use kind::SourceKind;
pub use link::Link;
pub use lock::{Edge, Lock, LockedFile, LockedPackage, Pin};
pub use marker::{Activated, InvalidMarker, Marker};
pub use name::{Extra, InvalidName, PackageName};
pub use origin::Origin;
pub use read::ReadOptions;
pub use requirement::{BuildOptions, Hash, InvalidHash, LocalPath, Requirement, Source};
pub use set::{RequirementSet, Rule, Warning};
pub use specifiers::{InvalidSpecifier, Specifiers};
pub use target::{Architecture, Libc, PythonVersion, Target, UnknownPlatform};
