//! A Python dependency resolver over any package index.
//!
//! It takes [requirements](Wanted) and a [target](boxwright_requirements::Target), asks an
//! [`Index`] for project pages (PEP 691) and metadata files (PEP 658), and answers with exactly one
//! wheel for each project, or with an error that says which line of which file asks for what. It
//! never looks at the machine it runs on: markers are evaluated and wheels chosen for the target.
//!
//! The rules are pip's where pip and uv differ in what is allowed, and the search is PubGrub's, so
//! that the answer is uv's where several would do. Only wheels count: running a project's build is
//! not a resolver's business.

mod index;
mod metadata;
mod page;
mod request;
mod resolution;
mod time;

pub use pep440_rs::{Version, VersionSpecifiers};
pub use pep508_rs::{ExtraName, MarkerTree, PackageName};

pub use index::{Index, IndexError};
pub use metadata::{Dependency, Metadata, MetadataError};
pub use page::{PageError, PageFile, ProjectPage, RemoteFile, Sidecar, SourceFile};
pub use request::{PreReleases, Request, Wanted, WantedError};
pub use resolution::{Note, Pinned, Resolution};
pub use time::{Timestamp, TimestampError};
