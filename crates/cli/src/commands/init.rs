//! `boxwright init`: what was detected, written down to be changed.

use std::path::PathBuf;

use anyhow::Result;
use boxwright_plan::{CONFIG_FILE, Config, starter_config};
use clap::Args;

use crate::output::{Overwrite, file_in, warn, write_and_say};
use crate::project::{ProjectArgs, ScannedProject};

/// The arguments of `boxwright init`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
A project needs no boxwright.yaml: it is for what detection cannot know, and for what should
not be detected anew each time. One that is there is never changed: the difference is printed
instead.")]
pub struct InitArgs {
    /// The project's directory.
    #[arg(default_value = ".", value_name = "DIR")]
    pub directory: PathBuf,

    /// What the command line says about the project.
    #[command(flatten)]
    pub project: ProjectArgs,
}

/// Runs `boxwright init`.
pub(crate) fn run(args: &InitArgs) -> Result<()> {
    let mut scanned = ScannedProject::scan(&args.directory, &args.project, None)?;
    // What is written is what is detected: a file that is there already decides nothing here.
    scanned.config = Config::default();
    args.project.apply_to(&mut scanned.config)?;
    let project = scanned.detect()?;
    for warning in scanned.warnings(&project) {
        warn(&warning);
    }
    let path = file_in(&args.directory, CONFIG_FILE);
    write_and_say(&path, &starter_config(&project), Overwrite::Never)
}
