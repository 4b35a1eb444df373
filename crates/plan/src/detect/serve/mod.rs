//! From the way in to the start command: which server, on which port.

mod application;
mod command;
mod program;

use std::collections::BTreeMap;

use super::address::Address;
use super::context::{Context, Entry};
use super::error::DetectError;
use crate::evidence::{Decision, Evidence, Rule, Topic};
use crate::project::Server;
use crate::start::StartCommand;

/// The port where nobody names one.
const DEFAULT_PORT: u16 = 8080;

/// A worker's heartbeat is a file that it touches all the time: on a disk that can block for
/// seconds, and where the root is read-only there is no disk.
const WORKER_TMP_DIR: [&str; 2] = ["--worker-tmp-dir", "/dev/shm"];

/// How the application is started.
pub(super) struct Served {
    pub(super) server: Server,
    /// Whether the server is to be added to the dependencies.
    pub(super) added: bool,
    pub(super) start: StartCommand,
    /// Where it listens; `None` for what is no server.
    pub(super) port: Option<u16>,
    pub(super) environment: BTreeMap<String, String>,
}

impl Served {
    fn by(server: Server, start: StartCommand, port: Option<u16>) -> Self {
        Self { server, added: false, start, port, environment: BTreeMap::new() }
    }
}

/// Writes the start command for an entry.
pub(super) struct Starter<'c, 'a> {
    pub(super) context: &'c Context<'a>,
    pub(super) decisions: &'c mut Vec<Decision>,
    /// The folder of Django's `manage.py`.
    pub(super) manage: Option<&'c str>,
}

impl Starter<'_, '_> {
    pub(super) fn start(&mut self, entry: Entry) -> Result<Served, DetectError> {
        match entry {
            Entry::Command { words, default_port, evidence } => {
                self.command(words, default_port, &evidence)
            }
            Entry::Streamlit { file, place } => Ok(self.streamlit(&file, place)),
            Entry::Script { file, words, evidence } => Ok(self.script(&file, words, evidence)),
            Entry::App(found) => self.app(&found),
        }
    }

    fn note(&mut self, topic: Topic, text: impl Into<String>, evidence: Evidence) {
        self.decisions.push(Decision::note(topic, text, evidence));
    }

    fn warn(&mut self, topic: Topic, text: impl Into<String>, evidence: Evidence) {
        self.decisions.push(Decision::warning(topic, text, evidence));
    }

    /// The port: configured, else the first that something binds, else the default.
    fn port(&mut self, bound: Option<(u16, Evidence)>) -> u16 {
        let configured =
            self.context.config.port.map(|port| (port, Evidence::by(Rule::Configured)));
        let default = || (DEFAULT_PORT, Evidence::by(Rule::Default));
        let (port, evidence) = configured.or(bound).unwrap_or_else(default);
        if port < 1024 {
            let text = format!(
                "{port} can only be bound by an unprivileged user where the platform allows it, as Docker does since 20.10: choose one above 1023 with `--port`"
            );
            self.warn(Topic::Port, text, evidence.clone());
        }
        self.note(Topic::Port, port.to_string(), evidence);
        port
    }

    fn warn_local(&mut self, address: &Address, evidence: Evidence) {
        let host = address.host.as_deref().unwrap_or_default();
        let text = format!(
            "bound to {host}, the application cannot be reached from outside of its container: bind 0.0.0.0"
        );
        self.warn(Topic::Port, text, evidence);
    }
}

/// Words of a command.
fn words<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).to_vec()
}
