//! Detection and the [`BuildPlan`]: how a Python web project is built and started, with evidence.

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
pub use config::{CONFIG_FILE, Config, ConfigError, HealthcheckConfig, LayersConfig, schema};
pub use detect::{Candidate, DetectError, detect};
pub use evidence::{Decision, Evidence, Level, Place, Rule, Topic};
pub use files::{MemoryFiles, ProjectFiles};
pub use project::{
    DependencySource, Framework, Interface, OwnServer, ParsePythonError, Project, PythonMinor,
    Server,
};
pub use python::SourceError;
pub use render::{
    Bases, DOCKERIGNORE, Installer, NORMALISED, NORMALISED_CONSTRAINTS, Profile, Python2, Release,
    RenderError, RenderOptions, Rendered, Requirements, compose, is_ours, lint_facts, python2,
    reload_start, render,
};
pub use shell::ShellError;
pub use snapshot::SnapshotFiles;
pub use start::{PORT_VARIABLE, StartCommand};
pub use step::{Base, CopySource, Healthcheck, ParseUserError, Step, User};
