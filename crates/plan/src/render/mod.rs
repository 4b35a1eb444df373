//! A plan as the Dockerfile that a careful engineer would write, with its ignore file and compose file.

mod compose;
mod dockerfile;
mod facts;
mod ignore;
mod install;
mod options;
mod python2;
mod reload;

use boxwright_dockerfile::{BuildError, Dockerfile};
use boxwright_requirements::SourceKind;

pub use compose::compose;
pub use facts::lint_facts;
pub use ignore::DOCKERIGNORE;
pub use options::{Bases, Installer, Profile, Release, RenderOptions, Requirements};
pub use python2::{Python2, python2};
pub use reload::reload_start;

use crate::build_plan::BuildPlan;
use crate::project::Project;

/// How the files that are written here begin, so that they can be told from a user's own.
const SIGNATURE: &str = "Written by `boxwright dockerfile`";

/// Where the normalised requirements are put in the context.
pub const NORMALISED: &str = ".boxwright/requirements.txt";

/// Where the normalised constraints are put in the context.
pub const NORMALISED_CONSTRAINTS: &str = ".boxwright/constraints.txt";

/// Where further certificates are put in the context, for a builder without secrets.
pub const CA_BUNDLE: &str = ".boxwright/ca-bundle.pem";

/// What a plan is written down as.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The Dockerfile.
    pub dockerfile: Dockerfile,
    /// A `.dockerignore`, for a project that has none.
    pub ignore: &'static str,
    /// Further files that the Dockerfile copies: path in the context, and content.
    pub files: Vec<(String, String)>,
}

/// A plan that cannot be written as the Dockerfile that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A value cannot be written in the dialect.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The installer does not read the project's dependency file.
    #[error(
        "{installer} does not read {file} ({kind}): let the requirements be normalised, or use uv for a uv.lock"
    )]
    Unreadable {
        /// The installer.
        installer: Installer,
        /// The dependency file.
        file: String,
        /// Its format.
        kind: SourceKind,
    },
    /// Debian's packages have other names on Alpine.
    #[error(
        "`system_packages` names Debian packages ({0}), which Alpine does not have under these names: release on Debian, or name a base that has them"
    )]
    DebianPackages(String),
    /// The project is of another kind than the profile.
    #[error("the profile `{profile}` does not fit: {reason}")]
    Misfit {
        /// The profile.
        profile: Profile,
        /// Why, and what to do.
        reason: String,
    },
    /// The compose file cannot be written.
    #[error("the compose file cannot be written")]
    Yaml(#[from] serde_yaml::Error),
}

/// Writes a plan as a Dockerfile.
///
/// ```
/// use boxwright_plan::{BuildPlan, Config, MemoryFiles, RenderOptions, detect, render};
///
/// let files = MemoryFiles::from([
///     ("app.py", "from flask import Flask\napp = Flask(__name__)\n"),
///     ("requirements.txt", "flask\ngunicorn\n"),
/// ]);
/// let config = Config::default();
/// let project = detect(&files, &config)?;
/// let plan = BuildPlan::new(&project, boxwright_digest::Digest::of("key"), &config);
/// let rendered = render(&project, &plan, &RenderOptions::default())?;
/// assert!(rendered.dockerfile.text().contains("\nCMD [\"gunicorn\", "));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn render(
    project: &Project,
    plan: &BuildPlan,
    options: &RenderOptions,
) -> Result<Rendered, RenderError> {
    let dockerfile = dockerfile::Sheet::new(project, plan, options)?.write()?;
    let files = match &options.requirements {
        Requirements::Normalised { requirements, constraints }
            if project.dependencies.is_some() =>
        {
            let constraints =
                constraints.iter().map(|text| (NORMALISED_CONSTRAINTS.to_owned(), text.clone()));
            std::iter::once((NORMALISED.to_owned(), requirements.clone()))
                .chain(constraints)
                .collect()
        }
        _ => Vec::new(),
    };
    Ok(Rendered { dockerfile, ignore: DOCKERIGNORE, files })
}

/// Whether a file was written here, and may be overwritten.
pub fn is_ours(text: &str) -> bool {
    text.lines().take(3).any(|line| line.trim_start_matches(['#', ' ']).starts_with(SIGNATURE))
}
