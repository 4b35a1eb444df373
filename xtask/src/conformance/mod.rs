//! Runs our parsers and matchers over answers recorded from the real programs.

mod dockerfiles;
mod dockerignore;
mod requirements;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};

/// The arguments of `cargo xtask conformance`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A folder that holds any of `dockerignore/`, `requirements/`, `dockerfiles/`
    /// [default: `shared/conformance` beside the workspace].
    directory: Option<PathBuf>,
    /// Name each failure, and each deliberate exception with its reason.
    #[arg(long)]
    list: bool,
}

/// What one suite found.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Cases where our answer is the recorded one.
    pub(crate) passed: usize,
    /// One line a failure: the case's name, and what differs.
    pub(crate) failures: Vec<String>,
    /// Cases where ours differs on purpose: the case's name and the reason. They count as passed.
    pub(crate) exceptions: Vec<(String, &'static str)>,
}

/// A suite: the folder it reads, and how it runs over that folder.
pub(crate) struct Suite {
    /// The folder's name under the conformance directory.
    pub(crate) folder: &'static str,
    /// Runs all cases in that folder; fails only where the data cannot be read.
    pub(crate) run: fn(&Path) -> Result<Outcome>,
}

/// All suites, in the order they run.
const SUITES: &[Suite] = &[dockerignore::SUITE, requirements::SUITE, dockerfiles::SUITE];

/// Runs the suites whose folders are there; the last line counts.
pub(crate) fn run(args: &Args, root: &Path) -> Result<ExitCode> {
    let default = || root.parent().map(|parent| parent.join("shared/conformance"));
    let directory =
        args.directory.clone().or_else(default).context("name a folder with conformance data")?;
    let present = || SUITES.iter().filter(|suite| directory.join(suite.folder).is_dir());
    ensure!(
        present().next().is_some(),
        "{} holds none of {}: name a folder with conformance data",
        directory.display(),
        SUITES.iter().map(|suite| suite.folder).collect::<Vec<_>>().join(", "),
    );
    let (mut passed, mut failed) = (0, 0);
    for suite in present() {
        let outcome = (suite.run)(&directory.join(suite.folder))
            .with_context(|| format!("suite {}", suite.folder))?;
        let Outcome { passed: ours, failures, exceptions } = outcome;
        println!(
            "{}: {} as recorded, {} different on purpose, {} different",
            suite.folder,
            ours,
            exceptions.len(),
            failures.len()
        );
        if args.list {
            for (case, reason) in &exceptions {
                println!("  on purpose: {case}: {reason}");
            }
            for failure in &failures {
                println!("  FAILED {failure}");
            }
        }
        passed += ours + exceptions.len();
        failed += failures.len();
    }
    println!("{passed} passed, {failed} failed");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
