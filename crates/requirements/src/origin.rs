//! Where a value was written, so that every message can name the line to edit.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A file and a line of it; in text `requirements.txt:14`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// The file's `/`-separated path from the project's root.
    pub file: Arc<str>,
    /// The line, counted from one; the first of several where lines were continued.
    pub line: u32,
}

impl Origin {
    /// A line of a file.
    pub fn new(file: impl Into<Arc<str>>, line: u32) -> Self {
        Self { file: file.into(), line }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
