//! Why a path is in or out.

use std::fmt;

use super::file::IgnorePattern;
use crate::path::Shown;

/// One directory on the way down to a path, and the path itself.
pub(super) struct Step {
    pub(super) at: Vec<u8>,
    pub(super) excluded: bool,
    /// The last pattern that matches, which decides.
    pub(super) last: Option<usize>,
    /// Whether it matches through a directory further up.
    pub(super) inherited: bool,
    /// Whether the walk ends here, since the directory is not entered.
    pub(super) ends_here: bool,
}

/// Whether a path goes into the build context, and what decides it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The path asked about.
    pub path: Vec<u8>,
    /// Whether it is left out.
    pub excluded: bool,
    /// The pattern that decides; `None` where none matches, so that it goes in.
    pub reason: Option<Reason>,
}

/// The pattern that decides about a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The ignore file's name.
    pub file: String,
    /// The pattern as written.
    pub pattern: String,
    /// Its line, from 1.
    pub line: u32,
    /// Its column in bytes, from 1.
    pub column: u32,
    /// What it matches: the path, or a directory that holds it.
    pub matched: Vec<u8>,
    /// The directory on the way that is not even entered, so that no exception could reach the
    /// path.
    pub not_entered: Option<Vec<u8>>,
}

impl Explanation {
    pub(super) fn new<'a>(
        path: &[u8],
        file: &str,
        steps: &[Step],
        source: impl Fn(usize) -> &'a IgnorePattern,
    ) -> Self {
        let Some(end) = steps.last() else {
            return Self { path: path.to_vec(), excluded: false, reason: None };
        };
        let reason = end.last.map(|index| {
            // Where it was handed down, it is the nearest directory that it matched by itself.
            let origin = steps
                .iter()
                .rev()
                .find(|step| step.last == Some(index) && !step.inherited)
                .unwrap_or(end);
            let pattern = source(index);
            Reason {
                file: file.to_owned(),
                pattern: pattern.shown(),
                line: pattern.line,
                column: pattern.column,
                matched: origin.at.clone(),
                not_entered: end.ends_here.then(|| end.at.clone()),
            }
        });
        Self { path: path.to_vec(), excluded: end.excluded, reason }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, excluded, reason } = self;
        let path = Shown(path);
        let Some(reason) = reason else {
            return write!(f, "`{path}` goes in: no pattern matches it");
        };
        let Reason { file, pattern, line, column: _, matched, not_entered } = reason;
        let verb = if *excluded { "stays out" } else { "goes in" };
        write!(f, "`{path}` {verb}: `{pattern}` ({file}:{line}) ")?;
        if matched == &self.path {
            return f.write_str("matches it");
        }
        write!(f, "matches the directory `{}`", Shown(matched))?;
        match not_entered {
            None => Ok(()),
            Some(directory) if directory == matched => f.write_str(", which is not entered"),
            Some(directory) => write!(f, ", and `{}` is not entered", Shown(directory)),
        }
    }
}
