//! What the user typed, checked only for what typing can get wrong.

use std::path::PathBuf;
use std::str::FromStr;

use boxwright_requirements::Architecture;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::compose::ComposeArgs;
use crate::commands::context::ContextArgs;
use crate::commands::dev::DevArgs;
use crate::commands::dockerfile::DockerfileArgs;
use crate::commands::fmt::FmtArgs;
use crate::commands::init::InitArgs;
use crate::commands::key::KeyArgs;
use crate::commands::lint::LintArgs;
use crate::commands::plan::PlanArgs;
use crate::commands::run::RunArgs;
use crate::docker::DockerArgs;
use crate::project::ProjectArgs;

/// Container images for Python web applications, with or without Docker.
#[derive(Debug, Parser)]
#[command(name = "boxwright", version, about, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build an image from a project, without Docker or with it.
    Build(Box<BuildArgs>),
    /// Run the application in a container while working on it: it reloads when a file changes.
    Dev(DevArgs),
    /// Run one Python file in a container, with the current directory.
    Run(RunArgs),
    /// Show how a project would be built and started, and why.
    Plan(PlanArgs),
    /// Write a first `boxwright.yaml` with what was detected.
    Init(InitArgs),
    /// Show which files go into the image, and what should not.
    Context(ContextArgs),
    /// Print the key of a project's dependencies, and why it is not another one.
    Key(KeyArgs),
    /// Look for mistakes in a Dockerfile.
    Lint(LintArgs),
    /// Lay out Dockerfiles as one writes them by hand.
    Fmt(FmtArgs),
    /// Write the Dockerfile that a careful engineer would write for a project.
    Dockerfile(DockerfileArgs),
    /// Write a compose file for a project.
    Compose(ComposeArgs),
}

/// The cache of a command that can do without one.
#[derive(Debug, Clone, Default, Args)]
pub struct CacheArgs {
    /// Where downloads, layers and images are kept [default: the user's cache directory].
    #[arg(long, value_name = "DIR", env = "BOXWRIGHT_CACHE_DIR")]
    pub cache_dir: Option<PathBuf>,
}

/// The arguments of `boxwright build`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "they are flags, one each")]
pub struct BuildArgs {
    /// The project's directory.
    #[arg(default_value = ".", value_name = "DIR")]
    pub directory: PathBuf,

    /// What builds the image.
    #[arg(long, value_enum, default_value_t = EngineArg::Embedded)]
    pub engine: EngineArg,

    /// The image's name [default: the directory's name, with the tag `latest`].
    #[arg(short = 't', long = "tag", value_name = "NAME[:TAG]")]
    pub name: Option<String>,

    /// Also write the image to a directory or a file: `oci:DIR` or `archive:FILE`. May be repeated.
    #[arg(short, long = "output", value_name = "KIND:PATH")]
    pub outputs: Vec<OutputArg>,

    /// Load the image into the Docker Engine.
    #[arg(long)]
    pub load: bool,

    /// What the image runs on: `linux/amd64` or `linux/arm64` [default: this machine's processor].
    #[arg(long, value_name = "PLATFORM")]
    pub platform: Option<Architecture>,

    /// Whether to compile the standard library and the dependencies: the application starts faster,
    /// the image is larger.
    #[arg(long, value_enum, default_value_t = BytecodeArg::Auto)]
    pub bytecode: BytecodeArg,

    /// What the command line says about the project.
    #[command(flatten)]
    pub project: ProjectArgs,

    /// How a Docker Engine builds it.
    #[command(flatten)]
    pub docker: DockerArgs,

    /// Look for newer base packages and wheels now [default: once a day].
    #[arg(long, conflicts_with = "offline")]
    pub refresh: bool,

    /// Use nothing but the cache.
    #[arg(long)]
    pub offline: bool,

    /// Where downloads, layers and images are kept [default: the user's cache directory].
    #[arg(long, value_name = "DIR", env = "BOXWRIGHT_CACHE_DIR")]
    pub cache_dir: Option<PathBuf>,

    /// Print nothing but errors and, in the end, the image's digest.
    #[arg(short, long, conflicts_with = "json")]
    pub quiet: bool,

    /// Print events as JSON lines to standard error and the result as JSON to standard output.
    #[arg(long)]
    pub json: bool,
}

/// `--engine`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EngineArg {
    /// Boxwright's own: no daemon, no root.
    Embedded,
    /// A Docker Engine, by a Dockerfile.
    Docker,
}

/// `--bytecode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BytecodeArg {
    /// Where this machine can run the image's Python.
    Auto,
    /// Never.
    Off,
}

/// `--output`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputArg {
    /// `oci:DIR`
    Layout(PathBuf),
    /// `archive:FILE`
    Archive(PathBuf),
}

impl FromStr for OutputArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some((_, "")) | None => Err("write `oci:DIR` or `archive:FILE`".to_owned()),
            Some(("oci", path)) => Ok(Self::Layout(path.into())),
            Some(("archive", path)) => Ok(Self::Archive(path.into())),
            Some((kind, _)) => {
                Err(format!("there is no output `{kind}`: write `oci:DIR` or `archive:FILE`"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_output_names_its_kind() {
        assert_eq!("oci:out".parse(), Ok(OutputArg::Layout("out".into())));
        assert_eq!("archive:a:b.tar".parse(), Ok(OutputArg::Archive("a:b.tar".into())));
        for text in ["out", "oci:", "docker:x", ""] {
            assert!(text.parse::<OutputArg>().is_err(), "{text:?} was accepted");
        }
    }
}
