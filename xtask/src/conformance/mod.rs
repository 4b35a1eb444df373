//! Runs our parsers and matchers over answers recorded from the real programs.

mod dockerfiles;
mod dockerignore;
mod requirements;

use std::path::Path;

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
    pub(crate) run: fn(&Path) -> anyhow::Result<Outcome>,
}

/// All suites, in the order they run.
pub(crate) const SUITES: &[Suite] = &[dockerfiles::SUITE, dockerignore::SUITE, requirements::SUITE];
