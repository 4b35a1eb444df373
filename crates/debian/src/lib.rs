//! Debian packages as a root file system: index, signature, closure, unpacking, trims.
//!
//! A base image without a base image: out of some twenty packages, which no maintainer script ever
//! touches, comes a root file system with a Python, the same bytes on every machine. Pure: bytes in,
//! values out. No network, no file system, no clock; fetching is the caller's business, who learns
//! here what to fetch and whether to trust it. The way is always the same:
//!
//! 1. [`Suite::archives`] names the archives; [`Release::verify`] checks what each has signed.
//! 2. [`Release::index`] tells where the lists of packages are, and [`IndexFile::unpack`] checks
//!    them; [`PackageIndex::new`] merges them, the newest version of a package standing.
//! 3. [`BaseRecipe::resolve`] picks the packages: each with path, size and SHA-256, worth locking.
//! 4. [`Deb::unpack_all`] checks and unpacks them in memory.
//! 5. [`BaseRecipe::compose`] lays them over each other, leaves out what no image needs, and makes
//!    by hand what maintainer scripts would have made. [`compose_extra`] does so for a layer above.
//!
//! ```
//! use boxwright_debian::{BaseRecipe, Deb, PackageIndex, Suite};
//! use boxwright_requirements::Architecture;
//!
//! fn base(indexes: &[&str], fetch: impl Fn(&str) -> Vec<u8>) -> Result<(), Box<dyn std::error::Error>> {
//!     let recipe = BaseRecipe::new(Suite::Trixie, Architecture::Arm64);
//!     let closure = recipe.resolve(&PackageIndex::new(indexes))?;
//!     let files: Vec<_> = closure
//!         .packages
//!         .values()
//!         .map(|package| (package.file(), fetch(package.filename)))
//!         .collect();
//!     let base = recipe.compose(&Deb::unpack_all(&files)?)?;
//!     println!("Python {} in {} files", base.target.python, base.tree.len());
//!     Ok(())
//! }
//!
//! // An archive that offers nothing has no base, and the error says what is missing.
//! let error = base(&[""], |_| unreachable!()).unwrap_err();
//! assert!(error.to_string().contains("base-files"), "{error}");
//! ```

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
pub use compose::{Base, COMPOSITION, ComposeError, Extra, Note, compose_extra};
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
