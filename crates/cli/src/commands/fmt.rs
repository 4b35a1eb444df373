//! `boxwright fmt`: Dockerfiles laid out as one writes them by hand.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use boxwright_dockerfile::{Dockerfile, format};
use clap::Args;

use crate::output::{DIFFERS, print, read, unified_diff, write};

/// The arguments of `boxwright fmt`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Layout alone changes, never what a file means: what cannot be read stays as it is, and so
does the shell's own text.

Exit code: 0 done, or nothing to do; 1 failed; 2 wrong arguments; 3 --check found a difference.")]
pub struct FmtArgs {
    /// The Dockerfiles.
    #[arg(default_value = "Dockerfile", value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Change nothing: print what would change.
    #[arg(long)]
    pub check: bool,
}

/// Runs `boxwright fmt`.
pub(crate) fn run(args: &FmtArgs) -> Result<ExitCode> {
    let mut differs = false;
    for path in &args.files {
        let text = read(path)?;
        let formatted = format(&Dockerfile::parse(&text));
        if formatted == text {
            continue;
        }
        if args.check {
            differs = true;
            print(&unified_diff(&path.display().to_string(), &text, &formatted))?;
        } else {
            write(path, formatted.as_bytes())?;
        }
    }
    Ok(if differs { ExitCode::from(DIFFERS) } else { ExitCode::SUCCESS })
}
