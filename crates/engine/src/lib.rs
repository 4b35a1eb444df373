//! Carries a plan out: the embedded engine, Docker, the cache, downloads.
//!
//! This is the only crate that uses the network, a daemon or asynchronous code. An
//! [`EmbeddedEngine`] builds an image out of a [`BuildPlan`](boxwright_plan::BuildPlan) into a
//! [`Cache`], whose store is an OCI layout; a [`DockerHost`] takes it from there.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use boxwright_debian::Suite;
//! use boxwright_engine::{Bytecode, Cache, EmbeddedEngine, EmbeddedOptions, Freshness, PYPI, Silent};
//! use boxwright_requirements::Architecture;
//!
//! # async fn example(now: u64) -> Result<(), Box<dyn std::error::Error>> {
//! let cache = Arc::new(Cache::open("/var/cache/boxwright")?);
//! let options = EmbeddedOptions {
//!     now,
//!     freshness: Freshness::Daily,
//!     bytecode: Bytecode::Auto,
//!     epoch: 0,
//!     index: PYPI.to_owned(),
//! };
//! let engine = EmbeddedEngine::new(cache, Arc::new(Silent), options);
//! let base = engine.resolve_base(Suite::Trixie, Architecture::Amd64).await?;
//! println!("{}: {} packages", base.title(), base.packages.len());
//! # Ok(())
//! # }
//! ```

mod cache;
mod docker;
mod embedded;
mod event;
mod fetch;

pub use cache::{Cache, CacheError, ContentWriter, FinishedContent};
pub use docker::{
    Attached, BaseChoice, BasesError, ChosenBases, ContainerOutput, ContainerSpec, ContainerStream,
    ContextError, DockerBuild, DockerBuildError, DockerBuilder, DockerContainer, DockerContext,
    DockerEngine, DockerEnvironment, DockerError, DockerHost, DockerImage, Endpoint, EndpointError,
    Mount, SessionError, TlsFiles,
};
pub use embedded::{
    BaseError, BasePackage, BaseResolution, BuildError, Built, BuiltLayer, Bytecode, BytecodeError,
    CompileError, DEPENDENCY_FORMAT, DependencyError, EmbeddedEngine, EmbeddedOptions, Freshness,
    LayerKind, PYPI, SourceError, StoreError, UnsupportedStep,
};
pub use event::{Event, Events, Outcome, Silent, Step};
pub use fetch::{Download, FetchError, Fetcher};
