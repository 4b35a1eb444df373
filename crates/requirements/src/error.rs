//! Why a dependency source cannot be read: always with the file, the line and the way out.

use std::io;

use crate::marker::InvalidMarker;
use crate::name::InvalidName;
use crate::origin::Origin;
use crate::requirement::InvalidHash;
use crate::specifiers::InvalidSpecifier;

/// A dependency source that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The source itself is not there or cannot be read.
    #[error("{path}: cannot be read: {source}")]
    Unreadable {
        /// Its path from the root.
        path: String,
        /// What the file system said.
        source: io::Error,
    },
    /// A file that another one names is not there or cannot be read.
    #[error(
        "{origin}: cannot read `{path}`: {source}; correct the path or add the file (and check that .dockerignore does not exclude it)"
    )]
    UnreadableInclude {
        /// The line that names it.
        origin: Origin,
        /// Its path from the root.
        path: String,
        /// What the file system said.
        source: io::Error,
    },
    /// The bytes are not text in the encoding that they should be in.
    #[error("{origin}: {reason}; save the file as UTF-8")]
    Encoding {
        /// The line where the text ends.
        origin: Origin,
        /// What was found.
        reason: String,
    },
    /// A line that should be a requirement is none.
    #[error("{origin}: `{}` is not a requirement: {source}", text.escape_debug())]
    Requirement {
        /// The line.
        origin: Origin,
        /// The requirement as written.
        text: String,
        /// What is wrong with it.
        source: Box<InvalidRequirement>,
    },
    /// An option that pip does not know in requirements files, or that lacks its value.
    #[error("{origin}: {reason}")]
    Option {
        /// The line.
        origin: Origin,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// Requirements files name each other in a circle.
    #[error(
        "{origin}: `{path}` is already being read, so that the files include each other without end; remove this line"
    )]
    Cycle {
        /// The line that closes the circle.
        origin: Origin,
        /// The file it names.
        path: String,
    },
    /// Requirements files name each other too deeply or too often.
    #[error("{origin}: more than {limit} requirements files are included; include each file once")]
    TooManyIncludes {
        /// The line that goes too far.
        origin: Origin,
        /// How many are read.
        limit: usize,
    },
    /// A path leads out of the project.
    #[error(
        "{origin}: `{path}` leads out of the project directory, which is all that an image is built from; move it into the project"
    )]
    Outside {
        /// The line that names it.
        origin: Origin,
        /// The path as written.
        path: String,
    },
    /// A requirements file is named by URL.
    #[error(
        "{origin}: `{url}` would have to be fetched to know the dependencies; save it into the project and include it by path"
    )]
    Remote {
        /// The line that names it.
        origin: Origin,
        /// The URL, without credentials.
        url: String,
    },
    /// The file is not well-formed TOML, JSON or INI.
    #[error("{origin}: not well-formed {format}: {reason}")]
    Syntax {
        /// Where.
        origin: Origin,
        /// TOML, JSON or INI.
        format: &'static str,
        /// What the parser said.
        reason: String,
    },
    /// The file is well-formed, and does not say what its format asks for.
    #[error("{origin}: {reason}")]
    Content {
        /// Where.
        origin: Origin,
        /// What is missing or wrong, and what to do.
        reason: String,
    },
    /// A lock file of a version that is not understood.
    #[error(
        "{origin}: version {found} of this format is not understood, only {supported}; write the lock anew with a tool of that version"
    )]
    Version {
        /// Where the version is written.
        origin: Origin,
        /// The version.
        found: String,
        /// The versions that are understood.
        supported: &'static str,
    },
    /// A group or extra was asked for that the file does not define.
    #[error("{path}: there is no {what} `{name}`; {}", list_of(.known))]
    Unknown {
        /// The file.
        path: String,
        /// `dependency group` or `extra`.
        what: &'static str,
        /// The name that was asked for.
        name: String,
        /// The names that exist.
        known: Vec<String>,
    },
    /// Dependencies are computed by a program.
    #[error(
        "{path}: the dependencies are known only to whoever runs this program, and Boxwright runs nothing of a project; list them in pyproject.toml under [project] dependencies, or in requirements.txt"
    )]
    NeedsToRun {
        /// The file.
        path: String,
    },
    /// A file of no known format.
    #[error(
        "{path}: not a dependency source; these are: pylock.toml, uv.lock, poetry.lock, pdm.lock, Pipfile.lock, requirements.txt, pyproject.toml, Pipfile, setup.cfg"
    )]
    UnknownKind {
        /// The file.
        path: String,
    },
}

impl Error {
    /// The line to edit, where the error is about one.
    pub fn origin(&self) -> Option<&Origin> {
        match self {
            Self::UnreadableInclude { origin, .. }
            | Self::Encoding { origin, .. }
            | Self::Requirement { origin, .. }
            | Self::Option { origin, .. }
            | Self::Cycle { origin, .. }
            | Self::TooManyIncludes { origin, .. }
            | Self::Outside { origin, .. }
            | Self::Remote { origin, .. }
            | Self::Syntax { origin, .. }
            | Self::Content { origin, .. }
            | Self::Version { origin, .. } => Some(origin),
            Self::Unreadable { .. }
            | Self::Unknown { .. }
            | Self::NeedsToRun { .. }
            | Self::UnknownKind { .. } => None,
        }
    }
}

fn list_of(names: &[String]) -> String {
    if names.is_empty() {
        "none is defined".to_owned()
    } else {
        format!("defined are: {}", names.join(", "))
    }
}

/// What is wrong with a requirement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRequirement {
    /// A name was expected.
    #[error("expected the name of a package")]
    MissingName,
    /// A name is malformed.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// A bracket of extras is malformed.
    #[error("the extras in brackets are malformed: write them as `[one,two]`")]
    Extras,
    /// A version specifier is malformed.
    #[error(transparent)]
    Specifier(#[from] InvalidSpecifier),
    /// A marker is malformed.
    #[error(transparent)]
    Marker(#[from] InvalidMarker),
    /// A hash is malformed.
    #[error(transparent)]
    Hash(#[from] InvalidHash),
    /// Something follows that belongs to no requirement.
    #[error("`{}` is neither a version nor a marker{hint}", rest.escape_debug())]
    Trailing {
        /// The text.
        rest: String,
        /// What was probably meant, with punctuation before it.
        hint: &'static str,
    },
    /// A URL was expected.
    #[error(
        "a URL is expected behind `@`, such as https://host/file.whl or git+https://host/repository"
    )]
    Url,
    /// A wheel's file name is malformed.
    #[error("`{0}` is not a wheel's file name: expected name-version-python-abi-platform.whl")]
    WheelName(String),
    /// A directory holds no project.
    #[error("the directory has neither pyproject.toml nor setup.py")]
    NotInstallable,
    /// An editable requirement that is neither a directory nor a repository.
    #[error(
        "an editable requirement is a directory of the project or a repository, such as `-e ./package` or `-e git+https://host/repository#egg=name`"
    )]
    Editable,
    /// An editable repository without a name.
    #[error("add the package's name to the URL: `#egg=name`")]
    MissingEgg,
    /// An editable requirement among constraints.
    #[error("constraints cannot be editable; pin the version instead")]
    EditableConstraint,
}
