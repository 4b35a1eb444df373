//! Why a request cannot be met.

use std::fmt;

use boxwright_requirements::{Link, Origin, PackageName};

use crate::IndexError;

/// Why there is no resolution. Each message names the lines to change and how.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// What is asked of one project cannot be met, whatever else is asked.
    #[error("{0}")]
    Unsatisfiable(Box<Explanation>),
    /// Each requirement could be met, but not all of them at once.
    #[error("{0}")]
    Conflict(Box<Explanation>),
    /// A requirement's URL is not that of a wheel that can be used.
    #[error("{origin} wants {name} from {url}: {problem}")]
    Url {
        /// The line.
        origin: Origin,
        /// The project.
        name: PackageName,
        /// The URL as written.
        url: Link,
        /// What is wrong with it, and the fix.
        problem: UrlProblem,
    },
    /// Hashes are required, and some projects have none.
    #[error(
        "hashes are required, and no line has one for {}\nfix: add a line with the version and a \
         --hash=sha256:… for each of them",
        unhashed.join(", ")
    )]
    Unhashed {
        /// `name==version` of each.
        unhashed: Vec<String>,
    },
    /// The index failed; nothing is known about the requirements.
    #[error("the package index gave no usable answer about {name}: {source}")]
    Index {
        /// The project it was asked about.
        name: PackageName,
        /// What went wrong.
        source: IndexError,
    },
    /// The search took too many steps.
    #[error(
        "the requirements leave too much open: no answer after very many tries\nfix: pin some of \
         the projects that have many versions (name==version)"
    )]
    TooHard,
    /// The index said one thing first and another later.
    #[error("what the index says of {name} changed during the search ({reason})\nfix: try again")]
    Changed {
        /// The project.
        name: PackageName,
        /// What does not fit.
        reason: String,
    },
}

/// An account of why something cannot be had, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What cannot be had.
    pub problem: String,
    /// What is known, a sentence each.
    pub facts: Vec<String>,
    /// What to do about it.
    pub fix: String,
    /// The lines that ask for it.
    pub origins: Vec<Origin>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)?;
        for fact in &self.facts {
            write!(f, "\n  {fact}")?;
        }
        write!(f, "\nfix: {}", self.fix)
    }
}

/// What is wrong with a requirement's URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlProblem {
    /// It is none.
    #[error("that is not the URL of a wheel ({0})\nfix: correct it")]
    Malformed(String),
    /// It names a repository.
    #[error(
        "that is a version-control repository, and building it would run its code\nfix: build a \
         wheel from it once, and name the wheel's URL here"
    )]
    VersionControl,
    /// It is of a kind that is not fetched.
    #[error("`{0}` URLs are not fetched\nfix: name an https URL")]
    Scheme(String),
    /// It names something that would have to be built.
    #[error(
        "that is not a wheel, and building it would run its code\nfix: build a wheel from it once, \
         and name the wheel's URL here"
    )]
    NoWheel,
    /// Its wheel is of another project.
    #[error("that is a wheel of {0}\nfix: correct the name or the URL")]
    OtherProject(PackageName),
    /// The line's hashes do not tell which one is the wheel's.
    #[error("a wheel has one SHA-256 hash, and the line names another or several\nfix: name one")]
    Hashes,
    /// Another line wants it from elsewhere.
    #[error("another line wants it from {url}\nfix: keep one of the two lines")]
    Another {
        /// The other URL.
        url: Link,
    },
    /// It names a directory or a file of the project.
    #[error(
        "that is in the project itself, and building it would run its code\nfix: take the line out \
         (the project's files are copied into the image), or name the URL of a wheel here"
    )]
    Local,
    /// The line's hashes are of another kind.
    #[error("its hashes are not SHA-256, which is what indexes tell\nfix: name a --hash=sha256:…")]
    NoSha256,
}
