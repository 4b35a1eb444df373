//! `.dockerignore`, exactly as Docker means it.

mod class;
mod explain;
mod file;
mod glob;
mod go;
mod locate;
mod matcher;
mod pattern;
mod regexp;
mod write;

pub use explain::{Explanation, Reason};
pub use file::{IgnoreError, IgnoreFile, IgnorePattern};
pub use glob::MatchKind;
pub use locate::{FindIgnoreError, FoundIgnore};
pub use matcher::{Dialect, Matcher, Matches};
pub use write::pattern_for;
