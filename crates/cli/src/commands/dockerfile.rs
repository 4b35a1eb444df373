//! `boxwright dockerfile`: the Dockerfile that a careful engineer would write.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use boxwright_digest::Digest;
use boxwright_dockerfile::Dialect;
use boxwright_plan::{
    BuildPlan, DOCKERIGNORE, Installer, Profile, Python2, Release, RenderOptions, StartCommand,
    python2, render, split_command,
};
use clap::{Args, ValueEnum};

use crate::output::{Overwrite, file_in, print, warn, write_and_say};
use crate::project::{ProjectArgs, ScannedProject, check_directory};

/// The arguments of `boxwright dockerfile`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Profiles:
  simple      one stage on the full Python image
  reload      development: the server reloads, the sources are mounted over the image's
  script      one file with its arguments, run in the directory that is mounted
  static      Flask serving built front-end files
  production  one stage, a production server with its configuration
  multistage  compilers and installers stay behind; the release holds only what runs

--write overwrites what it wrote itself, and never another file: the difference is printed
instead. With --python 2.7, --start and --port the text is one for Python 2, of which nothing
is detected.")]
pub struct DockerfileArgs {
    /// The project's directory.
    #[arg(default_value = ".", value_name = "DIR")]
    pub directory: PathBuf,

    /// The way to containerise; see below.
    #[arg(long, value_name = "PROFILE", default_value = "multistage")]
    pub profile: Profile,

    /// What installs the dependencies.
    #[arg(long, value_enum, default_value_t = InstallerArg::Pip)]
    pub installer: InstallerArg,

    /// What the last of several stages is based on.
    #[arg(long, value_enum, default_value_t = ReleaseArg::Debian)]
    pub release: ReleaseArg,

    /// What will read the Dockerfile.
    #[arg(long, value_enum, default_value_t = DialectArg::Buildkit)]
    pub dialect: DialectArg,

    /// Write `Dockerfile`, and `.dockerignore` where there is none, instead of printing.
    #[arg(long)]
    pub write: bool,

    /// What the command line says about the project.
    #[command(flatten)]
    pub project: ProjectArgs,
}

/// `--installer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InstallerArg {
    /// pip, which every Python image has.
    Pip,
    /// uv, which is installed first, and is faster.
    Uv,
}

/// `--release`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReleaseArg {
    /// Debian, without compilers.
    Debian,
    /// Alpine; so are then the stages before it.
    Alpine,
}

/// `--dialect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DialectArg {
    /// A current BuildKit.
    Buildkit,
    /// The BuildKit of Engine 20.10.
    #[value(name = "buildkit-20.10")]
    Buildkit20,
    /// The classic builder.
    Classic,
}

/// Runs `boxwright dockerfile`.
pub(crate) fn run(args: &DockerfileArgs) -> Result<()> {
    let text = if args.project.python.is_some_and(|python| python.major == 2) {
        for_python2(args)?
    } else {
        detected(args)?
    };
    if !args.write {
        return print(&text);
    }
    write_and_say(&file_in(&args.directory, "Dockerfile"), &text, Overwrite::Ours)?;
    let ignore = file_in(&args.directory, ".dockerignore");
    // A user's own is never to be replaced, and not worth a complaint.
    if ignore.exists() { Ok(()) } else { write_and_say(&ignore, DOCKERIGNORE, Overwrite::Never) }
}

fn detected(args: &DockerfileArgs) -> Result<String> {
    let scanned = ScannedProject::scan(&args.directory, &args.project, None)?;
    let project = scanned.detect()?;
    for warning in scanned.warnings(&project) {
        warn(&warning);
    }
    // A Dockerfile has no place for the key: the builder's own cache decides there.
    let plan = BuildPlan::new(&project, Digest::of(""), &scanned.config);
    let rendered = render(&project, &plan, &args.options())?;
    Ok(rendered.dockerfile.text().to_owned())
}

fn for_python2(args: &DockerfileArgs) -> Result<String> {
    check_directory(&args.directory)?;
    let ProjectArgs { start, requirements, port, .. } = &args.project;
    let start = start.as_ref().context(
        "nothing is detected for Python 2: give the start command with `--start COMMAND`",
    )?;
    let application = Python2 {
        requirements: requirements.clone().unwrap_or_else(|| "requirements.txt".to_owned()),
        start: StartCommand::new(split_command(start).context("`--start`")?),
        port: port.context("nothing is detected for Python 2: give the port with `--port PORT`")?,
    };
    Ok(python2(&application, args.dialect.into())?.text().to_owned())
}

impl DockerfileArgs {
    fn options(&self) -> RenderOptions {
        RenderOptions {
            profile: self.profile,
            installer: match self.installer {
                InstallerArg::Pip => Installer::Pip,
                InstallerArg::Uv => Installer::Uv,
            },
            release: match self.release {
                ReleaseArg::Debian => Release::Debian,
                ReleaseArg::Alpine => Release::Alpine,
            },
            dialect: self.dialect.into(),
            ..RenderOptions::default()
        }
    }
}

impl From<DialectArg> for Dialect {
    fn from(arg: DialectArg) -> Self {
        match arg {
            DialectArg::Buildkit => Self::BuildKit,
            DialectArg::Buildkit20 => Self::BuildKit20,
            DialectArg::Classic => Self::Classic,
        }
    }
}
