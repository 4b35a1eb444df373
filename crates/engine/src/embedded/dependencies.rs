//! The dependency layers: from requirements to wheels to layers.

use std::collections::BTreeMap;
use std::sync::Arc;

use boxwright_digest::{Digest, KeyHasher};
use boxwright_image::{GZIP_FORMAT, Layer, LayerPath, Tree};
use boxwright_requirements::{RequirementSet, Target};
use boxwright_resolve::{Pinned, Request, RequestError, Resolution, ResolveError};
use boxwright_wheel::{InstallOptions, Wheel, WheelError};
use bytes::Bytes;
use futures_util::future::try_join_all;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::EmbeddedEngine;
use super::base::{BaseError, BaseResolution};
use super::bytecode::{BYTECODE_FORMAT, BytecodeError, HostPython};
use super::grouping::{Weight, group};
use super::index::{RemoteIndex, wheel};
use super::layers::{LayerStore, StoreError};
use crate::cache::{Cache, CacheError};
use crate::event::{Outcome, Step};
use crate::fetch::FetchError;

/// Raised when the same wheels give other layers.
pub const DEPENDENCY_FORMAT: u32 = 1;

/// Why there are no dependency layers.
#[derive(Debug, thiserror::Error)]
pub enum DependencyError {
    /// The requirements ask for something that cannot be done from wheels.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// No set of wheels satisfies the requirements.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// A wheel could not be fetched.
    #[error("cannot fetch {package}")]
    Fetch {
        /// Which.
        package: String,
        /// Why.
        source: FetchError,
    },
    /// A wheel is damaged or hostile.
    #[error(transparent)]
    Wheel(#[from] WheelError),
    /// The compiling of bytecode failed.
    #[error(transparent)]
    Bytecode(#[from] BytecodeError),
    /// The base's interpreter could not be unpacked.
    #[error(transparent)]
    Base(Box<BaseError>),
    /// A layer could not be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The cache refused.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

/// The dependency layers of an image.
#[derive(Debug, Clone)]
pub(crate) struct DependencyLayers {
    pub(crate) layers: Vec<DependencyLayer>,
    /// The wheels, in words.
    pub(crate) packages: Vec<String>,
}

/// One dependency layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DependencyLayer {
    pub(crate) layer: Layer,
    /// What is in it: `flask 3.1.3, werkzeug 3.1.5`.
    pub(crate) title: String,
    #[serde(skip, default = "reused")]
    pub(crate) outcome: Outcome,
}

fn reused() -> Outcome {
    Outcome::Reused
}

/// What a dependency key led to.
#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    resolution: Resolution,
    /// When it was resolved, in seconds since 1970.
    resolved: u64,
}

/// A wheel that is wanted and its bytes.
struct Fetched {
    pinned: Pinned,
    bytes: Bytes,
}

/// All that the bytes of dependency layers depend on besides the wheels.
#[derive(Debug, Clone)]
struct LayerContext {
    target: Target,
    /// The interpreter's build and, where bytecode is wanted, itself.
    compiler: Option<(String, HostPython)>,
    prefix: LayerPath,
}

impl EmbeddedEngine {
    /// One wheel for each project that the requirements need: from memory while that is fresh, else
    /// from the index.
    pub(crate) async fn resolve_dependencies(
        &self,
        key: Digest,
        requirements: &RequirementSet,
        extra: &[String],
        target: Target,
        index: Option<&str>,
    ) -> Result<Resolution, DependencyError> {
        self.started(Step::ResolveDependencies);
        let request = Request::from_set(requirements, extra, target)?;
        let known = self.cache.record::<Remembered>("dependencies", &key);
        if let Some(known) = known.filter(|known| self.is_fresh(known.resolved)) {
            self.finished(Step::ResolveDependencies, Outcome::Reused, count(&known.resolution));
            return Ok(known.resolution);
        }
        let url = index.unwrap_or(&self.options.index);
        let handle = tokio::runtime::Handle::current();
        let refresh = self.options.freshness.is_refresh();
        let index = RemoteIndex::new(url, Arc::clone(&self.fetcher), handle, refresh);
        let resolution = tokio::task::spawn_blocking(move || boxwright_resolve::resolve(&request, &index));
        let resolution = resolution.await.map_err(StoreError::from)??;
        let remembered = Remembered { resolution, resolved: self.options.now };
        self.cache.put_record("dependencies", &key, &remembered)?;
        self.finished(Step::ResolveDependencies, Outcome::Built, count(&remembered.resolution));
        Ok(remembered.resolution)
    }
}

fn count(resolution: &Resolution) -> String {
    format!("{} packages", resolution.packages.len())
}
