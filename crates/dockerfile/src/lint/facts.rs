//! What a linter cannot see in a Dockerfile.

use std::fmt;

/// A line of a file in the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file, relative to the project.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Something known about the project, and where it says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact<T> {
    /// What is known.
    pub value: T,
    /// Where it was read.
    pub origin: Origin,
}

/// What the project's own files say; whoever reads their syntax fills it in.
///
/// An absent fact keeps the rules that need it silent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectFacts {
    /// The port that the program binds, by its own code or its server's configuration file.
    pub bound_port: Option<Fact<u16>>,
    /// The address it binds, such as `127.0.0.1` or `localhost`.
    pub bound_host: Option<Fact<String>>,
    /// The call that starts a development server, such as `app.run(debug=True)`.
    pub debug_server: Option<Fact<String>>,
    /// Whether a `.dockerignore` applies to the build.
    pub has_ignore_file: Option<bool>,
    /// Required distributions that have no wheel for musl, such as one that ships `manylinux` wheels only.
    pub without_musl_wheel: Vec<Fact<String>>,
}

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// The year, such as 2026.
    pub year: u16,
    /// The month, from 1.
    pub month: u8,
    /// The day, from 1.
    pub day: u8,
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// All that a linter is told beside the file.
#[derive(Clone, Copy, Default)]
pub struct LintInput<'a> {
    /// What is known of the project.
    pub facts: Option<&'a ProjectFacts>,
    /// Whether the ignore file leaves out a path of the context; `None` where there is no ignore file.
    pub ignores: Option<&'a dyn Fn(&str) -> bool>,
    /// The day on which support for a Python version is judged; `None` for the day this table was made.
    pub today: Option<Date>,
    /// Whether experimental rules speak up without being asked for by `# check=experimental=…`.
    pub experimental: bool,
}

impl fmt::Debug for LintInput<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LintInput")
            .field("facts", &self.facts)
            .field("ignores", &self.ignores.is_some())
            .field("today", &self.today)
            .field("experimental", &self.experimental)
            .finish()
    }
}
