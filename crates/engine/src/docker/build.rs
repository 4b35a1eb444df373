//! Building a Dockerfile on the engine: what is asked for, and both builders behind one call.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bollard::body_stream;
use bollard::query_parameters::{BuildImageOptions, BuildImageOptionsBuilder};
use boxwright_dockerfile::Dialect;
use futures_util::StreamExt as _;

use super::buildkit::{self, SessionError};
use super::classic::Classic;
use super::context::{ContextError, DOCKERFILE, DockerContext};
use super::host::{DockerError, DockerHost, request};
use super::log::Log;
use super::pieces::pieces;
use crate::event::{Event, Events, Outcome, Step};

/// The first API whose engine has BuildKit (18.09), and the first whose BuildKit reads all that a
/// current one does (Engine 23).
const BUILDKIT: (u64, u64) = (1, 39);
const CURRENT_BUILDKIT: (u64, u64) = (1, 42);

/// Which of an engine's builders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DockerBuilder {
    /// The first one, which every engine and podman have: one step after the other.
    Classic,
    /// Stages in parallel, mounts, secrets.
    BuildKit,
}

impl DockerBuilder {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::BuildKit => "buildkit",
        }
    }
}

/// One build, to be carried out by an engine.
#[derive(Debug, Clone)]
pub struct DockerBuild {
    /// What the image is called, with its tag.
    pub name: String,
    /// What is sent.
    pub context: DockerContext,
    /// Which builder; see [`DockerEngine::builder`].
    pub builder: DockerBuilder,
    /// Values of `ARG`s.
    pub build_args: BTreeMap<String, String>,
    /// Values of `RUN --mount=type=secret`, by ID. They stay here until the engine asks for one.
    pub secrets: BTreeMap<String, Vec<u8>>,
    /// The stage to build; the last if `None`.
    pub target: Option<String>,
    /// What the image runs on, such as `linux/amd64`; the engine's own if `None`.
    pub platform: Option<String>,
    /// Labels beyond the Dockerfile's.
    pub labels: BTreeMap<String, String>,
    /// Images whose layers may be reused.
    pub cache_from: Vec<String>,
    /// Whether the image carries what a later `cache_from` needs.
    pub inline_cache: bool,
    /// Whether everything is built anew.
    pub no_cache: bool,
}

impl DockerBuild {
    /// A build that asks for nothing special.
    pub fn new(name: impl Into<String>, context: DockerContext, builder: DockerBuilder) -> Self {
        Self {
            name: name.into(),
            context,
            builder,
            build_args: BTreeMap::new(),
            secrets: BTreeMap::new(),
            target: None,
            platform: None,
            labels: BTreeMap::new(),
            cache_from: Vec::new(),
            inline_cache: false,
            no_cache: false,
        }
    }
}

/// An image in the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DockerImage {
    /// The digest of its configuration.
    pub id: String,
    /// Its bytes as the engine counts them: all layers, unpacked.
    pub bytes: u64,
    /// How many layers it has.
    pub layers: usize,
    /// How many instructions were carried out for it.
    pub built: usize,
    /// How many results the builder had.
    pub reused: usize,
}

/// Why there is no image.
#[derive(Debug, thiserror::Error)]
pub enum DockerBuildError {
    /// An instruction failed.
    #[error("{}{message}{}", .instruction.as_ref().map(|it| format!("`{it}` failed: ")).unwrap_or_default(), indented(.output))]
    Failed {
        /// The instruction, where it is known.
        instruction: Option<String>,
        /// What the builder said.
        message: String,
        /// The end of the instruction's output.
        output: Vec<String>,
    },
    /// The engine cannot do it.
    #[error(transparent)]
    Engine(#[from] DockerError),
    /// The context could not be sent.
    #[error(transparent)]
    Context(#[from] ContextError),
    /// BuildKit's side channel broke.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The classic builder has no secrets.
    #[error(
        "the classic builder has no secrets (`{secret}`): build with BuildKit, or leave the secret out"
    )]
    ClassicSecret {
        /// The secret's ID.
        secret: String,
    },
    /// The engine's builder is older than BuildKit.
    #[error("this engine has no BuildKit (API {api}{}): build with `--builder classic`", if *.is_podman { ", podman" } else { "" })]
    NoBuildKit {
        /// The newest API it speaks.
        api: String,
        /// Whether it is podman.
        is_podman: bool,
    },
    /// A part of this program broke off.
    #[error("a part of the build broke off; please report this")]
    Task(#[from] tokio::task::JoinError),
}

/// The end of an instruction's output, below the message.
fn indented(lines: &[String]) -> String {
    lines.iter().flat_map(|line| ["\n  | ", line]).collect()
}

/// Builds images on a Docker Engine, or on one that speaks like it.
pub struct DockerEngine {
    pub(super) host: DockerHost,
    pub(super) events: Arc<dyn Events>,
}

impl DockerEngine {
    /// An engine that has answered, with a listener for what it does.
    pub fn new(host: DockerHost, events: Arc<dyn Events>) -> Self {
        Self { host, events }
    }

    /// The connection.
    pub fn host(&self) -> &DockerHost {
        &self.host
    }

    /// The builder to use, and what its Dockerfiles may say: BuildKit where there is one, unless
    /// another is wanted.
    pub fn builder(
        &self,
        wanted: Option<DockerBuilder>,
    ) -> Result<(DockerBuilder, Dialect), DockerBuildError> {
        let (api, is_podman) = (self.host.version.api, self.host.version.is_podman);
        let dialect = if api >= CURRENT_BUILDKIT { Dialect::BuildKit } else { Dialect::BuildKit20 };
        let has_buildkit = api >= BUILDKIT && !is_podman;
        match wanted {
            Some(DockerBuilder::Classic) => Ok((DockerBuilder::Classic, Dialect::Classic)),
            None if !has_buildkit => Ok((DockerBuilder::Classic, Dialect::Classic)),
            Some(DockerBuilder::BuildKit) if !has_buildkit => {
                let api = format!("{}.{}", api.0, api.1);
                Err(DockerBuildError::NoBuildKit { api, is_podman })
            }
            Some(DockerBuilder::BuildKit) | None => Ok((DockerBuilder::BuildKit, dialect)),
        }
    }

    /// Carries a build out. Dropped half-way, it ends on the engine too.
    pub async fn build(&self, build: &DockerBuild) -> Result<DockerImage, DockerBuildError> {
        self.events.on(Event::Started { step: Step::Dockerfile });
        let mut log = Log::new(Arc::clone(&self.events));
        let built = match build.builder {
            DockerBuilder::Classic => self.build_classic(build, &mut log).await,
            DockerBuilder::BuildKit => buildkit::build(&self.host, build, &mut log).await,
        };
        let (instruction, output) = log.close(built.is_ok().then_some(Outcome::Built));
        if let Err(error) = built {
            return Err(match error {
                DockerBuildError::Failed { message, .. } => {
                    DockerBuildError::Failed { instruction, message, output }
                }
                other => other,
            });
        }
        let count = log.count();
        let image = self.host.docker.inspect_image(&build.name).await;
        let image = image.map_err(|source| request("inspect the image", &build.name, source))?;
        let image = DockerImage {
            id: image.id.unwrap_or_default(),
            bytes: image.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
            layers: image.root_fs.and_then(|root| root.layers).map_or(0, |layers| layers.len()),
            built: count.built,
            reused: count.reused,
        };
        let outcome = if image.built == 0 { Outcome::Reused } else { Outcome::Built };
        let detail = format!(
            "{} on the {} builder, {} instructions built, {} reused",
            build.name,
            build.builder.name(),
            image.built,
            image.reused
        );
        self.events.on(Event::Finished { step: Step::Dockerfile, outcome, detail });
        Ok(image)
    }

    async fn build_classic(
        &self,
        build: &DockerBuild,
        log: &mut Log,
    ) -> Result<(), DockerBuildError> {
        if let Some(secret) = build.secrets.keys().next() {
            return Err(DockerBuildError::ClassicSecret { secret: secret.clone() });
        }
        let context = build.context.clone();
        let (body, written) = pieces(move |out| context.write(out).map(drop));
        let options = options(build);
        let mut answers = self.host.docker.build_image(options, None, Some(body_stream(body)));
        let mut classic = Classic::default();
        let mut refusal = None;
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(info) => {
                    classic.text(&info.stream.unwrap_or_default(), log);
                }
                Err(error) => refusal = Some(error),
            }
        }
        sent(written.await?)?;
        match refusal {
            None => {
                classic.finish(log);
                Ok(())
            }
            Some(error) => Err(failed(error, &build.name)),
        }
    }
}

/// A context that could not be written is the reason for whatever the engine said; one that the
/// engine did not read to its end is not.
pub(super) fn sent(written: Result<(), ContextError>) -> Result<(), ContextError> {
    match written {
        Err(error) if !error.is_hang_up() => Err(error),
        _ => Ok(()),
    }
}

fn failed(error: bollard::errors::Error, name: &str) -> DockerBuildError {
    use bollard::errors::Error;
    match error {
        Error::DockerStreamError { error: message }
        | Error::DockerResponseServerError { message, .. } => DockerBuildError::Failed {
            instruction: None,
            message: message.trim_end().to_owned(),
            output: Vec::new(),
        },
        source => request("build the image", name, source).into(),
    }
}

/// The build as the engine's API asks for it.
pub(super) fn options(build: &DockerBuild) -> BuildImageOptions {
    let owned = |map: &BTreeMap<String, String>| -> HashMap<String, String> {
        map.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let mut arguments = owned(&build.build_args);
    if build.inline_cache {
        arguments.insert("BUILDKIT_INLINE_CACHE".to_owned(), "1".to_owned());
    }
    let mut options = BuildImageOptionsBuilder::new()
        .dockerfile(DOCKERFILE)
        .t(&build.name)
        .nocache(build.no_cache)
        // Containers of steps go, those of failed steps too.
        .rm(true)
        .forcerm(true)
        .buildargs(&arguments)
        .labels(&owned(&build.labels))
        .platform(build.platform.as_deref().unwrap_or_default())
        .target(build.target.as_deref().unwrap_or_default());
    if !build.cache_from.is_empty() {
        options = options.cachefrom(&build.cache_from);
    }
    options.build()
}
