//! The pipeline from a directory to an image in a Docker Engine.

mod args;
mod bases;
mod report;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use boxwright_dockerfile::Dialect;
use boxwright_engine::{
    BaseChoice, Cache, ChosenBases, DockerBuild, DockerBuilder, DockerContext, DockerEngine,
    DockerHost, DockerImage, EmbeddedEngine, EmbeddedOptions, Endpoint, Event, Events, PYPI,
};
use boxwright_plan::{
    BuildPlan, CA_BUNDLE, CopySource, Profile, Project, RenderOptions, Requirements, Step, render,
};
use boxwright_requirements::{DependencyKey, canonical_constraints, canonical_text};

pub use args::{
    BaseArg, BuilderArg, CacheToArg, DockerArgs, DockerConfig, HostArgs, Pair, SecretArg,
};
pub use report::DockerReport;

use crate::config::BuildConfig;
use crate::progress::{ProgressMode, listener};
use crate::project::ScannedProject;

/// The folder of the context that the project is in. In one of its own, nothing that is sent
/// beside it — certificates, requirements — is copied with it.
const PROJECT: &str = "project";

/// The ID of the secret under which a Dockerfile of ours asks for certificates.
const CA_SECRET: &str = "ca-bundle";

/// Builds on a Docker Engine, ready to run again and again.
pub struct DockerPipeline {
    pub(crate) config: BuildConfig,
    pub(crate) docker: DockerConfig,
    pub(crate) engine: DockerEngine,
    pub(crate) events: Arc<dyn Events>,
    cache: Arc<Cache>,
    composer: EmbeddedEngine,
    /// The bases of the last build: a registry is not asked for each.
    bases: Mutex<Option<(BaseChoice, ChosenBases)>>,
}

/// A build about to begin, and what it was made from.
pub struct Prepared {
    /// The project.
    pub project: Project,
    /// The plan, as the report tells it.
    pub plan: BuildPlan,
    /// What the engine is asked for.
    pub build: DockerBuild,
    /// The bases in words.
    pub base: String,
}

impl DockerPipeline {
    /// Finds the engine and opens the cache.
    pub async fn connect(
        config: BuildConfig,
        docker: DockerConfig,
        progress: ProgressMode,
    ) -> Result<Self> {
        let events = listener(progress);
        let host = DockerHost::connect(&Endpoint::find(&config.docker)?).await?;
        let cache = Arc::new(Cache::open(&config.cache_dir)?);
        let BuildConfig { now, freshness, bytecode, epoch, .. } = config;
        let options = EmbeddedOptions { now, freshness, bytecode, epoch, index: PYPI.to_owned() };
        Ok(Self {
            composer: EmbeddedEngine::new(Arc::clone(&cache), Arc::clone(&events), options),
            engine: DockerEngine::new(host, Arc::clone(&events)),
            config,
            docker,
            events,
            cache,
            bases: Mutex::new(None),
        })
    }

    /// Looks at the project's directory.
    pub fn scan(&self) -> Result<ScannedProject> {
        let folder = self.cache.stat_caches();
        ScannedProject::read(&self.config.directory, &self.config.project, Some(&folder))
    }

    /// From the directory to the image.
    pub async fn run(&self) -> Result<DockerReport> {
        let scanned = self.scan()?;
        let project = scanned.detect()?;
        for message in scanned.warnings(&project) {
            self.events.on(Event::Warning { message });
        }
        let prepared = self.prepare(&scanned, project).await?;
        self.build(&prepared).await
    }

    /// Plans the build of a project, on bases that are there.
    pub async fn prepare(&self, scanned: &ScannedProject, project: Project) -> Result<Prepared> {
        let DockerConfig { profile, installer, release, .. } = self.docker;
        let (builder, dialect) = self.engine.builder(self.docker.builder)?;
        let unkeyed = BuildPlan::new(&project, boxwright_digest::Digest::of(""), &scanned.config);
        let chosen = self.choose_bases(&project, &unkeyed).await?;
        let key = DependencyKey::of(&project.requirements, &chosen.target);
        let plan = BuildPlan::new(&project, key.digest(), &scanned.config);
        let is_composed = chosen.composed();
        let requirements = Requirements::Normalised {
            requirements: canonical_text(&project.requirements, &chosen.target),
            constraints: canonical_constraints(&project.requirements, &chosen.target),
        };
        let options = RenderOptions {
            profile,
            installer,
            release,
            dialect,
            bases: Some(chosen.bases),
            requirements,
            ca_bundle: self.docker.ca_bundle.is_some(),
            release_has_shell: !is_composed,
        };
        let rendered = render(&project, &rooted(&plan, is_composed, profile), &options)?;
        let files = rendered.files.into_iter().map(|(path, text)| (path, text.into_bytes()));
        let context = DockerContext {
            dockerfile: rendered.dockerfile.text().to_owned(),
            files: files.chain(self.certificates(dialect)).collect(),
            snapshot: scanned.snapshot.clone(),
            prefix: Some(PROJECT.to_owned()),
            mtime: self.config.epoch,
        };
        let build = self.request(context, builder);
        Ok(Prepared { project, plan, build, base: chosen.title })
    }

    /// Has the engine carry it out.
    pub async fn build(&self, prepared: &Prepared) -> Result<DockerReport> {
        let image = self.engine.build(&prepared.build).await?;
        Ok(DockerReport::new(&self.config, &self.docker, prepared, &image))
    }

    /// Has the engine carry out a build of the caller's own.
    pub async fn image(&self, build: &DockerBuild) -> Result<DockerImage> {
        Ok(self.engine.build(build).await?)
    }

    /// What the chosen builder's Dockerfiles may say.
    pub fn dialect(&self) -> Result<Dialect> {
        Ok(self.engine.builder(self.docker.builder)?.1)
    }

    /// The certificates that downloads are to trust.
    pub fn certificates_in_use(&self) -> Option<Vec<u8>> {
        self.docker.ca_bundle.clone()
    }

    fn request(&self, context: DockerContext, builder: DockerBuilder) -> DockerBuild {
        let DockerConfig { ca_bundle, target, build_args, labels, .. } = &self.docker;
        let mut secrets = self.docker.secrets.clone();
        if let (Some(bundle), DockerBuilder::BuildKit) = (ca_bundle, builder) {
            secrets.insert(CA_SECRET.to_owned(), bundle.clone());
        }
        DockerBuild {
            build_args: build_args.clone(),
            secrets,
            target: target.clone(),
            platform: Some(format!("linux/{}", self.config.architecture)),
            labels: labels.clone(),
            cache_from: self.docker.cache_from.clone(),
            inline_cache: self.docker.inline_cache,
            no_cache: self.docker.no_cache,
            ..DockerBuild::new(self.config.name.to_string(), context, builder)
        }
    }

    /// Certificates as a file of the context, for a builder without secrets.
    fn certificates(&self, dialect: Dialect) -> Option<(String, Vec<u8>)> {
        let bundle = self.docker.ca_bundle.as_ref()?;
        (dialect == Dialect::Classic).then(|| (CA_BUNDLE.to_owned(), bundle.clone()))
    }
}

/// The plan for a context whose project is in a folder of its own. A composed release has its
/// system packages already, and no apt to install them.
fn rooted(plan: &BuildPlan, is_composed: bool, profile: Profile) -> BuildPlan {
    let mut plan = plan.clone();
    if is_composed && profile == Profile::Multistage {
        plan.steps.retain(|step| !matches!(step, Step::InstallSystemPackages { .. }));
    }
    for step in &mut plan.steps {
        if let Step::CopySource(CopySource { from, .. }) = step {
            *from = if from.is_empty() { PROJECT.to_owned() } else { format!("{PROJECT}/{from}") };
        }
    }
    plan
}

/// The secrets and arguments of a build are not for anybody's eyes but the builder's.
impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let secrets: BTreeMap<_, _> =
            self.build.secrets.keys().map(|id| (id, "(secret)")).collect();
        f.debug_struct("Prepared")
            .field("name", &self.build.name)
            .field("secrets", &secrets)
            .finish_non_exhaustive()
    }
}
