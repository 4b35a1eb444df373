//! What detection found: plain data about one project.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use boxwright_requirements::{RequirementSet, SourceKind};
use serde::Serialize;

use crate::evidence::{Decision, Evidence, Place, words};
use crate::start::StartCommand;

/// How a server calls an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Interface {
    /// Synchronous: PEP 3333.
    Wsgi,
    /// Asynchronous: the ASGI specification.
    Asgi,
    /// aiohttp's own, which gunicorn serves with aiohttp's worker class.
    Aiohttp,
}

words! {
    /// The web frameworks that detection knows.
    Framework {
        /// Django.
        Django = "django",
        /// Flask, and what derives from it.
        Flask = "flask",
        /// FastAPI.
        FastApi = "fastapi",
        /// Starlette.
        Starlette = "starlette",
        /// Quart.
        Quart = "quart",
        /// Litestar, and Starlite before it.
        Litestar = "litestar",
        /// Sanic.
        Sanic = "sanic",
        /// aiohttp's server.
        Aiohttp = "aiohttp",
        /// Falcon.
        Falcon = "falcon",
        /// Bottle.
        Bottle = "bottle",
        /// Pyramid.
        Pyramid = "pyramid",
        /// BlackSheep.
        BlackSheep = "blacksheep",
        /// Dash, which is a Flask application inside.
        Dash = "dash",
        /// Streamlit, which brings its own server.
        Streamlit = "streamlit",
    }
}

words! {
    /// The programs that serve an application.
    Server {
        /// gunicorn.
        Gunicorn = "gunicorn",
        /// uvicorn.
        Uvicorn = "uvicorn",
        /// hypercorn.
        Hypercorn = "hypercorn",
        /// granian.
        Granian = "granian",
        /// daphne.
        Daphne = "daphne",
        /// waitress.
        Waitress = "waitress",
        /// Streamlit's own server.
        Streamlit = "streamlit",
        /// The framework's own server, which is meant for development.
        Development = "development",
        /// A command whose server detection does not know.
        Other = "other",
    }
}

/// A Python version as far as a base image is chosen by it: `3.13`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PythonMinor {
    /// The 3 of 3.13.
    pub major: u16,
    /// The 13 of 3.13.
    pub minor: u16,
}

impl PythonMinor {
    /// The versions that a base can be composed for, the newest last: Debian bookworm's and trixie's.
    pub const OFFERED: [Self; 2] = [Self::new(3, 11), Self::new(3, 13)];

    /// The one that is taken where the project says nothing.
    pub const DEFAULT: Self = Self::new(3, 13);

    /// `major.minor`.
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }
}

/// A text that should have been a Python version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a Python version: write it as `3.13`")]
pub struct ParsePythonError(pub String);

impl FromStr for PythonMinor {
    type Err = ParsePythonError;

    /// Reads `3.13`; a patch number may follow, and says nothing about the base.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || ParsePythonError(text.to_owned());
        let mut numbers = text.trim().split('.').map(str::parse);
        let mut number = || numbers.next().ok_or_else(malformed)?.map_err(|_| malformed());
        let version = Self { major: number()?, minor: number()? };
        match (numbers.next(), numbers.next()) {
            (None | Some(Ok(_)), None) => Ok(version),
            _ => Err(malformed()),
        }
    }
}

impl fmt::Display for PythonMinor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Serialize for PythonMinor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The file that lists the dependencies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DependencySource {
    /// How it is read.
    pub kind: SourceKind,
    /// Its path.
    pub file: String,
}

/// How the application serves itself when its module is run as a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnServer {
    /// The words that run it, such as `python server.py`.
    pub command: Vec<String>,
    /// What is called, such as `app.run`.
    pub call: String,
    /// The address that it binds, where that is known.
    pub host: Option<String>,
    /// The port that it binds unless `PORT` says otherwise, where that is known.
    pub port: Option<u16>,
    /// Whether it is started for debugging.
    pub debug: bool,
    /// Where the call is.
    pub place: Place,
}

/// A project as detection understands it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Project {
    /// Its name: of `boxwright.yaml`, of `pyproject.toml`, or none.
    pub name: Option<String>,
    /// The folder whose content is copied into the image; empty for the project directory itself.
    pub source: String,
    /// The file that lists what it depends on; `None` where it needs Python alone.
    pub dependencies: Option<DependencySource>,
    /// What that file says, with the server that was asked for.
    #[serde(skip)]
    pub requirements: RequirementSet,
    /// The Python that the image gets.
    pub python: PythonMinor,
    /// Why that one.
    pub python_evidence: Evidence,
    /// The framework, where one was recognised.
    pub framework: Option<Framework>,
    /// Who serves it.
    pub server: Server,
    /// A requirement to add, because `--add-server` asked for it and the project lacks it.
    pub added_server: Option<Server>,
    /// How it is started. Its working directory is the image's `/app`.
    pub start: StartCommand,
    /// Folders, relative to the source, that imports start from besides the working directory.
    pub python_path: Vec<String>,
    /// Environment variables that the start needs.
    pub environment: BTreeMap<String, String>,
    /// The port that it listens on when `PORT` says nothing else; `None` for what is no server.
    pub port: Option<u16>,
    /// How it serves itself when it is run as a program; never a start command if there is a server.
    pub own_server: Option<OwnServer>,
    /// Templates, pages, styles and scripts that it serves, relative to the source, sorted.
    pub assets: Vec<String>,
    /// Every decision, in the order in which they were made.
    pub decisions: Vec<Decision>,
}
