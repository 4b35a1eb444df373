//! Debian packages as a root file system: index, signature, closure, unpacking, trims.
//!
//! Pure: bytes in, values out. No network, no file system, no clock; what is fetched, from where
//! and when is the caller's business, who learns here what to fetch and whether to trust it.

mod clearsign;
mod closure;
mod deb822;
mod decompress;
mod dependency;
mod index;
mod keyring;
mod package;
mod release;
mod suite;
mod version;

pub use closure::{Chain, Closure, ClosureError, Policy};
pub use dependency::{Dependency, Operator, Relation, RelationError};
pub use index::PackageIndex;
pub use keyring::{Keyring, KeyringError};
pub use package::{Package, PackageError, PackageFile};
pub use release::{IndexFile, IndexFileError, Release, ReleaseError};
pub use suite::{Archive, Repository, Suite, UnknownSuite};
pub use version::{Version, VersionError};
