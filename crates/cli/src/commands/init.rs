//! `boxwright init`: what was detected, written down to be changed.

use std::path::PathBuf;

use anyhow::Result;
use boxwright_plan::{CONFIG_FILE, starter_config};
use clap::Args;

use crate::output::{Overwrite, note, warn, write_carefully};
use crate::project::{ProjectArgs, ScannedProject};

/// The arguments of `boxwright init`.
#[derive(Debug, Args)]
#[command(after_help = "\
A project needs no boxwright.yaml: it is for what detection cannot know, and for what should not be
detected anew each time. One that is there is never changed: the difference is printed instead.")]
pub struct InitArgs {
    /// The project's directory.
    #[arg(default_value = ".")]
    pub directory: PathBuf,

    /// What the command line says about the project.
    #[command(flatten)]
    pub project: ProjectArgs,
}

/// Runs `boxwright init`.
pub(crate) fn run(args: &InitArgs) -> Result<()> {
    let scanned = ScannedProject::scan(&args.directory, &args.project, None)?;
    let project = scanned.detect()?;
    for warning in scanned.warnings(&project) {
        warn(&warning);
    }
    let path = args.directory.join(CONFIG_FILE);
    let written = write_carefully(&path, &starter_config(&project), Overwrite::Never)?;
    let path = path.display();
    note(&if written { format!("wrote `{path}`") } else { format!("`{path}` says so already") });
    Ok(())
}
