//! `boxwright compose`: a compose file.

use std::path::PathBuf;

use anyhow::Result;
use boxwright_digest::Digest;
use boxwright_plan::{BuildPlan, compose};
use clap::Args;

use crate::output::{Overwrite, file_in, print, write_and_say};
use crate::project::{ProjectArgs, ScannedProject};

/// The arguments of `boxwright compose`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
The service builds the Dockerfile of the directory: `boxwright dockerfile --write` writes one.
--write overwrites what it wrote itself, and never another file: the difference is printed
instead.")]
pub struct ComposeArgs {
    /// The project's directory.
    #[arg(default_value = ".", value_name = "DIR")]
    pub directory: PathBuf,

    /// Write `compose.yaml` instead of printing it.
    #[arg(long)]
    pub write: bool,

    /// What the command line says about the project.
    #[command(flatten)]
    pub project: ProjectArgs,
}

/// Runs `boxwright compose`.
pub(crate) fn run(args: &ComposeArgs) -> Result<()> {
    let scanned = ScannedProject::scan(&args.directory, &args.project, None)?;
    let project = scanned.detect()?;
    // Compose has no place for the key: Docker's own cache decides there.
    let plan = BuildPlan::new(&project, Digest::of(""), &scanned.config);
    let text = compose(&project, &plan, &scanned.config)?;
    if !args.write {
        return print(&text);
    }
    let path = file_in(&args.directory, "compose.yaml");
    write_and_say(&path, &text, Overwrite::Ours)
}
