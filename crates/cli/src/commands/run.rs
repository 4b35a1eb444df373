//! `boxwright run`: one Python file in a container, as if it ran here.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};
use boxwright_engine::{ContainerSpec, DockerContainer, Mount};
use boxwright_plan::Profile;
use bytes::Bytes;
use clap::Args;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::io::AsyncWriteExt as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::dev::print;
use crate::config::{BuildConfig, Environment};
use crate::docker::{DockerConfig, DockerPipeline, HostArgs};
use crate::progress::ProgressMode;
use crate::project::ProjectArgs;
use crate::signals::Signals;

/// Where the Dockerfile of the profile works.
const WORK: &str = "/work";
/// What a shell says of a program that a signal ended.
const INTERRUPTED: u8 = 130;
/// Seconds for a script that is asked to stop.
const GRACE: i32 = 2;

/// The arguments of `boxwright run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The Python file. What its directory says about dependencies holds for it.
    pub script: PathBuf,

    /// Its arguments.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<String>,

    /// The Python in the image: `3.13` (Debian trixie) or `3.11` (bookworm).
    #[arg(long, value_name = "X.Y")]
    pub python: Option<boxwright_plan::PythonMinor>,

    /// The file that lists the dependencies.
    #[arg(long, value_name = "FILE")]
    pub requirements: Option<String>,

    /// The engine, and how it is used.
    #[command(flatten)]
    pub host: HostArgs,

    /// Where downloads, layers and images are kept [default: the user's cache directory].
    #[arg(long, value_name = "DIR", env = "BOXWRIGHT_CACHE_DIR")]
    pub cache_dir: Option<PathBuf>,

    /// Show how the image is built.
    #[arg(short, long)]
    pub verbose: bool,
}

/// Runs `boxwright run` and gives the script's exit code.
pub(crate) async fn run(args: &RunArgs, environment: &Environment) -> Result<ExitCode> {
    let mut signals = Signals::new()?;
    let pipeline = connect(args, environment).await?;
    let image = tokio::select! {
        built = pipeline.run() => built?.name,
        () = signals.any() => return Ok(ExitCode::from(INTERRUPTED)),
    };
    let here = std::env::current_dir().context("cannot find the current directory")?;
    let terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let (user, group) = (rustix::process::getuid(), rustix::process::getgid());
    let spec = ContainerSpec {
        image,
        arguments: Some(args.arguments.clone()),
        mounts: vec![Mount { source: here, target: WORK.to_owned(), read_only: false }],
        // What it writes belongs to whoever runs it.
        user: Some(format!("{}:{}", user.as_raw(), group.as_raw())),
        stdin: true,
        terminal,
        ..ContainerSpec::default()
    };
    let container = pipeline.engine.host().create(&spec).await?;
    let code = tokio::select! {
        code = follow(&container, terminal) => code,
        () = signals.any() => Ok(i64::from(INTERRUPTED)),
    };
    pipeline.engine.host().remove(container.id(), GRACE).await?;
    Ok(ExitCode::from(u8::try_from(code?).unwrap_or(u8::MAX)))
}

async fn connect(args: &RunArgs, environment: &Environment) -> Result<DockerPipeline> {
    let script = &args.script;
    ensure!(script.is_file(), "there is no file `{}`", script.display());
    let name = script.file_name().and_then(|name| name.to_str());
    let Some(name) = name.filter(|name| name.ends_with(".py")) else {
        bail!("`{}` is no Python file: its name must end in `.py`", script.display());
    };
    let folder = script.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut config =
        BuildConfig::in_cache(folder.to_owned(), args.cache_dir.as_ref(), environment)?;
    config.project = ProjectArgs {
        python: args.python,
        requirements: args.requirements.clone(),
        start: Some(format!("python {}", boxwright_plan::StartCommand::new([name]))),
        ..ProjectArgs::default()
    };
    config.name = format!("{}-run:latest", config.name.repository()).parse()?;
    let docker = DockerConfig::from_host(&args.host, Profile::Script, environment)?;
    let mode = if args.verbose { ProgressMode::Auto } else { ProgressMode::Quiet };
    DockerPipeline::connect(config, docker, mode).await
}

/// Starts the container, and is its terminal until it ends.
async fn follow(container: &DockerContainer, terminal: bool) -> Result<i64> {
    let attached = container.attach(true).await?;
    let boxwright_engine::Attached { output, mut input } = attached;
    let printer = tokio::spawn(print(output));
    container.start().await?;
    let _raw = terminal.then(RawTerminal::enter).transpose()?;
    let resizer = terminal.then(|| tokio::spawn(resize(container.clone())));
    let mut typed = standard_input();
    let feeder = tokio::spawn(async move {
        while let Some(bytes) = typed.recv().await {
            // A script need not read what it is given.
            if input.write_all(&bytes).await.is_err() || input.flush().await.is_err() {
                return;
            }
        }
        let _ = input.shutdown().await;
    });
    let code = container.wait().await?;
    // What it printed last may still be on the way.
    let _ = printer.await;
    feeder.abort();
    if let Some(resizer) = resizer {
        resizer.abort();
    }
    Ok(code)
}

/// What is typed or piped in. A thread of its own reads it, since nothing can break off a read of
/// standard input, and nobody waits for the thread.
fn standard_input() -> mpsc::Receiver<Bytes> {
    let (sender, receiver) = mpsc::channel(4);
    std::thread::spawn(move || {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(count @ 1..) = std::io::stdin().read(&mut buffer) {
            if sender.blocking_send(Bytes::copy_from_slice(&buffer[..count])).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Tells the container how large the terminal is, now and whenever that changes.
async fn resize(container: DockerContainer) {
    let Ok(mut changes) = signal(SignalKind::window_change()) else { return };
    loop {
        if let Ok(size) = tcgetwinsize(std::io::stdout()) {
            // The container may have ended just now.
            let _ = container.resize(size.ws_col, size.ws_row).await;
        }
        if changes.recv().await.is_none() {
            return;
        }
    }
}

/// A terminal that passes each key on, until dropped.
struct RawTerminal(Termios);

impl RawTerminal {
    fn enter() -> Result<Self> {
        let before = tcgetattr(std::io::stdin()).context("cannot read the terminal's settings")?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(std::io::stdin(), OptionalActions::Now, &raw)
            .context("cannot change the terminal's settings")?;
        Ok(Self(before))
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.0);
    }
}
