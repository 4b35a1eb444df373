//! `boxwright dev`: the application in a container, with its sources mounted; it reloads when they
//! change, and is built anew when what it depends on does.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use boxwright_digest::{Digest, KeyHasher};
use boxwright_engine::{
    ContainerOutput, ContainerSpec, ContainerStream, DockerContainer, Event, Mount,
};
use boxwright_plan::{APP_DIR, Profile};
use clap::Args;
use futures_util::StreamExt as _;

use crate::config::{BuildConfig, Environment};
use crate::docker::{DockerConfig, DockerPipeline, HostArgs, Prepared};
use crate::progress::ProgressMode;
use crate::project::ProjectArgs;
use crate::signals::Signals;

/// Between two looks at the project.
///
/// A scan with remembered digests is a walk and a `stat` for each file. Unlike the system's
/// notifications it works on every file system and mount, sees exactly the files that an image
/// gets, and has no limit on how many; and only rebuilds wait for it, as the server in the
/// container watches its files itself.
const LOOK: Duration = Duration::from_millis(500);
/// A large project is looked at less often: at most this part of the time is spent looking.
const SHARE: u32 = 10;
/// Seconds for the server to end its requests.
const GRACE: i32 = 5;

/// The arguments of `boxwright dev`.
#[derive(Debug, Args)]
pub struct DevArgs {
    /// The project's directory.
    #[arg(default_value = ".")]
    pub directory: PathBuf,

    /// What the command line says about the project.
    #[command(flatten)]
    pub project: ProjectArgs,

    /// The engine, and how it is used.
    #[command(flatten)]
    pub host: HostArgs,

    /// Where downloads, layers and images are kept [default: the user's cache directory].
    #[arg(long, value_name = "DIR", env = "BOXWRIGHT_CACHE_DIR")]
    pub cache_dir: Option<PathBuf>,
}

/// Runs `boxwright dev` until it is interrupted.
pub(crate) async fn run(args: &DevArgs, environment: &Environment) -> Result<()> {
    let mut signals = Signals::new()?;
    let mut config =
        BuildConfig::in_cache(args.directory.clone(), args.cache_dir.as_ref(), environment)?;
    config.project = args.project.clone();
    config.name = format!("{}-dev:latest", config.name.repository()).parse()?;
    let docker = DockerConfig::from_host(&args.host, Profile::Reload, environment)?;
    let pipeline = DockerPipeline::connect(config, docker, ProgressMode::Auto).await?;
    let name = container_name(&pipeline.config)?;
    let served = tokio::select! {
        served = serve(&pipeline, &name) => served,
        () = signals.any() => Ok(()),
    };
    // By its name: it may be half made.
    let removed = pipeline.engine.host().remove(&name, GRACE).await;
    served.and(Ok(removed?))
}

/// One container a directory.
fn container_name(config: &BuildConfig) -> Result<String> {
    let path = absolute(&config.directory)?;
    let digest = Digest::of(path.as_os_str().as_encoded_bytes()).hex();
    let repository = config.name.repository().replace('/', "-");
    Ok(format!("boxwright-{repository}-{}", &digest[..8]))
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::fs::canonicalize(path).with_context(|| format!("cannot find `{}`", path.display()))
}

/// Builds and runs, again and again.
async fn serve(pipeline: &DockerPipeline, name: &str) -> Result<()> {
    let scanned = pipeline.scan()?;
    let mut seen = scanned.snapshot.digest();
    let project = scanned.detect()?;
    for message in scanned.warnings(&project) {
        pipeline.events.on(Event::Warning { message });
    }
    let prepared = pipeline.prepare(&scanned, project).await?;
    pipeline.build(&prepared).await?;
    let mut built = fingerprint(&prepared);
    let mut server = Server::start(pipeline, name, &prepared).await?;

    loop {
        let next = tokio::select! {
            next = changed(pipeline, &mut seen) => next,
            code = server.container.wait(), if server.is_running => {
                server.is_running = false;
                let message = format!(
                    "the server ended with exit code {}; it starts again when a file changes",
                    code?
                );
                pipeline.events.on(Event::Warning { message });
                continue;
            }
        };
        let rebuilds = fingerprint(&next) != built;
        if rebuilds {
            let message = "what the image is made of changed: it is built anew".to_owned();
            pipeline.events.on(Event::Note { message });
            // The old one serves on until the new one is there, and for good if there is none.
            if let Err(error) = pipeline.build(&next).await {
                pipeline.events.on(Event::Warning { message: format!("{error:#}") });
                continue;
            }
            built = fingerprint(&next);
        }
        if rebuilds || !server.is_running {
            pipeline.engine.host().remove(name, GRACE).await?;
            server = Server::start(pipeline, name, &next).await?;
        }
    }
}

/// What decides whether an image must be built anew: all but the sources, which are mounted.
fn fingerprint(prepared: &Prepared) -> Digest {
    let context = &prepared.build.context;
    let files = context.files.iter().flat_map(|(path, content)| [path.as_bytes(), content]);
    KeyHasher::new("boxwright.dev", 1)
        .field("dockerfile", &context.dockerfile)
        .fields("files", files)
        .finish()
}

/// Waits until the project is no longer as it was, and plans it.
async fn changed(pipeline: &DockerPipeline, seen: &mut Digest) -> Prepared {
    let mut pause = LOOK;
    loop {
        tokio::time::sleep(pause).await;
        let start = Instant::now();
        match look(pipeline, seen).await {
            Ok(Some(prepared)) => return prepared,
            Ok(None) => {}
            // A file half-written is no reason to give up.
            Err(error) => pipeline.events.on(Event::Warning { message: format!("{error:#}") }),
        }
        pause = LOOK.max(start.elapsed() * SHARE);
    }
}

async fn look(pipeline: &DockerPipeline, seen: &mut Digest) -> Result<Option<Prepared>> {
    let scanned = tokio::task::block_in_place(|| pipeline.scan())?;
    let digest = scanned.snapshot.digest();
    if digest == *seen {
        return Ok(None);
    }
    let prepared = match scanned.detect() {
        Ok(project) => pipeline.prepare(&scanned, project).await,
        Err(error) => Err(error),
    };
    // Only now: whoever breaks this off must find the change again.
    *seen = digest;
    prepared.map(Some)
}

/// A container that serves.
struct Server {
    container: DockerContainer,
    is_running: bool,
}

impl Server {
    async fn start(pipeline: &DockerPipeline, name: &str, prepared: &Prepared) -> Result<Self> {
        let source = absolute(&pipeline.config.directory.join(&prepared.project.source))?;
        let spec = ContainerSpec {
            image: prepared.build.name.clone(),
            name: Some(name.to_owned()),
            user: reader(&source)?,
            mounts: vec![Mount { source, target: APP_DIR.to_owned(), read_only: true }],
            ports: prepared.project.port.into_iter().collect(),
            ..ContainerSpec::default()
        };
        let container = pipeline.engine.host().create(&spec).await?;
        let attached = container.attach(false).await?;
        tokio::spawn(print(attached.output));
        container.start().await?;
        if let Some(port) = prepared.project.port {
            let message = format!("serving on http://127.0.0.1:{port}/ (Ctrl-C ends it)");
            pipeline.events.on(Event::Note { message });
        }
        Ok(Self { container, is_running: true })
    }
}

/// Who can read the sources: the image's own user where everybody can, else their owner.
fn reader(source: &Path) -> Result<Option<String>> {
    let metadata = std::fs::metadata(source)
        .with_context(|| format!("cannot look at `{}`", source.display()))?;
    let everybody = metadata.permissions().mode() & 0o005 == 0o005;
    Ok((!everybody).then(|| format!("{}:{}", metadata.uid(), metadata.gid())))
}

/// Passes on what the container prints, until it ends.
pub(super) async fn print(mut output: ContainerStream) {
    while let Some(piece) = output.next().await {
        // Nobody is left to tell where the streams are closed.
        let _ = match piece {
            ContainerOutput::Out(bytes) => pass_on(&mut std::io::stdout().lock(), &bytes),
            ContainerOutput::Err(bytes) => pass_on(&mut std::io::stderr().lock(), &bytes),
        };
    }
}

fn pass_on(stream: &mut dyn std::io::Write, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(bytes)?;
    stream.flush()
}
