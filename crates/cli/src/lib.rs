//! The `boxwright` command as a library: arguments, configuration, and the pipeline.
//!
//! The program is [`run`] and little else. What it is made of is public for those who drive builds
//! from Rust, as the project's own automation does:
//!
//! ```no_run
//! use boxwright::{Build, BuildConfig, Environment, ProgressMode};
//!
//! # async fn example() -> anyhow::Result<()> {
//! let environment = Environment::read(std::time::SystemTime::now());
//! let config = BuildConfig::new("samples/flask".into(), &environment)?;
//! let report = Build::new(config, ProgressMode::Quiet).run().await?;
//! println!("{} {}", report.name, report.digest);
//! # Ok(())
//! # }
//! ```

mod args;
mod commands;
mod config;
mod damage;
mod docker;
mod output;
mod progress;
mod project;
mod pythons;
mod report;
mod signals;
mod target;

use std::io::{Write as _, stderr};
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::Result;
use clap::Parser as _;

pub use args::{BuildArgs, BytecodeArg, CacheArgs, Cli, Command, EngineArg, OutputArg};
pub use boxwright_engine::DockerBuilder;
pub use boxwright_engine::{Bytecode, Freshness, LayerKind, Outcome};
pub use boxwright_plan::{Installer, Profile, Release};
pub use commands::build::Build;
pub use commands::compose::ComposeArgs;
pub use commands::context::ContextArgs;
pub use commands::dev::DevArgs;
pub use commands::dockerfile::{DialectArg, DockerfileArgs, InstallerArg, ReleaseArg};
pub use commands::fmt::FmtArgs;
pub use commands::init::InitArgs;
pub use commands::key::KeyArgs;
pub use commands::lint::LintArgs;
pub use commands::plan::PlanArgs;
pub use commands::run::RunArgs;
pub use config::{BuildConfig, Environment, Output};
pub use docker::{
    BaseArg, BuilderArg, CacheToArg, DockerArgs, DockerConfig, DockerPipeline, DockerReport,
    HostArgs, Pair, Prepared, SecretArg,
};
pub use progress::ProgressMode;
pub use project::{ProjectArgs, ScannedProject, check_leaks};
pub use report::{BuildReport, LayerReport};

/// Runs the program with the arguments of this process. Results go to standard output, all else to
/// standard error; 1 says that something failed, 2 that the arguments were wrong, 3 that something
/// differs from what it was compared with.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let environment = Environment::read(SystemTime::now());
    match dispatch(&cli, &environment) {
        Ok(code) => code,
        Err(error) if is_nobody_listening(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell where standard error is closed.
            let _ = writeln!(stderr(), "{}", complaint(&error));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: &Cli, environment: &Environment) -> Result<ExitCode> {
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = |()| ExitCode::SUCCESS;
    match &cli.command {
        Command::Build(args) => {
            runtime()?.block_on(commands::build::run(args, environment)).map(done)
        }
        Command::Dev(args) => runtime()?.block_on(commands::dev::run(args, environment)).map(done),
        Command::Run(args) => runtime()?.block_on(commands::run::run(args, environment)),
        Command::Plan(args) => {
            runtime()?.block_on(commands::plan::run(args, environment)).map(done)
        }
        Command::Init(args) => commands::init::run(args).map(done),
        Command::Context(args) => commands::context::run(args, environment).map(done),
        Command::Key(args) => runtime()?.block_on(commands::key::run(args, environment)),
        Command::Lint(args) => commands::lint::run(args, environment),
        Command::Fmt(args) => commands::fmt::run(args),
        Command::Dockerfile(args) => commands::dockerfile::run(args).map(done),
        Command::Compose(args) => commands::compose::run(args).map(done),
    }
}

/// Whether whoever read the output has gone, as `head` does. That is no failure.
fn is_nobody_listening(error: &anyhow::Error) -> bool {
    let kind = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind)
    };
    error.chain().any(|cause| kind(cause) == Some(std::io::ErrorKind::BrokenPipe))
}

/// An error with its causes, each on a line of its own and none twice.
fn complaint(error: &anyhow::Error) -> String {
    let mut text = format!("error: {error}");
    let mut last = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !last.contains(&cause) {
            text.push_str("\n  because ");
            text.push_str(&cause.replace('\n', "\n  "));
        }
        last = cause;
    }
    text
}
