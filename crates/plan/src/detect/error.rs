//! Why a project cannot be planned: what was found, where, and what to do.

use std::fmt;

use crate::evidence::Place;
use crate::project::{Framework, PythonMinor};
use crate::python::SourceError;
use crate::shell::ShellError;

/// Something that could be meant, and the place that suggests it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What to give to the flag, such as `shop.main:app`.
    pub value: String,
    /// Where it was found.
    pub place: Place,
}

/// A project that cannot be planned as it is.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// A file cannot be read.
    #[error("{file}: cannot be read: {error}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// There is no Python here.
    #[error(
        "no Python file was found: run this in the folder of the application, and check that .dockerignore does not exclude it"
    )]
    NoPython,
    /// `source:` names a folder that is not there.
    #[error(
        "`{source_folder}` holds no file: correct `--source` (or `source:` in boxwright.yaml), and check that .dockerignore does not exclude it"
    )]
    NoSource {
        /// The folder.
        source_folder: String,
    },
    /// More than one folder could be the application's.
    #[error("more than one folder could hold the application: {}; pick one with `--source`, such as `--source {}`", list(.0), first(.0))]
    SeveralFolders(Vec<Candidate>),
    /// More than one file could list the dependencies.
    #[error("more than one file could list the dependencies: {}; pick one with `--requirements`, such as `--requirements {}`", list(.0), first(.0))]
    SeveralSources(Vec<Candidate>),
    /// The application needs packages, and no file lists them.
    #[error("{application} uses {framework}, but no file lists the dependencies: {}", missing(.misspelt.as_ref()))]
    NoDependencies {
        /// Where the application is.
        application: Place,
        /// What it imports.
        framework: Framework,
        /// A file whose name is nearly right.
        misspelt: Option<String>,
    },
    /// The file that was named is no dependency file.
    #[error(
        "`{file}` is not there: correct `--requirements` (or `requirements:` in boxwright.yaml), and check that .dockerignore does not exclude it"
    )]
    NoSuchSource {
        /// The file.
        file: String,
    },
    /// A dependency file cannot be read.
    #[error(transparent)]
    Requirements(#[from] boxwright_requirements::Error),
    /// A file of the project's tools is malformed.
    #[error("{place}: {problem}")]
    Malformed {
        /// Where.
        place: Place,
        /// What is wrong with it, and what to write.
        problem: String,
    },
    /// A Python file that matters cannot be read.
    #[error("{}", .0)]
    Source(std::sync::Arc<SourceError>),
    /// Nothing says how the application starts.
    #[error(
        "nothing says how the application starts: {looked} held no application object, no `create_app`, and no script; name it with `--app MODULE:OBJECT` or `--start COMMAND`"
    )]
    NoApp {
        /// Where was looked.
        looked: String,
    },
    /// Several things could be the application.
    #[error("more than one application was found: {}; pick one with `--app`, such as `--app {}`", list(.0), first(.0))]
    SeveralApps(Vec<Candidate>),
    /// Several scripts could be run.
    #[error("more than one script can be run: {}; pick one with `--start`, such as `--start \"{}\"`", list(.0), first(.0))]
    SeveralScripts(Vec<Candidate>),
    /// `--app` names something that is not there.
    #[error(
        "`{app}` names no application: {problem}; write `--app MODULE:OBJECT` or `--app 'MODULE:FACTORY()'`"
    )]
    AppNotFound {
        /// What was named.
        app: String,
        /// Which part of it is not there.
        problem: String,
    },
    /// The application is made by a function that must be given something.
    #[error(
        "{place}: `{name}` makes the application, but must be given {required} argument(s): give them defaults, or write the call with `--app '{target}(…)'`"
    )]
    FactoryArguments {
        /// Where the function is.
        place: Place,
        /// Its name.
        name: String,
        /// How many arguments have no default.
        required: usize,
        /// The module and the function.
        target: String,
    },
    /// Django's settings say how it is served, but only when they run.
    #[error(
        "{place}: `{setting}` is computed when the settings run, and nothing beside them says what to serve: name it with `--app PROJECT.wsgi:application`"
    )]
    ComputedSetting {
        /// Where.
        place: Place,
        /// Its name.
        setting: &'static str,
    },
    /// The framework has no server of its own, and the project depends on none.
    #[error(
        "{place}: the {framework} application needs a server, and the project depends on none: add `{server}` to the dependencies, or let `--add-server` add it to the image"
    )]
    NoServer {
        /// Where the application is.
        place: Place,
        /// What needs the server, in a word.
        framework: String,
        /// The server to add.
        server: &'static str,
    },
    /// `--add-server` cannot add to a lock.
    #[error(
        "{file} is a lock and does not hold `{server}`, so that `--add-server` has no version to install: add it to the project and lock again"
    )]
    LockedWithoutServer {
        /// The lock file.
        file: String,
        /// The server.
        server: &'static str,
    },
    /// The start command of a `Procfile` needs a shell, and nothing else says how to start.
    #[error("{place}: {error}; or name the application with `--app MODULE:OBJECT`")]
    Procfile {
        /// Where.
        place: Place,
        /// What needs one.
        error: ShellError,
    },
    /// No base has a Python that the project accepts.
    #[error("{}: no base with Python {wanted} can be composed, only {}: change it, or give a base that has it with `--base`", .place.as_ref().map_or_else(|| "--python".to_owned(), ToString::to_string), versions(.offered))]
    Python {
        /// Where it is wanted; `None` for the configuration.
        place: Option<Place>,
        /// The version or range.
        wanted: String,
        /// What there is.
        offered: Vec<PythonMinor>,
    },
}

/// `a (x.py:1), b (y.py:2)`.
fn list(candidates: &[Candidate]) -> String {
    let show = |Candidate { value, place }: &Candidate| {
        if *value == place.file { format!("`{value}`") } else { format!("`{value}` ({place})") }
    };
    candidates.iter().map(show).collect::<Vec<_>>().join(", ")
}

fn first(candidates: &[Candidate]) -> &str {
    candidates.first().map_or("", |candidate| &candidate.value)
}

fn versions(offered: &[PythonMinor]) -> String {
    offered.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

fn missing(misspelt: Option<&String>) -> impl fmt::Display {
    match misspelt {
        Some(file) => format!("rename `{file}` to `requirements.txt`"),
        None => "write a `requirements.txt`, and check that .dockerignore does not exclude it"
            .to_owned(),
    }
}
