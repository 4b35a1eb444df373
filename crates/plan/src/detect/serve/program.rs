//! What is run as a program: Streamlit's scripts, and scripts that are servers or jobs of their own.

use super::super::address::Address;
use super::super::entry;
use super::{DEFAULT_PORT, Served, Starter};
use crate::evidence::{Evidence, Place, Rule, Topic};
use crate::project::{Framework, Server};
use crate::python::ServeCall;
use crate::start::StartCommand;

impl Starter<'_, '_> {
    pub(super) fn streamlit(&mut self, file: &str, place: Place) -> Served {
        let file = self.context.in_image(file);
        let evidence = Evidence::at(Rule::StreamlitScript, place);
        let options =
            ["--server.address", "0.0.0.0", "--server.port", "$PORT", "--server.headless", "true"];
        let start = StartCommand::new(["streamlit", "run", file].into_iter().chain(options));
        self.note(Topic::Framework, Framework::Streamlit.name(), evidence.clone());
        self.note(Topic::Start, start.to_string(), evidence);
        let port = self.port(None);
        Served::by(Server::Streamlit, start, Some(port))
    }

    /// A program that is run as it is.
    pub(super) fn script(&mut self, file: &str, words: Vec<String>, evidence: Evidence) -> Served {
        let start = StartCommand::new(words);
        self.note(Topic::Start, start.to_string(), evidence.clone());
        let module = self.context.modules.read(file).ok();
        if let Some(module) = module.as_ref().filter(|module| module.imports_package("dash")) {
            let call = module.serves.iter().rfind(|call| !call.at_import).or(module.serves.last());
            return self.dash(file, start, call);
        }
        let call = module.as_ref().and_then(|module| {
            module
                .serves
                .iter()
                .rfind(|call| entry::serves(self.context, module, &call.callee))
                .cloned()
        });
        match call {
            Some(call) => self.serving_script(file, start, &call),
            None => self.silent_script(start, evidence),
        }
    }

    /// A script that starts a server, as its sources say.
    fn serving_script(&mut self, file: &str, start: StartCommand, call: &ServeCall) -> Served {
        let by = Evidence::at(Rule::CodeBinds, Place::line(file, call.line));
        let server = if is_development(&call.callee) { Server::Development } else { Server::Other };
        if server == Server::Development {
            let text = format!(
                "`{start}` runs the framework's server, which is meant for development: name the application with `--app`"
            );
            self.warn(Topic::Server, text, by.clone());
        }
        let host = call.host.as_ref().map_or_else(|| default_host(&call.callee), |host| &host.text);
        let address = Address { host: Some(host.to_owned()), ..Address::default() };
        if address.is_local() {
            self.warn_local(&address, by.clone());
        }
        let port = self.port(port_of(call).map(|port| (port, by)));
        Served::by(server, start, Some(port))
    }

    /// A script that starts no server that is recognised. Without a web framework it is a job, and listens nowhere.
    fn silent_script(&mut self, start: StartCommand, evidence: Evidence) -> Served {
        let configured = self.context.config.port.is_some();
        let web = self.context.depends.on_a_framework();
        if web && !configured {
            let text = format!(
                "nothing says which port `{start}` binds: if it is another than {DEFAULT_PORT}, say it with `--port`"
            );
            self.warn(Topic::Port, text, evidence);
        }
        let port = (web || configured).then(|| self.port(None));
        Served::by(Server::Other, start, port)
    }

    /// Dash asks the environment for host and port, and would else be bound to the container itself.
    fn dash(&mut self, file: &str, start: StartCommand, call: Option<&ServeCall>) -> Served {
        let place = Place { file: file.to_owned(), line: call.map(|call| call.line) };
        let by = Evidence::at(Rule::DevelopmentServer, place);
        self.note(Topic::Framework, Framework::Dash.name(), by.clone());
        let text = "Dash's own server is meant for development: add `server = app.server`, which gunicorn can serve";
        self.warn(Topic::Server, text, by.clone());
        let port = self.port(call.and_then(port_of).map(|port| (port, by)));
        let mut served = Served::by(Server::Development, start, Some(port));
        served.environment.insert("HOST".to_owned(), "0.0.0.0".to_owned());
        served
    }
}

/// The port that a call binds, where that is known.
pub(super) fn port_of(call: &ServeCall) -> Option<u16> {
    call.port.as_ref()?.text.parse().ok().filter(|&port| port > 0)
}

/// Whether a call starts a server that is meant for development: all but those of server packages.
fn is_development(callee: &str) -> bool {
    !["uvicorn", "hypercorn", "waitress", "serve", "run_app"]
        .iter()
        .any(|name| callee.split('.').any(|part| part == *name))
}

/// Where a server listens that is told nothing.
fn default_host(callee: &str) -> &'static str {
    match callee.rsplit('.').next() {
        Some("serve" | "run_app") => "0.0.0.0",
        _ => "127.0.0.1",
    }
}
