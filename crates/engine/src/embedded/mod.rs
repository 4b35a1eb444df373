//! The embedded engine: an image out of Debian packages, wheels and the project's files.
//!
//! No daemon, no root, no shell. Each part is looked up by the key of what it is made of, and only
//! what is missing is fetched and written.

mod base;
mod bytecode;
mod compiled;
mod dependencies;
mod grouping;
mod index;
mod layers;
mod preparation;
mod source;

use std::sync::Arc;

use boxwright_context::Snapshot;
use boxwright_image::{Image, Layer, LayerPath, PathError};
use boxwright_plan::{BuildPlan, VENV};
use boxwright_requirements::RequirementSet;
use serde::Serialize;

use crate::cache::Cache;
use crate::event::{Event, Events, Outcome, Step};
use crate::fetch::Fetcher;

pub use base::{BaseError, BasePackage, BaseResolution};
pub use bytecode::BytecodeError;
pub use compiled::CompileError;
pub use dependencies::{DEPENDENCY_FORMAT, DependencyError};
pub use layers::StoreError;
pub use preparation::UnsupportedStep;
pub use source::SourceError;

use preparation::Preparation;

/// PyPI's simple API.
pub const PYPI: &str = "https://pypi.org/simple";

/// For how long an answer to "what is newest?" holds, in seconds: a day.
const FRESH: u64 = 24 * 60 * 60;

/// Whether newer packages are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// When the last look was a day ago or longer.
    Daily,
    /// Now.
    Refresh,
    /// Never: the network is not used.
    Offline,
}

impl Freshness {
    fn is_refresh(self) -> bool {
        self == Self::Refresh
    }
}

/// Whether the standard library and the dependencies are compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bytecode {
    /// Where this machine can run the image's Python.
    Auto,
    /// Never.
    Off,
}

/// What an engine is told besides the plan. Clock and choices come from the caller.
#[derive(Debug, Clone)]
pub struct EmbeddedOptions {
    /// The time, in seconds since 1970. It decides about freshness alone.
    pub now: u64,
    /// Whether newer packages are looked for.
    pub freshness: Freshness,
    /// Whether bytecode is compiled.
    pub bytecode: Bytecode,
    /// The image's creation time and the times of the project's files, in seconds since 1970.
    pub epoch: u64,
    /// The package index, unless the plan names another: its simple API's URL.
    pub index: String,
}

/// Why there is no image.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The plan has a step that this engine cannot carry out.
    #[error(transparent)]
    Unsupported(#[from] UnsupportedStep),
    /// There is no base.
    #[error(transparent)]
    Base(#[from] BaseError),
    /// There are no dependency layers.
    #[error(transparent)]
    Dependencies(#[from] DependencyError),
    /// There is no source layer.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// What a layer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LayerKind {
    /// Debian and Python.
    Base,
    /// What the project depends on.
    Dependencies,
    /// The project's own files.
    Source,
}

impl LayerKind {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Dependencies => "dependencies",
            Self::Source => "source",
        }
    }
}

/// A layer of a built image, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltLayer {
    /// What it is for.
    pub kind: LayerKind,
    /// What is in it, in words.
    pub title: String,
    /// Whether the cache had it.
    pub outcome: Outcome,
    /// The layer.
    pub layer: Layer,
}

/// An image whose blobs are in the cache's store.
#[derive(Debug, Clone)]
pub struct Built {
    /// The image.
    pub image: Image,
    /// Its layers, lowest first.
    pub layers: Vec<BuiltLayer>,
    /// The packages installed, each as `name version`.
    pub packages: Vec<String>,
    /// Whether bytecode was compiled.
    pub bytecode: bool,
    /// Bytes that came over the network.
    pub downloaded: u64,
}

/// Builds images without a daemon.
pub struct EmbeddedEngine {
    cache: Arc<Cache>,
    fetcher: Arc<Fetcher>,
    events: Arc<dyn Events>,
    options: EmbeddedOptions,
}

impl EmbeddedEngine {
    /// An engine over a cache, with a listener for what it does.
    pub fn new(cache: Arc<Cache>, events: Arc<dyn Events>, options: EmbeddedOptions) -> Self {
        let offline = options.freshness == Freshness::Offline;
        let fetcher = Fetcher::new(Arc::clone(&cache), Arc::clone(&events), options.now, offline);
        Self { cache, fetcher: Arc::new(fetcher), events, options }
    }

    /// The cache.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Carries a plan out on a base that was resolved before, since the plan's dependency key
    /// depends on it. `requirements` is what the plan's dependency key was made of.
    pub async fn build(
        &self,
        plan: &BuildPlan,
        base: &BaseResolution,
        requirements: &RequirementSet,
        snapshot: &Snapshot,
    ) -> Result<Built, BuildError> {
        let preparation = Preparation::new(plan)?;
        let bytecode = self.compiles(base);
        // Neither needs the other: the target is known from the packages' versions alone.
        let (base_layer, resolution) = tokio::try_join!(
            async { Ok::<_, BuildError>(self.base_layer(base, bytecode).await?) },
            async {
                Ok(self.resolve_dependencies(&preparation.install, requirements, base).await?)
            },
        )?;
        let compiler = bytecode.then_some(&base_layer.layer);
        let budget = preparation.install.layer_budget;
        let dependencies = self.dependency_layers(&resolution, budget, base, compiler).await?;
        let (source, source_outcome) =
            self.source_layer(preparation.copy, preparation.user, snapshot)?;

        let mut layers = vec![BuiltLayer {
            kind: LayerKind::Base,
            title: base.title(),
            outcome: base_layer.outcome,
            layer: base_layer.layer,
        }];
        layers.extend(dependencies);
        let title = format!("{} → {}", preparation.source_title(), preparation.copy.to);
        layers.push(BuiltLayer {
            kind: LayerKind::Source,
            title,
            outcome: source_outcome,
            layer: source,
        });
        Ok(Built {
            image: preparation.image(base, &layers, self.options.epoch),
            layers,
            packages: resolution
                .packages
                .iter()
                .map(|pinned| format!("{} {}", pinned.name, pinned.version))
                .collect(),
            bytecode,
            downloaded: self.fetcher.downloaded(),
        })
    }

    /// Whether bytecode is compiled for this base here: its own interpreter has to run.
    fn compiles(&self, base: &BaseResolution) -> bool {
        if self.options.bytecode == Bytecode::Off {
            return false;
        }
        let runs = cfg!(target_os = "linux")
            && base.target.architecture.machine() == std::env::consts::ARCH;
        if !runs {
            self.events.on(Event::Note {
                message: format!(
                    "no bytecode: this machine cannot run a Python for linux/{}, so the image starts more slowly",
                    base.target.architecture
                ),
            });
        }
        runs
    }

    fn is_fresh(&self, since: u64) -> bool {
        match self.options.freshness {
            Freshness::Daily => self.options.now.saturating_sub(since) < FRESH,
            Freshness::Refresh => false,
            Freshness::Offline => true,
        }
    }

    fn started(&self, step: Step) {
        self.events.on(Event::Started { step });
    }

    fn finished(&self, step: Step, outcome: Outcome, detail: String) {
        self.events.on(Event::Finished { step, outcome, detail });
    }

    fn warn(&self, message: String) {
        self.events.on(Event::Warning { message });
    }
}

/// [`VENV`] as a path in a layer.
fn venv_prefix() -> Result<LayerPath, PathError> {
    LayerPath::new(VENV.trim_start_matches('/'))
}
