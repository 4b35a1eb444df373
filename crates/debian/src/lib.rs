//! Debian packages as a root file system: index, signature, closure, unpacking, trims.
//!
//! Pure: bytes in, values out. No network, no file system, no clock; what is fetched, from where
//! and when is the caller's business, who learns here what to fetch and whether to trust it.

mod assembly;
mod clearsign;
mod closure;
mod compose;
mod database;
mod deb;
mod deb822;
mod decompress;
mod dependency;
mod full;
mod index;
mod keyring;
mod made;
mod package;
mod pip;
mod python;
mod recipe;
mod record;
mod release;
mod suite;
mod trim;
mod version;

pub use closure::{Chain, Closure, ClosureError, Policy};
pub use compose::{Base, ComposeError, Extra, Note, compose_extra};
pub use deb::{Deb, DebError, DebReason, Script};
pub use dependency::{Dependency, Operator, Relation, RelationError};
pub use index::PackageIndex;
pub use keyring::{Keyring, KeyringError};
pub use made::NONROOT;
pub use package::{Package, PackageError, PackageFile};
pub use python::PythonPaths;
pub use recipe::{BaseRecipe, Flavor, resolve_extra};
pub use record::InstalledPackage;
pub use release::{IndexFile, IndexFileError, Release, ReleaseError};
pub use suite::{Archive, Repository, Suite, UnknownSuite};
pub use version::{Version, VersionError};
