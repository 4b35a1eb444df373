//! The dependency layers: from requirements to wheels to layers.

use std::sync::Arc;

use boxwright_digest::{Digest, KeyHasher};
use boxwright_image::{GZIP_FORMAT, Layer, Node, NodeKind, PathError, Tree, TreeError};
use boxwright_requirements::{PythonVersion, RequirementSet, Target};
use boxwright_resolve::{
    Index, Pinned, Request, Resolution, ResolveError, WantedError, choose_locked, resolve,
};
use boxwright_wheel::{DirectUrl, InstallOptions, Wheel, WheelError};
use bytes::Bytes;
use futures_util::future::try_join_all;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::base::BaseResolution;
use super::bytecode::BYTECODE_FORMAT;
use super::compiled::{CompileError, Compiler};
use super::grouping::{Weight, group};
use super::index::{RemoteIndex, wheel};
use super::layers::{LayerStore, StoreError};
use super::preparation::Install;
use super::{BuiltLayer, EmbeddedEngine, LayerKind, venv_prefix};
use crate::cache::CacheError;
use crate::event::{Outcome, Step};
use crate::fetch::FetchError;

/// Raised when the same wheels give other layers.
pub const DEPENDENCY_FORMAT: u32 = 1;

/// Why there are no dependency layers.
#[derive(Debug, thiserror::Error)]
pub enum DependencyError {
    /// The requirements ask for something that cannot be done from wheels.
    #[error(transparent)]
    Request(#[from] WantedError),
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
    Compile(#[from] CompileError),
    /// The files of two wheels do not fit together.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The virtual environment's path is none.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A layer could not be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The cache refused.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

/// What a dependency key led to.
#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    resolution: Resolution,
    /// When it was resolved, in seconds since 1970.
    resolved: u64,
}

/// The wheels of one layer.
#[derive(Debug, Clone)]
struct Group {
    wheels: Vec<Pinned>,
    /// The digest of all that the layer's bytes depend on.
    key: Digest,
}

impl Group {
    /// `flask 3.1.3, werkzeug 3.1.5 and 4 more`
    fn title(&self) -> String {
        const NAMED: usize = 3;
        let names = self.wheels.iter().map(|pinned| format!("{} {}", pinned.name, pinned.version));
        let named = names.take(NAMED).collect::<Vec<_>>().join(", ");
        match self.wheels.len().saturating_sub(NAMED) {
            0 => named,
            more => format!("{named} and {more} more"),
        }
    }
}

impl EmbeddedEngine {
    /// One wheel for each project that the requirements need: from memory while that is fresh, else
    /// from the index.
    pub(crate) async fn resolve_dependencies(
        &self,
        install: &Install<'_>,
        requirements: &RequirementSet,
        base: &BaseResolution,
    ) -> Result<Resolution, DependencyError> {
        self.started(Step::ResolveDependencies);
        let url = install.index.unwrap_or(&self.options.index);
        let key = KeyHasher::new("boxwright.resolution", DEPENDENCY_FORMAT)
            .field("dependencies", install.key.as_bytes())
            .field("index", url)
            .finish();
        let known = self.cache.record::<Remembered>("dependencies", &key);
        if let Some(known) = known.filter(|known| self.is_fresh(known.resolved)) {
            self.finished(Step::ResolveDependencies, Outcome::Reused, count(&known.resolution));
            return Ok(known.resolution);
        }
        let handle = tokio::runtime::Handle::current();
        let index = RemoteIndex::new(
            url,
            Arc::clone(&self.fetcher),
            handle,
            self.options.freshness.is_refresh(),
        );
        let (requirements, target) = (requirements.clone(), base.target);
        let resolution =
            tokio::task::spawn_blocking(move || choose(&requirements, &target, &index));
        let resolution = resolution.await.map_err(StoreError::from)??;
        let remembered = Remembered { resolution, resolved: self.options.now };
        self.cache.put_record("dependencies", &key, &remembered)?;
        self.finished(Step::ResolveDependencies, Outcome::Built, count(&remembered.resolution));
        Ok(remembered.resolution)
    }

    /// The layers of these wheels: those that are in the store, and those that are made now.
    pub(crate) async fn dependency_layers(
        &self,
        resolution: &Resolution,
        layer_budget: usize,
        base: &BaseResolution,
        compiler: Option<&Layer>,
    ) -> Result<Vec<BuiltLayer>, DependencyError> {
        self.started(Step::Dependencies);
        resolution.notes.iter().for_each(|note| self.warn(note.to_string()));
        let groups = groups(resolution, layer_budget, base, compiler.is_some());
        let store = LayerStore::new(&self.cache);
        let known: Vec<_> =
            groups.iter().map(|group| store.get("dependency-layer", &group.key)).collect();
        let missing: Vec<_> = groups
            .iter()
            .zip(&known)
            .filter(|(_, known)| known.is_none())
            .map(|(group, _)| group.clone())
            .collect();
        let made = if missing.is_empty() {
            Vec::new()
        } else {
            self.make(missing, base, compiler).await?
        };

        let mut made = made.into_iter();
        let mut layers = Vec::new();
        for (group, known) in groups.iter().zip(known) {
            let outcome = if known.is_some() { Outcome::Reused } else { Outcome::Built };
            let title = group.title();
            layers.extend(known.or_else(|| made.next()).map(|layer| BuiltLayer {
                kind: LayerKind::Dependencies,
                title,
                outcome,
                layer,
            }));
        }
        let built = layers.iter().filter(|layer| layer.outcome == Outcome::Built).count();
        let outcome = if built == 0 { Outcome::Reused } else { Outcome::Built };
        let plural = if layers.len() == 1 { "" } else { "s" };
        let detail = format!("{} layer{plural}, {built} new", layers.len());
        self.finished(Step::Dependencies, outcome, detail);
        Ok(layers)
    }

    /// Fetches the wheels of these layers, installs and compiles them, and writes the layers.
    async fn make(
        &self,
        groups: Vec<Group>,
        base: &BaseResolution,
        compiler: Option<&Layer>,
    ) -> Result<Vec<Layer>, DependencyError> {
        let fetched =
            groups.iter().flat_map(|group| group.wheels.iter().cloned()).map(|pinned| async move {
                let bytes = wheel(&self.fetcher, &pinned.wheel).await;
                let package = || format!("{} {}", pinned.name, pinned.version);
                let bytes = bytes
                    .map_err(|source| DependencyError::Fetch { package: package(), source })?;
                Ok::<_, DependencyError>((pinned, bytes))
            });
        let fetched = try_join_all(fetched).await?;
        let (cache, events, base, compiler) =
            (Arc::clone(&self.cache), Arc::clone(&self.events), base.clone(), compiler.cloned());
        let layers = tokio::task::spawn_blocking(move || {
            let store = LayerStore::new(&cache);
            let mut trees = install(&fetched, base.target.python)?;
            if let Some(layer) = compiler {
                let names = fetched.iter().map(|(pinned, _)| identity(pinned));
                let wheels: Vec<_> = names.zip(&trees).collect();
                let compiler = Compiler { cache: &cache, base: &base, layer: &layer };
                let compiled = compiler.compile(&wheels)?;
                let pairs = trees.iter_mut().zip(compiled);
                pairs.into_iter().try_for_each(|(tree, compiled)| tree.merge(compiled))?;
            }
            let mut trees = trees.into_iter();
            let mut layers = Vec::new();
            for group in &groups {
                let mut together = Tree::new();
                for (pinned, tree) in group.wheels.iter().zip(trees.by_ref()) {
                    for path in overlay(&mut together, tree)? {
                        let message =
                            format!("{} replaces `/{path}` of another package", pinned.name);
                        events.on(crate::event::Event::Warning { message });
                    }
                }
                layers.push(store.put("dependency-layer", &group.key, &together)?);
            }
            Ok::<_, DependencyError>(layers)
        });
        layers.await.map_err(StoreError::from)?
    }
}

/// What a lock has decided, or else what the resolver finds.
fn choose(
    requirements: &RequirementSet,
    target: &Target,
    index: &dyn Index,
) -> Result<Resolution, DependencyError> {
    match requirements.pins_for(target) {
        Some(pins) => Ok(choose_locked(&pins, target, index)?),
        None => Ok(resolve(&Request::from_set(requirements, target)?, index)?),
    }
}

/// Which wheels share a layer, and the key of each.
fn groups(
    resolution: &Resolution,
    budget: usize,
    base: &BaseResolution,
    bytecode: bool,
) -> Vec<Group> {
    let wheels = &resolution.packages;
    let names: Vec<_> = wheels.iter().map(|pinned| pinned.name.to_string()).collect();
    let weights = names
        .iter()
        .zip(wheels)
        .map(|(name, pinned)| Weight { name, bytes: pinned.wheel.size.unwrap_or(0) });
    let groups = group(&weights.collect::<Vec<_>>(), budget);
    let compiler = bytecode.then(|| format!("{BYTECODE_FORMAT} {}", base.interpreter_build()));
    groups
        .into_iter()
        .map(|positions| {
            let wheels: Vec<_> =
                positions.into_iter().map(|position| wheels[position].clone()).collect();
            let key = KeyHasher::new("boxwright.dependency-layer", DEPENDENCY_FORMAT)
                .field("compression", GZIP_FORMAT)
                .field("python", base.target.python.short())
                .optional("bytecode", compiler.as_ref())
                .fields("wheels", wheels.iter().map(identity))
                .finish();
            Group { wheels, key }
        })
        .collect()
}

/// What a wheel adds to a layer depends on its bytes, and on whether it was asked for by URL.
fn identity(pinned: &Pinned) -> String {
    let url = pinned.wheel.url.redacted();
    let direct = if pinned.direct { &url } else { "" };
    let bytes = pinned.wheel.sha256.map_or_else(|| url.clone(), |digest| digest.to_string());
    format!("{} {bytes} {direct}", pinned.wheel.name.file_name())
}

/// Installs wheels side by side, each into a tree of its own.
fn install(
    wheels: &[(Pinned, Bytes)],
    python: PythonVersion,
) -> Result<Vec<Tree>, DependencyError> {
    let prefix = venv_prefix()?;
    wheels
        .par_iter()
        .map(|(pinned, bytes)| {
            let direct_url = pinned.direct.then(|| DirectUrl {
                url: pinned.wheel.url.redacted(),
                sha256: pinned.wheel.sha256,
            });
            let options =
                InstallOptions { direct_url, ..InstallOptions::new(prefix.clone(), python) };
            Ok(Wheel::open(bytes, &pinned.wheel.name)?.install(&options)?)
        })
        .collect()
}

/// Adds a tree to another, and gives the paths at which it replaced something else.
///
/// Packages that are not careful share names such as `tests/__init__.py`. pip lets the one
/// installed last win, in an order that is its own affair; here it is the last by name.
fn overlay(below: &mut Tree, above: Tree) -> Result<Vec<String>, TreeError> {
    let mut replaced = Vec::new();
    for (path, node) in above {
        match below.get(&path) {
            Some(existing)
                if *existing == node || is_directory(existing) && is_directory(&node) => {}
            Some(_) => {
                replaced.push(path.to_string());
                below.replace(&path, node)?;
            }
            None => below.insert_at(path, node)?,
        }
    }
    Ok(replaced)
}

fn is_directory(node: &Node) -> bool {
    node.kind == NodeKind::Directory
}

fn count(resolution: &Resolution) -> String {
    format!("{} packages", resolution.packages.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_package_wins_and_says_so() {
        let tree = |contents: &'static str| {
            let mut tree = Tree::new();
            tree.insert("tests/__init__.py", Node::file(contents)).unwrap();
            tree
        };
        let mut together = tree("a");
        assert_eq!(overlay(&mut together, tree("a")).unwrap(), [""; 0]);
        assert_eq!(overlay(&mut together, tree("b")).unwrap(), ["tests/__init__.py"]);
        assert_eq!(together, tree("b"));
    }
}
