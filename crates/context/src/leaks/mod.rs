//! What should not be published: secrets, and ballast.
//!
//! A file is judged by what is in it. Names only decide which files are worth a
//! look; the scan has looked at the beginning of every file already (see
//! [`is_suspicious`]), so that of an unchanged project hardly any is opened.

mod ballast;
mod rule;
mod secret;
mod sniff;

use std::collections::BTreeSet;

use crate::ignore::pattern_for;
use crate::path::RelPath;
use crate::snapshot::{Entry, EntryKind, ReadError, Snapshot};

pub use rule::{Rule, Severity, UnknownRule};
pub(crate) use sniff::is_suspicious;

/// How much of a file is looked at.
const LOOK: u64 = 128 * 1024;

/// Which rules hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeakRules {
    /// The rules that are switched on.
    pub enabled: BTreeSet<Rule>,
    /// From how many bytes on a file is [large](Rule::LargeFile).
    pub large_file: u64,
}

impl Default for LeakRules {
    /// All rules; large is 50 MiB.
    fn default() -> Self {
        Self { enabled: Rule::ALL.into_iter().collect(), large_file: 50 * 1024 * 1024 }
    }
}

impl LeakRules {
    /// The same without one rule.
    #[must_use]
    pub fn without(mut self, rule: Rule) -> Self {
        self.enabled.remove(&rule);
        self
    }

    fn has(&self, rule: Rule) -> bool {
        self.enabled.contains(&rule)
    }
}

/// Something that should hardly go into an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that found it.
    pub rule: Rule,
    /// How bad it is.
    pub severity: Severity,
    /// The file or directory.
    pub path: RelPath,
    /// The line in the file, from 1, where there is one to point at.
    pub line: Option<u32>,
    /// What it is, in a sentence that never repeats the secret.
    pub message: String,
    /// What to do about it.
    pub fix: String,
    /// The line for the ignore file that leaves it out.
    pub pattern: String,
}

/// Looks for what should not be published, in the order of paths.
///
/// What lies in a virtual environment, in `node_modules` or in `.git` is not judged file by file:
/// the directory is one finding (but for credentials in `.git/config`).
///
/// ```
/// use boxwright_context::{LeakRules, Rule, Severity, Snapshot, leaks};
///
/// let snapshot = Snapshot::in_memory([
///     ("app.py", "import os\n"),
///     (".env", "DEBUG=1\nSECRET_KEY=jx3hd8s0qmzb\n"),
/// ])?;
/// let findings = leaks(&snapshot, &LeakRules::default())?;
/// assert_eq!(findings.len(), 1);
/// assert_eq!((findings[0].rule, findings[0].severity), (Rule::DotEnv, Severity::Secret));
/// assert_eq!((findings[0].line, findings[0].pattern.as_str()), (Some(2), ".env"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A file that must be looked at cannot be read, or changed since the scan.
pub fn leaks(snapshot: &Snapshot, rules: &LeakRules) -> Result<Vec<Finding>, ReadError> {
    let mut findings = Vec::new();
    let mut skipped: Option<&RelPath> = None;
    for entry in snapshot.entries() {
        let Entry { path, kind } = entry;
        if skipped.is_some_and(|directory| path.below(directory.as_bytes()).is_some()) {
            if ballast::is_git_config(path) {
                findings.extend(secret::look(snapshot, entry, rules)?);
            }
            continue;
        }
        match kind {
            EntryKind::Directory => {
                if let Some(bulk) = ballast::directory(snapshot, path) {
                    skipped = Some(path);
                    findings.extend(rules.has(bulk.rule).then(|| bulk.into_finding(path)));
                }
            }
            EntryKind::File { size, .. } => {
                let secrets = secret::look(snapshot, entry, rules)?;
                if secrets.is_empty() {
                    findings.extend(ballast::file(snapshot, path, *size, rules)?);
                }
                findings.extend(secrets);
            }
            EntryKind::Symlink { .. } => {}
        }
    }
    Ok(findings)
}

/// What a rule has to say about a path.
struct Verdict {
    rule: Rule,
    severity: Severity,
    line: Option<u32>,
    message: String,
    /// What to do instead of taking the file along.
    instead: &'static str,
}

impl Verdict {
    fn into_finding(self, path: &RelPath) -> Finding {
        let Self { rule, severity, line, message, instead } = self;
        let pattern = pattern_for(path);
        let fix = format!("add `{pattern}` to .dockerignore{instead}");
        Finding { rule, severity, path: path.clone(), line, message, fix, pattern }
    }
}
