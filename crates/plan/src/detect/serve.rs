//! From the way in to the start command: which server, on which port.

use std::collections::BTreeMap;

use super::address::Address;
use super::context::{Context, Entry, Found};
use super::error::DetectError;
use super::gunicorn::{self, GunicornConfig};
use super::{django, entry};
use crate::evidence::{Decision, Evidence, Place, Rule, Topic};
use crate::project::{Framework, Interface, Server};
use crate::start::StartCommand;

/// The port where nobody names one.
const DEFAULT_PORT: u16 = 8080;

/// How the application is started.
pub(super) struct Served {
    pub(super) server: Server,
    pub(super) added: Option<Server>,
    pub(super) start: StartCommand,
    pub(super) port: u16,
    pub(super) environment: BTreeMap<String, String>,
}

/// Writes the start command for an entry.
pub(super) struct Starter<'c, 'a> {
    pub(super) context: &'c Context<'a>,
    pub(super) decisions: &'c mut Vec<Decision>,
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

    /// A command that somebody wrote. It stays as it is, but for what it needs in a container.
    fn command(
        &mut self,
        mut words: Vec<String>,
        default_port: Option<u16>,
        evidence: &Evidence,
    ) -> Result<Served, DetectError> {
        let server = server_of(&words);
        let mut address = Address::of_command(&words);
        let mut by = Evidence { rule: Rule::StartCommand, place: evidence.place.clone() };
        if server == Server::Gunicorn {
            let config =
                gunicorn::find(self.context, option(&words, &["-c", "--config"]), self.decisions)?;
            let at = words
                .iter()
                .position(|word| word.rsplit('/').next() == Some("gunicorn"))
                .map_or(0, |at| at + 1);
            if option(&words, &["-c", "--config"]).is_none() && config.named {
                words.splice(
                    at..at,
                    ["--config".to_owned(), config.file.clone().unwrap_or_default()],
                );
            }
            if option(&words, &["--worker-tmp-dir"]).is_none() && !config.worker_tmp_dir {
                words.splice(at..at, WORKER_TMP_DIR.map(str::to_owned));
            }
            if address == Address::default()
                && let Some(bind) = config.bind
            {
                address = bind.address;
                by = Evidence::at(Rule::GunicornConfig, bind.place);
            }
        }
        let start = StartCommand::new(words);
        self.note(Topic::Start, start.to_string(), evidence.clone());
        self.note(Topic::Server, server.name(), evidence.clone());
        if address.is_local() {
            self.warn_local(&address, by.clone());
        }
        let bound = default_port
            .map(|port| (port, evidence.clone()))
            .or(address.port.map(|port| (port, by.clone())));
        if let (Some(port), Some((bound, _)), false) =
            (self.context.config.port, &bound, address.open)
            && port != *bound
        {
            let text = format!(
                "the start command binds {bound}, and not the configured {port}: write `$PORT` in its place"
            );
            self.warn(Topic::Port, text, by);
        }
        let port = self.port(bound);
        Ok(Served { server, added: None, start, port, environment: BTreeMap::new() })
    }

    fn warn_local(&mut self, address: &Address, evidence: Evidence) {
        let host = address.host.as_deref().unwrap_or_default();
        let text = format!(
            "bound to {host}, the application cannot be reached from outside of its container: bind 0.0.0.0"
        );
        self.warn(Topic::Port, text, evidence);
    }

    fn streamlit(&mut self, file: &str, place: Place) -> Served {
        let file = self.context.in_image(file);
        let evidence = Evidence::at(Rule::StreamlitScript, place);
        let options =
            ["--server.address", "0.0.0.0", "--server.port", "$PORT", "--server.headless", "true"];
        let start = StartCommand::new(["streamlit", "run", file].into_iter().chain(options));
        self.note(Topic::Framework, Framework::Streamlit.name(), evidence.clone());
        self.note(Topic::Start, start.to_string(), evidence);
        let port = self.port(None);
        Served { server: Server::Streamlit, added: None, start, port, environment: BTreeMap::new() }
    }

    /// A program that is run as it is.
    fn script(&mut self, file: &str, words: Vec<String>, evidence: Evidence) -> Served {
        let start = StartCommand::new(words);
        self.note(Topic::Start, start.to_string(), evidence.clone());
        let mut environment = BTreeMap::new();
        let module = self.context.modules.read(file).ok();
        let dash = module.as_ref().is_some_and(|module| module.imports_package("dash"));
        if dash {
            // Dash asks the environment for both, and would otherwise be bound to the container itself.
            environment.insert("HOST".to_owned(), "0.0.0.0".to_owned());
        }
        let serving = module.iter().flat_map(|module| {
            let context = self.context;
            module.serves.iter().filter(move |call| entry::serves(context, module, &call.callee))
        });
        let call = serving.last().cloned();
        let Some(call) = call else {
            if self.context.config.port.is_none() {
                let text = format!(
                    "nothing says which port `{start}` binds: if it is another than {DEFAULT_PORT}, say it with `--port`"
                );
                self.warn(Topic::Port, text, evidence);
            }
            let port = self.port(None);
            return Served { server: Server::Other, added: None, start, port, environment };
        };
        let by = Evidence::at(Rule::CodeBinds, Place::line(file, call.line));
        let production = call.callee.contains("uvicorn")
            || call.callee.contains("waitress")
            || call.callee.contains("run_app")
            || call.callee.contains("hypercorn");
        let server = if production { Server::Other } else { Server::Development };
        if server == Server::Development {
            let text = format!(
                "`{start}` runs the framework's server, which is meant for development: name the application with `--app`"
            );
            self.warn(Topic::Server, text, by.clone());
        }
        let host =
            call.host.map_or_else(|| default_host(&call.callee).to_owned(), |host| host.text);
        let address = Address { host: Some(host), ..Address::default() };
        if address.is_local() && !dash {
            self.warn_local(&address, by.clone());
        }
        let port = call.port.and_then(|port| port.text.parse().ok());
        let port = self.port(port.map(|port| (port, by)));
        Served { server, added: None, start, port, environment }
    }

    /// An application that a server imports.
    fn app(&mut self, found: &Found) -> Result<Served, DetectError> {
        if let Some(framework) = found.app.kind.framework {
            self.note(
                Topic::Framework,
                framework.name(),
                Evidence::at(found.evidence.rule, found.app.origin.clone()),
            );
        }
        if let Some(script) = self.blocking(found) {
            return Ok(script);
        }
        let interface = found.app.kind.interface.unwrap_or(Interface::Wsgi);
        let on = |name: &str| self.context.depends.on(name);
        let server = match interface {
            Interface::Wsgi => [Server::Gunicorn, Server::Waitress, Server::Granian]
                .into_iter()
                .find(|it| on(it.package())),
            Interface::Asgi if on("gunicorn") && on("uvicorn") => Some(Server::Gunicorn),
            Interface::Asgi => {
                [Server::Uvicorn, Server::Hypercorn, Server::Granian, Server::Daphne]
                    .into_iter()
                    .find(|it| on(it.package()))
            }
            Interface::Aiohttp => Some(Server::Gunicorn).filter(|it| on(it.package())),
        };
        match server {
            Some(server) => {
                self.note(Topic::Server, server.name(), Evidence::by(Rule::DependsOnServer));
                self.served(found, server, interface, None)
            }
            None => self.without_server(found, interface),
        }
    }

    /// Nothing to serve it with: a server is added if asked for, else the framework's own is left.
    fn without_server(
        &mut self,
        found: &Found,
        interface: Interface,
    ) -> Result<Served, DetectError> {
        let server = if interface == Interface::Asgi { Server::Uvicorn } else { Server::Gunicorn };
        if self.context.config.add_server {
            self.note(Topic::Server, format!("{server}, added"), Evidence::by(Rule::ServerAdded));
            return self.served(found, server, interface, Some(server));
        }
        let place = found.app.place.clone();
        if let Some(entry) = self.own_program(found) {
            return self.start(entry);
        }
        let development = match found.app.kind.framework {
            Some(Framework::Flask) => {
                let words = ["flask", "run", "--host", "0.0.0.0", "--port", "$PORT"]
                    .map(str::to_owned)
                    .to_vec();
                Some((words, Some(("FLASK_APP", found.target()))))
            }
            Some(Framework::Django) => self.manage.map(|manage| {
                let script = django::manage_script(self.context, manage);
                (
                    ["python", &script, "runserver", "--noreload", "0.0.0.0:$PORT"]
                        .map(str::to_owned)
                        .to_vec(),
                    None,
                )
            }),
            Some(Framework::Sanic) => {
                // Sanic's own server is meant for production.
                let words =
                    ["sanic", &found.target_without_call(), "--host", "0.0.0.0", "--port", "$PORT"];
                return Ok(self.finish(
                    words.map(str::to_owned).to_vec(),
                    Server::Other,
                    found,
                    None,
                ));
            }
            Some(Framework::Aiohttp) => return Ok(self.script_of(found)),
            _ => None,
        };
        let Some((words, variable)) = development else {
            let framework =
                found.app.kind.framework.map_or_else(|| "ASGI".to_owned(), |it| it.to_string());
            return Err(DetectError::NoServer { place, framework, server: server.name() });
        };
        let text = format!(
            "the project depends on no production server, so that the framework's server for development is started: add `{server}` to the dependencies, or let `--add-server` add it to the image"
        );
        self.warn(Topic::Server, text, Evidence::at(Rule::DevelopmentServer, place));
        let mut served = self.finish(words, Server::Development, found, None);
        served.environment.extend(variable.map(|(name, value)| (name.to_owned(), value)));
        Ok(served)
    }

    /// A program at the root that starts the application of a package in a way of its own.
    ///
    /// What such a program does before it serves would be missing under another server; and a
    /// project that has one and no production server is started by it.
    fn own_program(&self, found: &Found) -> Option<Entry> {
        let by_search = matches!(found.evidence.rule, Rule::AppObject | Rule::AppFactory);
        let folder = found.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        if by_search && folder != self.context.source {
            entry::only_program(self.context)
        } else {
            None
        }
    }

    fn served(
        &mut self,
        found: &Found,
        server: Server,
        interface: Interface,
        added: Option<Server>,
    ) -> Result<Served, DetectError> {
        let mut bound = None;
        let mut words: Vec<String> = match server {
            Server::Gunicorn => {
                let config = gunicorn::find(self.context, None, self.decisions)?;
                let words = self.gunicorn(&config, interface);
                bound = config.bind.and_then(|it| {
                    Some((it.address.port?, Evidence::at(Rule::GunicornConfig, it.place)))
                });
                words
            }
            Server::Uvicorn => vec!["uvicorn".into(), found.target_without_call()],
            Server::Hypercorn => {
                ["hypercorn", "--bind", "0.0.0.0:$PORT"].map(str::to_owned).to_vec()
            }
            Server::Granian => {
                let name = if interface == Interface::Asgi { "asgi" } else { "wsgi" };
                ["granian", "--interface", name, "--host", "0.0.0.0", "--port", "$PORT"]
                    .map(str::to_owned)
                    .to_vec()
            }
            Server::Daphne => {
                ["daphne", "-b", "0.0.0.0", "-p", "$PORT"].map(str::to_owned).to_vec()
            }
            Server::Waitress => {
                ["waitress-serve", "--listen=0.0.0.0:$PORT"].map(str::to_owned).to_vec()
            }
            Server::Streamlit | Server::Development | Server::Other => Vec::new(),
        };
        let factory = found.app.factory.is_some();
        match server {
            Server::Uvicorn => {
                words.extend(["--host", "0.0.0.0", "--port", "$PORT"].map(str::to_owned));
                words.extend(factory.then(|| "--factory".to_owned()));
            }
            Server::Granian | Server::Waitress => {
                let flag = if server == Server::Granian { "--factory" } else { "--call" };
                words.extend(factory.then(|| flag.to_owned()));
                words.push(found.target_without_call());
            }
            _ => words.push(found.target()),
        }
        Ok(self.finish(words, server, found, bound).with_added(added))
    }

    /// gunicorn's options: what a container needs, and what its configuration leaves open.
    fn gunicorn(&mut self, config: &GunicornConfig, interface: Interface) -> Vec<String> {
        let mut words = vec!["gunicorn".to_owned()];
        if !config.worker_tmp_dir {
            words.extend(WORKER_TMP_DIR.map(str::to_owned));
        }
        if let (Some(file), true) = (&config.file, config.named) {
            words.extend(["--config".to_owned(), file.clone()]);
        }
        if !config.worker_class {
            let class = match interface {
                Interface::Wsgi => None,
                Interface::Asgi if self.context.depends.on("uvicorn-worker") => {
                    Some("uvicorn_worker.UvicornWorker")
                }
                Interface::Asgi => Some("uvicorn.workers.UvicornWorker"),
                Interface::Aiohttp => Some("aiohttp.GunicornWebWorker"),
            };
            words.extend(
                class.into_iter().flat_map(|class| ["--worker-class".to_owned(), class.to_owned()]),
            );
        }
        // Without an address of its own gunicorn binds 0.0.0.0:$PORT.
        if let Some(bind) =
            config.bind.as_ref().filter(|bind| !bind.honours_port || bind.address.is_local())
        {
            if bind.address.is_local() {
                self.warn_local(
                    &bind.address,
                    Evidence::at(Rule::GunicornConfig, bind.place.clone()),
                );
            }
            words.extend(["--bind".to_owned(), "0.0.0.0:$PORT".to_owned()]);
        }
        words
    }

    fn finish(
        &mut self,
        words: Vec<String>,
        server: Server,
        found: &Found,
        bound: Option<(u16, Evidence)>,
    ) -> Served {
        let start = StartCommand::new(words);
        self.note(Topic::Start, start.to_string(), found.evidence.clone());
        let bound = bound.or_else(|| self.code_binds(found));
        let port = self.port(bound);
        Served { server, added: None, start, port, environment: BTreeMap::new() }
    }

    /// The port that the application's own module binds when it is run.
    fn code_binds(&self, found: &Found) -> Option<(u16, Evidence)> {
        let module = self.context.modules.read(&found.file).ok()?;
        module.serves.iter().find_map(|call| {
            let port = call.port.as_ref()?.text.parse().ok().filter(|&port: &u16| port > 0)?;
            entry::serves(self.context, &module, &call.callee).then(|| {
                (port, Evidence::at(Rule::CodeBinds, Place::line(&module.file, call.line)))
            })
        })
    }

    /// A module that starts its own server when it is imported can only be run.
    fn blocking(&mut self, found: &Found) -> Option<Served> {
        let module = self.context.modules.read(&found.file).ok()?;
        let context = self.context;
        let call = module
            .serves
            .iter()
            .find(|call| call.at_import && entry::serves(context, &module, &call.callee))?;
        let place = Place::line(&module.file, call.line);
        let text = "this starts a server when the module is imported, so that no other can serve it: put it below `if __name__ == \"__main__\":`";
        self.warn(Topic::Start, text, Evidence::at(Rule::CodeBinds, place));
        Some(self.script_of(found))
    }

    fn script_of(&mut self, found: &Found) -> Served {
        let words = vec!["python".to_owned(), self.context.in_image(&found.file).to_owned()];
        self.script(&found.file, words, found.evidence.clone())
    }
}

/// A worker's heartbeat is a file that it touches all the time: on a disk that can block for
/// seconds, and where the root is read-only there is no disk.
const WORKER_TMP_DIR: [&str; 2] = ["--worker-tmp-dir", "/dev/shm"];

impl Served {
    fn with_added(self, added: Option<Server>) -> Self {
        Self { added, ..self }
    }
}

impl Server {
    /// The distribution that provides it.
    pub(super) const fn package(self) -> &'static str {
        self.name()
    }
}

/// The server that a command starts, also as `python -m gunicorn`.
fn server_of(words: &[String]) -> Server {
    let program = |word: &String| word.rsplit('/').next().unwrap_or(word).to_owned();
    let mut programs = words.iter().take(4).map(program);
    programs
        .find_map(|program| match program.as_str() {
            "gunicorn" => Some(Server::Gunicorn),
            "uvicorn" => Some(Server::Uvicorn),
            "hypercorn" => Some(Server::Hypercorn),
            "granian" => Some(Server::Granian),
            "daphne" => Some(Server::Daphne),
            "waitress-serve" => Some(Server::Waitress),
            "streamlit" => Some(Server::Streamlit),
            "flask" | "runserver" => Some(Server::Development),
            _ => None,
        })
        .unwrap_or(Server::Other)
}

/// The value of an option in a command, written with a space or with `=`.
fn option<'w>(words: &'w [String], names: &[&str]) -> Option<&'w str> {
    words.iter().enumerate().find_map(|(index, word)| {
        if names.contains(&word.as_str()) {
            return words.get(index + 1).map(String::as_str);
        }
        let (name, value) = word.split_once('=')?;
        (names.contains(&name) && name.starts_with("--")).then_some(value)
    })
}

/// Where a server listens that is told nothing.
fn default_host(callee: &str) -> &'static str {
    match callee.rsplit('.').next() {
        Some("serve" | "run_app" | "launch") => "0.0.0.0",
        _ => "127.0.0.1",
    }
}
