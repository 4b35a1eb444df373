//! How a Python web project is built and started: found out from its files, planned as data,
//! written down as a Dockerfile.
//!
//! [`detect`] reads a project and runs nothing of it. Python sources are read by syntax, within
//! limits, so that a hostile one is an error and never a crash. What it decides, and why, is a
//! [`Project`]: every [`Decision`] has its [`Rule`] and the [`Place`] it goes by. What could be meant in
//! two ways is a [`DetectError`] that lists both and names the flag that picks one.
//! [`BuildPlan::new`] turns it into [`Step`]s that say what is to be done and not how: an engine
//! carries them out, [`render`] writes them as a Dockerfile.
//!
//! ```
//! use boxwright_digest::Digest;
//! use boxwright_plan::{BuildPlan, Config, MemoryFiles, RenderOptions, Step, detect, render};
//!
//! let files = MemoryFiles::from([
//!     ("main.py", "from fastapi import FastAPI\n\napp = FastAPI()\n"),
//!     ("requirements.txt", "fastapi\nuvicorn\n"),
//! ]);
//! let config = Config::parse("port: 9000\n")?;
//!
//! let project = detect(&files, &config)?;
//! assert_eq!(project.start.to_string(), "uvicorn main:app --host 0.0.0.0 --port $PORT");
//! let start = project.decisions.iter().find(|it| it.topic.name() == "start");
//! assert_eq!(start.map(|it| it.evidence.to_string()).as_deref(), Some("main.py:3 (app-object)"));
//!
//! let plan = BuildPlan::new(&project, Digest::of("dependency key"), &config);
//! assert!(plan.steps.contains(&Step::Expose { port: 9000 }));
//!
//! let rendered = render(&project, &plan, &RenderOptions::default())?;
//! assert!(rendered.dockerfile.text().contains("EXPOSE 9000\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod build_plan;
mod config;
mod detect;
mod evidence;
mod files;
mod project;
mod python;
mod render;
mod shell;
mod snapshot;
mod start;
mod step;

pub use build_plan::{APP_DIR, BuildPlan, VENV};
pub use config::{
    CONFIG_FILE, Config, ConfigError, HealthcheckConfig, LayersConfig, schema, starter_config,
};
pub use detect::{Candidate, Dependencies, DetectError, detect, detect_dependencies};
pub use evidence::{Decision, Evidence, Level, Place, Rule, Topic};
pub use files::{MemoryFiles, ProjectFiles};
pub use project::{
    DependencySource, Framework, Interface, OwnServer, ParsePythonError, Project, PythonMinor,
    Server,
};
pub use python::SourceError;
pub use render::{
    Bases, CA_BUNDLE, DOCKERIGNORE, Installer, NORMALISED, NORMALISED_CONSTRAINTS, Profile,
    Python2, Release, RenderError, RenderOptions, Rendered, Requirements, compose, is_ours,
    lint_facts, python2, reload_start, render,
};
pub use shell::{ShellError, split as split_command};
pub use snapshot::SnapshotFiles;
pub use start::{PORT_VARIABLE, StartCommand};
pub use step::{Base, CopySource, Healthcheck, ParseUserError, Step, User};
