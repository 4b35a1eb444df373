//! The base: which Debian packages, and the layer that they make.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use boxwright_debian::{
    BaseRecipe, COMPOSITION, ClosureError, ComposeError, Deb, DebError, Flavor, IndexFileError,
    Keyring, KeyringError, PackageFile, PackageIndex, PythonPaths, Release, ReleaseError,
    Repository, Suite,
};
use boxwright_digest::{Digest, KeyHasher};
use boxwright_image::{GZIP_FORMAT, Image, Layer, PathError, Tree, TreeError};
use boxwright_requirements::{Architecture, Target};
use bytes::Bytes;
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

use super::bytecode::{BYTECODE_FORMAT, BytecodeError, HostPython};
use super::layers::{LayerStore, StoreError};
use super::{EmbeddedEngine, venv_prefix};
use crate::cache::CacheError;
use crate::event::{Outcome, Step};
use crate::fetch::{Download, FetchError};

/// Raised when a base layer's content changes for the same packages.
const BASE_FORMAT: u32 = 2;
/// The component that every package of a base is in: free software alone.
const COMPONENT: &str = "main";
/// The creation time of a base as an image: none that would mean anything.
const EPOCH: &str = "1970-01-01T00:00:00Z";
/// Where programs are looked for in a base.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Release files are always asked for again when a base is resolved: they are what says what is new.
const RELEASE_AGE: u64 = 0;

/// Why there is no base.
#[derive(Debug, thiserror::Error)]
pub enum BaseError {
    /// Something could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A release file is not to be trusted.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// The built-in keys cannot be read.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// An index is not what was signed.
    #[error(transparent)]
    Index(#[from] IndexFileError),
    /// A release has no packages for the architecture.
    #[error("the archive {distribution} has no packages for {architecture}")]
    NoIndex {
        /// The distribution.
        distribution: &'static str,
        /// The architecture.
        architecture: Architecture,
    },
    /// The packages do not fit together.
    #[error(transparent)]
    Closure(#[from] ClosureError),
    /// A package file is damaged or hostile.
    #[error(transparent)]
    Deb(#[from] DebError),
    /// The packages do not make a base.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The virtual environment does not fit into the base.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A path of the base is none.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The layer could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The cache refused.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The compiling of bytecode failed.
    #[error(transparent)]
    Bytecode(#[from] BytecodeError),
}

/// A package of a base, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasePackage {
    /// The package file.
    #[serde(flatten)]
    pub file: PackageFile,
    /// Where it is.
    pub url: String,
}

/// Which packages make a base, and what they are to Python.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseResolution {
    /// The Debian release by codename: `trixie`.
    pub suite: String,
    /// Whether one can build in it: with a shell, compilers, pip and apt.
    #[serde(default)]
    pub full: bool,
    /// The state of the release: `13.8`.
    pub release: String,
    /// The packages, sorted by name.
    pub packages: Vec<BasePackage>,
    /// What wheels must fit.
    pub target: Target,
    /// When this was found out, in seconds since 1970.
    resolved: u64,
}

impl BaseResolution {
    /// The base in words: `Debian trixie 13.8, Python 3.13.5`.
    pub fn title(&self) -> String {
        format!("Debian {} {}, Python {}", self.suite, self.release, self.target.python)
    }

    fn flavor(&self) -> Flavor {
        if self.full { Flavor::Full } else { Flavor::Runtime }
    }

    /// What decides about the bytes of compiled files: the interpreter's package and its version.
    /// Not the architecture, which makes no difference.
    pub(crate) fn interpreter_build(&self) -> String {
        let interpreter = format!("python{}-minimal", self.target.python.short());
        let version = self.packages.iter().find(|package| package.file.name == interpreter);
        format!("{interpreter} {}", version.map_or("", |package| &package.file.version))
    }

    /// The interpreter of this base on this machine: its root file system, unpacked if need be.
    pub(crate) fn host_python(
        &self,
        layer: &Layer,
        store: LayerStore<'_>,
    ) -> Result<HostPython, BaseError> {
        Ok(HostPython::new(store.root(layer)?, PythonPaths::of(&self.target)?))
    }
}

/// A base layer, and whether it was there.
#[derive(Debug, Clone)]
pub(crate) struct BaseLayer {
    pub(crate) layer: Layer,
    pub(crate) outcome: Outcome,
}

impl EmbeddedEngine {
    /// Finds out which packages make the base for a Python of this suite: from memory while that is
    /// fresh, else from Debian's signed indexes.
    pub async fn resolve_base(
        &self,
        suite: Suite,
        architecture: Architecture,
    ) -> Result<BaseResolution, BaseError> {
        self.resolve_recipe(BaseRecipe::new(suite, architecture)).await
    }

    /// The same for any recipe: a base to build in, or one with more packages.
    pub async fn resolve_recipe(&self, recipe: BaseRecipe) -> Result<BaseResolution, BaseError> {
        let key = KeyHasher::new("boxwright.base", BASE_FORMAT)
            .field("suite", recipe.suite.codename())
            .field("architecture", recipe.architecture.oci())
            .field("flavor", flavor_name(recipe.flavor))
            .fields("wanted", recipe.wanted())
            .fields("extra", &recipe.extra)
            .fields(
                "mirrors",
                [Repository::Debian, Repository::Security].map(Repository::default_url),
            )
            .finish();
        self.started(Step::ResolveBase);
        let known = self.cache.record::<BaseResolution>("base", &key);
        if let Some(known) = known.as_ref().filter(|known| self.is_fresh(known.resolved)) {
            self.finished(Step::ResolveBase, Outcome::Reused, known.title());
            return Ok(known.clone());
        }
        match self.ask_debian(recipe).await {
            Ok(resolution) => {
                self.cache.put_record("base", &key, &resolution)?;
                self.finished(Step::ResolveBase, Outcome::Built, resolution.title());
                Ok(resolution)
            }
            // A day without a mirror must not keep anybody from building.
            Err(BaseError::Fetch(error))
                if known.is_some() && !self.options.freshness.is_refresh() =>
            {
                self.warn(format!("{error}; the base stays the one that was found before"));
                let known = known.ok_or(error)?;
                self.finished(Step::ResolveBase, Outcome::Reused, known.title());
                Ok(known)
            }
            Err(error) => Err(error),
        }
    }

    /// Fetches and verifies the suite's indexes and computes the closure.
    async fn ask_debian(&self, recipe: BaseRecipe) -> Result<BaseResolution, BaseError> {
        let keyring = Arc::new(Keyring::debian()?);
        let archives = recipe.suite.archives();
        let fetched = archives
            .map(|archive| self.fetch_index(archive, recipe.architecture, Arc::clone(&keyring)));
        let fetched = try_join_all(fetched).await?;
        let resolved = self.options.now;
        tokio::task::spawn_blocking(move || {
            let texts: Vec<_> = fetched.iter().map(|(_, text)| text.as_str()).collect();
            let closure = recipe.resolve(&PackageIndex::new(&texts))?;
            let packages = closure.packages.values().map(|package| {
                let repository = archives[package.origin].repository.default_url();
                BasePackage {
                    url: format!("{repository}/{}", package.filename),
                    file: package.file(),
                }
            });
            let packages: Vec<_> = packages.collect();
            Ok(BaseResolution {
                suite: recipe.suite.codename().to_owned(),
                full: recipe.flavor == Flavor::Full,
                release: fetched
                    .iter()
                    .find_map(|(version, _)| version.clone())
                    .unwrap_or_default(),
                target: recipe.target(&packages.iter().map(|package| &package.file))?,
                packages,
                resolved,
            })
        })
        .await
        .map_err(StoreError::from)?
    }

    /// One archive's index: its version, and the text of its `Packages`.
    async fn fetch_index(
        &self,
        archive: boxwright_debian::Archive,
        architecture: Architecture,
        keyring: Arc<Keyring>,
    ) -> Result<(Option<String>, String), BaseError> {
        let root = archive.repository.default_url();
        let distribution = archive.distribution;
        let in_release = self
            .fetcher
            .page(&format!("{root}/{}", archive.in_release_path()), "*/*", RELEASE_AGE)
            .await?;
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(self.options.now);
        let release = tokio::task::spawn_blocking(move || {
            Release::verify(&in_release, &keyring, distribution, now)
        });
        let release = release.await.map_err(StoreError::from)??;
        let index = release.index(COMPONENT, architecture);
        let index = index.ok_or(BaseError::NoIndex { distribution, architecture })?;
        let path = index.by_hash_path.as_ref().unwrap_or(&index.path);
        let download = Download {
            url: format!("{root}/{}", archive.path(path)),
            name: Some(format!("{distribution} Packages.xz")),
            digest: index.sha256,
            size: Some(index.size),
        };
        let bytes = self.fetcher.file(&download).await?;
        let text = tokio::task::spawn_blocking(move || index.unpack(&bytes))
            .await
            .map_err(StoreError::from)??;
        Ok((release.version().map(str::to_owned), text))
    }

    /// A base as an image of its own, for another engine to build on: composed now, or reused.
    pub async fn base_image(&self, base: &BaseResolution) -> Result<Image, BaseError> {
        let bytecode = !base.full && self.compiles(base);
        let layer = self.base_layer(base, bytecode).await?.layer;
        let mut image = Image::empty(base.target.architecture.oci());
        image.config.created = Some(EPOCH.to_owned());
        image.append(layer, &base.title());
        image.config.set_env("PATH", PATH);
        image.config.set_env("LANG", "C.UTF-8");
        image.config.config.cmd = vec!["python3".to_owned()];
        Ok(image)
    }

    /// The layer of a base: from the store, or composed now.
    pub(crate) async fn base_layer(
        &self,
        base: &BaseResolution,
        bytecode: bool,
    ) -> Result<BaseLayer, BaseError> {
        let key = KeyHasher::new("boxwright.base-layer", BASE_FORMAT)
            .field("composition", COMPOSITION.to_le_bytes())
            .field("compression", GZIP_FORMAT)
            .optional("bytecode", bytecode.then_some(BYTECODE_FORMAT))
            .field("flavor", flavor_name(base.flavor()))
            .fields("packages", base.packages.iter().map(|package| package.file.sha256.as_bytes()))
            .finish();
        self.started(Step::Base);
        let store = LayerStore::new(&self.cache);
        if let Some(layer) = store.get("base-layer", &key) {
            self.finished(Step::Base, Outcome::Reused, base.title());
            return Ok(BaseLayer { layer, outcome: Outcome::Reused });
        }
        let debs = self.fetch_packages(base).await?;
        let (cache, base_again) = (Arc::clone(&self.cache), base.clone());
        let layer = tokio::task::spawn_blocking(move || {
            let tree = compose(&base_again, &debs)?;
            let store = LayerStore::new(&cache);
            if bytecode {
                put_compiled(&base_again, tree, &key, store)
            } else {
                Ok(store.put("base-layer", &key, &tree)?)
            }
        });
        let layer = layer.await.map_err(StoreError::from)??;
        self.finished(
            Step::Base,
            Outcome::Built,
            format!("{}, {} packages", base.title(), base.packages.len()),
        );
        Ok(BaseLayer { layer, outcome: Outcome::Built })
    }

    async fn fetch_packages(
        &self,
        base: &BaseResolution,
    ) -> Result<Vec<(PackageFile, Bytes)>, FetchError> {
        let fetch = |package: BasePackage| async move {
            let BasePackage { file, url } = package;
            let name = Some(format!("{} {}", file.name, file.version));
            let download = Download { url, name, digest: file.sha256, size: Some(file.size) };
            let bytes = self.fetcher.file(&download).await?;
            Ok::<_, FetchError>((file, bytes))
        };
        try_join_all(base.packages.iter().cloned().map(fetch)).await
    }
}

const fn flavor_name(flavor: Flavor) -> &'static str {
    match flavor {
        Flavor::Runtime => "runtime",
        Flavor::Full => "full",
    }
}

/// The base's files, with an empty virtual environment for the dependency layers to fill.
fn compose(base: &BaseResolution, debs: &[(PackageFile, Bytes)]) -> Result<Tree, BaseError> {
    // The suite was written down from a value of the type by `ask_debian`.
    let suite = base.suite.parse::<Suite>().unwrap_or(Suite::Trixie);
    let recipe =
        BaseRecipe { flavor: base.flavor(), ..BaseRecipe::new(suite, base.target.architecture) };
    let mut tree = recipe.compose(&Deb::unpack_all(debs)?)?.tree;
    if base.full {
        // Whoever builds in it makes the environment there, with a program of its own.
        return Ok(tree);
    }
    tree.merge(boxwright_wheel::venv_skeleton(base.target.python, &venv_prefix()?)?)?;
    Ok(tree)
}

/// Stores the base with the bytecode of its standard library, and keeps it unpacked: its
/// interpreter will compile the dependencies.
fn put_compiled(
    base: &BaseResolution,
    mut tree: Tree,
    key: &Digest,
    store: LayerStore<'_>,
) -> Result<Layer, BaseError> {
    let scratch = store.scratch()?;
    let root = scratch.path().join("root");
    tree.unpack(&root).map_err(BytecodeError::from)?;
    let compiled = HostPython::new(root, PythonPaths::of(&base.target)?).compile_library(&tree)?;
    tree.merge(compiled)?;
    let layer = store.put("base-layer", key, &tree)?;
    store.keep_root(&scratch, &layer)?;
    Ok(layer)
}
