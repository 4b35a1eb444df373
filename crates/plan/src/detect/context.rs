//! What every rule of detection may look at.

use super::apps::Apps;
use super::depends::Depends;
use super::project_files::Tree;
use super::pyproject::Pyproject;
use crate::config::Config;
use crate::evidence::{Evidence, Place};
use crate::python::Modules;

/// The project so far: its files, what it depends on, its modules.
pub(super) struct Context<'a> {
    pub(super) tree: Tree<'a>,
    pub(super) config: &'a Config,
    /// The source folder.
    pub(super) source: &'a str,
    pub(super) modules: &'a Modules<'a>,
    pub(super) depends: &'a Depends,
    pub(super) pyproject: &'a Pyproject,
}

impl<'a> Context<'a> {
    pub(super) fn apps(&self) -> Apps<'a> {
        Apps { modules: self.modules, depends: self.depends }
    }

    /// A path relative to the source folder, as the image has it.
    pub(super) fn in_image<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(self.source).map_or(path, |rest| rest.trim_start_matches('/'))
    }
}

/// How the application is entered.
pub(super) enum Entry {
    /// A command that somebody wrote.
    Command { words: Vec<String>, default_port: Option<u16>, evidence: Evidence },
    /// An application that a server imports.
    App(Found),
    /// A program that is run.
    Script {
        /// The file.
        file: String,
        words: Vec<String>,
        evidence: Evidence,
    },
    /// A Streamlit script.
    Streamlit { file: String, place: Place },
}

/// An application and how it is named to a server.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) app: super::apps::App,
    /// The dotted module.
    pub(super) module: String,
    /// Its file.
    pub(super) file: String,
    pub(super) evidence: Evidence,
    /// The call of a factory, as configured, in place of `name()`.
    pub(super) call: Option<String>,
}

impl Found {
    /// `module:object` or `module:factory()`.
    pub(super) fn target(&self) -> String {
        let parentheses = if self.app.factory.is_some() { "()" } else { "" };
        match &self.call {
            Some(call) => format!("{}:{call}", self.module),
            None => format!("{}:{}{parentheses}", self.module, self.app.name),
        }
    }

    /// `module:object` or `module:factory`, for servers with a flag for factories.
    pub(super) fn target_without_call(&self) -> String {
        format!("{}:{}", self.module, self.app.name)
    }
}
