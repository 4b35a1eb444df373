//! `boxwright build`: the pipeline from a directory to an image.

use std::fs::File;
use std::io::{BufWriter, Write as _, stdout};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use boxwright_digest::Digest;
use boxwright_engine::{
    BaseResolution, Built, Cache, DEPENDENCY_FORMAT, DockerHost, EmbeddedEngine, EmbeddedOptions,
    Endpoint, Event, Events, Freshness, Outcome, PYPI, Step,
};
use boxwright_image::{Image, Layout, write_archive};
use boxwright_plan::{BuildPlan, Project, PythonMinor};
use boxwright_requirements::DependencyKey;

use crate::args::{BuildArgs, EngineArg};
use crate::config::{BuildConfig, Environment, Output};
use crate::damage::damaged_blob;
use crate::docker::{DockerConfig, DockerPipeline};
use crate::progress::{ProgressMode, listener};
use crate::project::{ScannedProject, suite};
use crate::pythons;
use crate::report::BuildReport;

/// What a build came to.
struct Made {
    plan: BuildPlan,
    base: BaseResolution,
    built: Built,
}

/// One build, ready to run.
pub struct Build {
    config: BuildConfig,
    events: Arc<dyn Events>,
}

impl Build {
    /// A build of this configuration, whose progress is shown in this way.
    pub fn new(config: BuildConfig, progress: ProgressMode) -> Self {
        Self { config, events: listener(progress) }
    }

    /// From the directory to the image, and to where it is wanted.
    pub async fn run(&self) -> Result<BuildReport> {
        let cache = Arc::new(Cache::open(&self.config.cache_dir)?);
        let folder = cache.stat_caches();
        let scanned =
            ScannedProject::read(&self.config.directory, &self.config.project, Some(&folder))?;
        let project = scanned.detect()?;
        for message in scanned.warnings(&project) {
            self.warn(message);
        }

        let engine = EmbeddedEngine::new(
            Arc::clone(&cache),
            Arc::clone(&self.events),
            self.engine_options(),
        );
        let Made { plan, base, built } = self.make(&engine, &scanned, project).await?;
        if let Err(error) = self.put_out(&built, cache.store()).await {
            let Some(digest) = damaged_blob(&error) else { return Err(error) };
            self.warn(format!("the layer {digest} was damaged in the cache; it is made anew"));
            cache.store().evict(&digest)?;
            let project = scanned.detect()?;
            let again = self.make(&engine, &scanned, project).await?;
            self.put_out(&again.built, cache.store()).await?;
        }
        Ok(BuildReport::new(&self.config, &plan, &base, &built, cache.store()))
    }

    /// Builds for the project's Python, or for one that its requirements have wheels for, where it
    /// does not say which it wants. Which one that was is remembered.
    async fn make(
        &self,
        engine: &EmbeddedEngine,
        scanned: &ScannedProject,
        project: Project,
    ) -> Result<Made> {
        let (plan, base, key) = self.plan(engine, scanned, &project).await?;
        let others = pythons::others(&project);
        let known = engine.cache().record::<String>("python", &key);
        let known = known.and_then(|python| python.parse().ok()).filter(|it| others.contains(it));
        if let Some(python) = known.filter(|_| self.config.freshness != Freshness::Refresh) {
            return self.make_on(engine, scanned, &project, python).await;
        }
        let built = engine.build(&plan, &base, &project.requirements, &scanned.snapshot).await;
        let failure = match built {
            Ok(built) => return Ok(Made { plan, base, built }),
            Err(error) if pythons::wants_another(&error) => error,
            Err(error) => return Err(error.into()),
        };
        for python in others {
            if let Ok(made) = self.make_on(engine, scanned, &project, python).await {
                engine.cache().put_record("python", &key, &python.to_string())?;
                return Ok(made);
            }
        }
        // What is wrong with the first choice is what there is to mend.
        Err(failure.into())
    }

    /// Builds on another Python than the project's.
    async fn make_on(
        &self,
        engine: &EmbeddedEngine,
        scanned: &ScannedProject,
        project: &Project,
        python: PythonMinor,
    ) -> Result<Made> {
        let project = pythons::on(project, python);
        let (plan, base, _) = self.plan(engine, scanned, &project).await?;
        let built = engine.build(&plan, &base, &project.requirements, &scanned.snapshot).await?;
        let about =
            plan.decisions.iter().filter(|decision| decision.evidence == project.python_evidence);
        about.for_each(|decision| self.warn(decision.text.clone()));
        Ok(Made { plan, base, built })
    }

    /// The plan for a project, and the base that its dependency key depends on.
    async fn plan(
        &self,
        engine: &EmbeddedEngine,
        scanned: &ScannedProject,
        project: &Project,
    ) -> Result<(BuildPlan, BaseResolution, Digest)> {
        let base = engine.resolve_base(suite(project)?, self.config.architecture).await?;
        let key = DependencyKey::of(&project.requirements, &base.target)
            .with_layer_format(DEPENDENCY_FORMAT)
            .digest();
        Ok((BuildPlan::new(project, key, &scanned.config), base, key))
    }

    fn warn(&self, message: String) {
        self.events.on(Event::Warning { message });
    }

    fn engine_options(&self) -> EmbeddedOptions {
        let BuildConfig { now, freshness, bytecode, epoch, .. } = self.config;
        EmbeddedOptions { now, freshness, bytecode, epoch, index: PYPI.to_owned() }
    }

    /// Names the image in the store, and brings it wherever else it is wanted.
    async fn put_out(&self, built: &Built, store: &Layout) -> Result<()> {
        self.events.on(Event::Started { step: Step::Output });
        let name = self.config.name.to_string();
        store.put_image(&built.image, &name)?;
        for output in &self.config.outputs {
            match output {
                Output::Layout(path) => write_layout(&built.image, &name, store, path)?,
                Output::Archive(path) => write_archive_file(&built.image, &name, store, path)?,
                Output::Load => {
                    let docker = DockerHost::connect(&Endpoint::find(&self.config.docker)?).await?;
                    docker.load(&built.image, &name, store).await?;
                }
            }
        }
        let places = 1 + self.config.outputs.len();
        let detail = format!("{name} in {places} place{}", if places == 1 { "" } else { "s" });
        self.events.on(Event::Finished { step: Step::Output, outcome: Outcome::Built, detail });
        Ok(())
    }
}

fn write_layout(image: &Image, name: &str, store: &Layout, path: &Path) -> Result<()> {
    let layout = Layout::create(path)?;
    for layer in image.layers() {
        layout.copy_blob(&layer.descriptor, store)?;
    }
    layout.put_image(image, name)?;
    Ok(())
}

/// Writes beside the file first, so that there is never half an archive under its name.
fn write_archive_file(image: &Image, name: &str, store: &Layout, path: &Path) -> Result<()> {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = || format!("cannot write `{}`", path.display());
    let file =
        tempfile::Builder::new().prefix(".boxwright-").tempfile_in(folder).with_context(failed)?;
    let mut out = write_archive(image, name, store, BufWriter::new(file.as_file()))?;
    out.flush().with_context(failed)?;
    drop(out);
    set_usual_permissions(file.as_file()).with_context(failed)?;
    file.persist(path).with_context(failed)?;
    Ok(())
}

/// A temporary file is its owner's alone; an archive is an ordinary file.
fn set_usual_permissions(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

/// Runs `boxwright build` and prints what came of it.
pub(crate) async fn run(args: &BuildArgs, environment: &Environment) -> Result<()> {
    let config = BuildConfig::from_args(args, environment)?;
    let mode = match (args.quiet, args.json) {
        (true, _) => ProgressMode::Quiet,
        (_, true) => ProgressMode::Json,
        _ => ProgressMode::Auto,
    };
    let text = match args.engine {
        EngineArg::Embedded => {
            let report = Build::new(config, mode).run().await?;
            match mode {
                ProgressMode::Quiet => report.digest.to_string(),
                ProgressMode::Json => serde_json::to_string(&report)?,
                ProgressMode::Auto => report.to_text(),
            }
        }
        EngineArg::Docker => {
            ensure!(
                args.outputs.is_empty(),
                "an engine keeps its images to itself: `--output` is for `--engine embedded`"
            );
            let docker = DockerConfig::from_args(&args.docker, environment)?;
            let report = DockerPipeline::connect(config, docker, mode).await?.run().await?;
            match mode {
                ProgressMode::Quiet => report.image_id,
                ProgressMode::Json => serde_json::to_string(&report)?,
                ProgressMode::Auto => report.to_text(),
            }
        }
    };
    Ok(writeln!(stdout(), "{text}")?)
}
