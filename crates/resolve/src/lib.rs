//! A Python dependency resolver over any package index.
//!
//! [`resolve`] takes [requirements](Wanted) and a [target](boxwright_requirements::Target), asks an
//! [`Index`] for project pages (PEP 691) and metadata files (PEP 658), and answers with exactly one
//! wheel for each project, or with an error that says which line of which file asks for what. It
//! never looks at the machine it runs on: markers are evaluated and wheels chosen for the target.
//!
//! The rules are pip's where pip and uv differ in what is allowed, and the search is PubGrub's, so
//! that the answer is uv's where several would do. Only wheels count: running a project's build is
//! not a resolver's business.
//!
//! ```
//! use std::sync::Arc;
//!
//! use boxwright_requirements::{
//!     Architecture, Libc, Origin, PackageName, PythonVersion, Target,
//! };
//! use boxwright_resolve::{
//!     Index, IndexError, Metadata, ProjectPage, RemoteFile, Request, Wanted, resolve,
//! };
//!
//! /// An index that holds one wheel.
//! struct Shelf;
//!
//! impl Index for Shelf {
//!     fn project(&self, name: &PackageName) -> Result<Arc<ProjectPage>, IndexError> {
//!         if name.as_str() != "flask" {
//!             return Err(IndexError::NotFound);
//!         }
//!         let page = br#"{"files": [{"filename": "flask-3.1.2-py3-none-any.whl", "url": "flask.whl"}]}"#;
//!         Ok(Arc::new(ProjectPage::parse(page, "https://shelf.example/simple/flask/")?))
//!     }
//!
//!     fn metadata(&self, _: &RemoteFile) -> Result<Arc<Metadata>, IndexError> {
//!         Ok(Arc::new(Metadata::parse(b"Metadata-Version: 2.1\nName: Flask\nVersion: 3.1.2\n")?))
//!     }
//! }
//!
//! let target = Target {
//!     python: PythonVersion { major: 3, minor: 13, patch: 5 },
//!     architecture: Architecture::Amd64,
//!     libc: Libc::Glibc { major: 2, minor: 41 },
//! };
//! let wanted = Wanted::parse("flask>=3", Origin::new("requirements.txt", 1))?;
//! let resolution = resolve(&Request::new(target, vec![wanted]), &Shelf)?;
//! assert_eq!(resolution.packages[0].wheel.url.as_str(), "https://shelf.example/simple/flask/flask.whl");
//!
//! let wanted = Wanted::parse("flask==99", Origin::new("requirements.txt", 1))?;
//! let error = resolve(&Request::new(target, vec![wanted]), &Shelf).unwrap_err();
//! assert!(error.to_string().contains("requirements.txt:1"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod conflict;
mod error;
mod explain;
mod index;
mod locked;
mod lookahead;
mod metadata;
mod node;
mod page;
mod project;
mod provider;
mod quarrels;
mod request;
mod resolution;
mod resolver;
mod roots;
mod specifiers;
mod suggest;
mod time;
mod unusable;
mod versions;
mod words;

pub use error::{Explanation, ResolveError, UrlProblem};
pub use index::{Index, IndexError};
pub use locked::choose_locked;
pub use lookahead::Lookahead;
pub use metadata::{Metadata, MetadataError};
pub use page::{PageError, PageFile, ProjectPage, RemoteFile, Sidecar, SourceFile};
pub use request::{PreReleases, Request, Wanted, WantedError};
pub use resolution::{Note, Pinned, Resolution};
pub use resolver::resolve;
pub use time::{Timestamp, TimestampError};
