//! What kind of Dockerfile is asked for.

use boxwright_dockerfile::Dialect;

use crate::PythonMinor;
use crate::evidence::words;
use serde::Serialize;
use std::fmt;

words! {
    /// The ways to containerise.
    Profile {
        /// One stage on the full image; the module that serves itself where there is one.
        Simple = "simple",
        /// Development: the server reloads, the sources are mounted over the image's.
        Reload = "reload",
        /// One file with its arguments, run in the directory that is mounted.
        Script = "script",
        /// Flask serving built front-end files.
        Static = "static",
        /// One stage, a production server with its configuration.
        Production = "production",
        /// Compilers and installers stay behind; the release holds only what runs.
        Multistage = "multistage",
    }
}

impl Profile {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 6] = [
        Self::Simple,
        Self::Reload,
        Self::Script,
        Self::Static,
        Self::Production,
        Self::Multistage,
    ];
}

impl std::str::FromStr for Profile {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names = Self::ALL.map(Self::name);
        let unknown = || UnknownWord { text: text.to_owned(), known: names.join(", ") };
        Self::ALL.into_iter().find(|it| it.name() == text).ok_or_else(unknown)
    }
}

words! {
    /// What installs the dependencies.
    Installer {
        /// pip, which every Python image has.
        Pip = "pip",
        /// uv, which is installed first, and is faster.
        Uv = "uv",
    }
}

words! {
    /// What the last of several stages is based on.
    Release {
        /// Debian, without compilers.
        Debian = "debian",
        /// Alpine; so are then the stages before it, since a wheel fits one C library.
        Alpine = "alpine",
    }
}

/// A word that names none of the choices.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is none of {known}")]
pub struct UnknownWord {
    /// What was given.
    pub text: String,
    /// What there is.
    pub known: String,
}

/// The images that stages start from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bases {
    /// With pip and, for packages without wheels, compilers.
    pub full: String,
    /// With the interpreter and a shell or without: what the release stage needs.
    pub release: String,
}

impl Bases {
    /// The official images of a Python version: of Debian the suite that its composed base is of.
    pub fn official(python: PythonMinor, release: Release) -> Self {
        let suite = match (python.major, python.minor) {
            (3, 13) => "-trixie",
            (3, 11) => "-bookworm",
            _ => "",
        };
        match release {
            Release::Debian => Self {
                full: format!("python:{python}{suite}"),
                release: format!("python:{python}-slim{suite}"),
            },
            Release::Alpine => {
                let image = format!("python:{python}-alpine");
                Self { full: image.clone(), release: image }
            }
        }
    }
}

/// What the install reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requirements {
    /// The project's own files, without their comments: nobody has to write anything beside them.
    Project,
    /// A canonical text, which the caller puts into the context at [`crate::NORMALISED`]: whoever builds
    /// writes it anew each time, so that it cannot be stale.
    Normalised {
        /// The requirements.
        requirements: String,
        /// The constraints, where there are any.
        constraints: Option<String>,
    },
}

/// What kind of Dockerfile is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderOptions {
    /// The way to containerise.
    pub profile: Profile,
    /// What installs the dependencies.
    pub installer: Installer,
    /// What the last stage is based on.
    pub release: Release,
    /// What will read the Dockerfile.
    pub dialect: Dialect,
    /// The images to start from; `None` for the official ones, or the configured base.
    pub bases: Option<Bases>,
    /// What the install reads.
    pub requirements: Requirements,
    /// Whether downloads need further certificates: with BuildKit they are the secret `ca-bundle`, on
    /// the classic builder the file [`crate::CA_BUNDLE`] of the context.
    pub ca_bundle: bool,
    /// Whether the image of the last stage has a shell.
    pub release_has_shell: bool,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            profile: Profile::Multistage,
            installer: Installer::Pip,
            release: Release::Debian,
            dialect: Dialect::BuildKit,
            bases: None,
            requirements: Requirements::Project,
            ca_bundle: false,
            release_has_shell: true,
        }
    }
}
