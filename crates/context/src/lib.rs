//! What is in the directory that an image is built from.
//!
//! A [`Context::scan`] walks a directory as Docker does under its
//! `.dockerignore`, and gives a [`Snapshot`]: every file that would go into the
//! image, with its digest, sorted. From there it can be read, written as a
//! deterministic tar stream, or searched for what should not be published.
//!
//! The meaning of an ignore file is that of moby/patternmatcher and BuildKit's
//! file walk, which is not that of `.gitignore`: [`Matcher::explain`] tells
//! which line decides about a path.
//!
//! ```
//! use boxwright_context::{Context, Dialect, IgnoreFile, Matcher, ScanOptions, TarOptions};
//! # let project = tempfile::tempdir()?;
//! # let dir = project.path();
//! # std::fs::write(dir.join(".dockerignore"), "**/*.pyc\n.env\n")?;
//! # std::fs::write(dir.join("app.py"), "print('hi')\n")?;
//! # std::fs::write(dir.join(".env"), "TOKEN=1\n")?;
//!
//! let ignore = IgnoreFile::find(dir, "Dockerfile".as_ref())?.file;
//! let ignore = Matcher::new(&ignore, Dialect::Current)?;
//! assert_eq!(
//!     ignore.explain(b".env")?.to_string(),
//!     "`.env` stays out: `.env` (.dockerignore:2) matches it",
//! );
//!
//! let snapshot = Context::scan(dir, &ScanOptions { ignore, stat_cache: None })?;
//! let paths: Vec<_> = snapshot.entries().iter().map(|entry| entry.path.to_string()).collect();
//! assert_eq!(paths, [".dockerignore", "app.py"]);
//!
//! let tar = snapshot.write_tar(Vec::new(), &TarOptions::default())?;
//! assert_eq!(tar.len() % 512, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod archive;
mod contents;
mod ignore;
mod leaks;
mod path;
mod resolve;
mod scan;
mod snapshot;
mod stat_cache;
mod suggest;
mod warning;

pub use archive::{ArchiveError, TarOptions};
pub use contents::Contents;
pub use ignore::{
    Dialect, Explanation, FindIgnoreError, FoundIgnore, IgnoreError, IgnoreFile, IgnorePattern,
    MatchKind, Matcher, Matches, Reason, pattern_for,
};
pub use leaks::{Finding, LeakRules, Rule, Severity, UnknownRule, leaks};
pub use path::{RelPath, RelPathError};
pub use scan::{Context, ScanError, ScanOptions};
pub use snapshot::{Entry, EntryKind, ReadError, Snapshot};
pub use suggest::{PYTHON, Section, suggest};
pub use warning::{SpecialKind, Warning};
