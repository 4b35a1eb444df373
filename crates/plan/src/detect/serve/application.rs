//! An application that a server imports: which server, and with which options.

use super::super::context::{Entry, Found};
use super::super::error::DetectError;
use super::super::gunicorn::{self, GunicornConfig};
use super::super::{django, entry};
use super::program::port_of;
use super::{Served, Starter, WORKER_TMP_DIR, words};
use crate::evidence::{Evidence, Place, Rule, Topic};
use crate::project::{Framework, Interface, Server};
use crate::start::StartCommand;

/// What a start falls back to: its words and an environment variable.
type Fallback = (Vec<String>, Option<(&'static str, String)>);

impl Starter<'_, '_> {
    pub(super) fn app(&mut self, found: &Found) -> Result<Served, DetectError> {
        if let Some(framework) = found.app.kind.framework {
            let evidence = Evidence::at(found.evidence.rule, found.app.origin.clone());
            self.note(Topic::Framework, framework.name(), evidence);
        }
        if let Some(script) = self.blocking(found) {
            return Ok(script);
        }
        let interface = found.app.kind.interface.unwrap_or(Interface::Wsgi);
        let Some(server) = self.depended_server(interface) else {
            return self.without_server(found, interface);
        };
        self.note(Topic::Server, server.name(), Evidence::by(Rule::DependsOnServer));
        self.served(found, server, interface)
    }

    /// The server that the project depends on and that can serve the interface.
    fn depended_server(&self, interface: Interface) -> Option<Server> {
        let on = |server: &Server| self.context.depends.on(server.package());
        let fitting: &[Server] = match interface {
            Interface::Wsgi => &[Server::Gunicorn, Server::Waitress, Server::Granian],
            // gunicorn serves it through uvicorn's worker.
            Interface::Asgi if on(&Server::Gunicorn) && on(&Server::Uvicorn) => &[Server::Gunicorn],
            Interface::Asgi => {
                &[Server::Uvicorn, Server::Hypercorn, Server::Granian, Server::Daphne]
            }
            Interface::Aiohttp => &[Server::Gunicorn],
        };
        fitting.iter().copied().find(on)
    }

    /// Nothing to serve it with: a server is added if asked for, else the framework's own is left.
    fn without_server(
        &mut self,
        found: &Found,
        interface: Interface,
    ) -> Result<Served, DetectError> {
        let fitting = if interface == Interface::Asgi { Server::Uvicorn } else { Server::Gunicorn };
        let place = found.app.place.clone();
        if self.context.config.add_server {
            self.note(Topic::Server, format!("{fitting}, added"), Evidence::by(Rule::ServerAdded));
            return Ok(Served { added: true, ..self.served(found, fitting, interface)? });
        }
        if let Some(entry) = self.own_program(found) {
            return self.start(entry);
        }
        match found.app.kind.framework {
            // These bring servers that are meant for production.
            Some(Framework::Sanic) => {
                let words = words([
                    "sanic",
                    &found.target_without_call(),
                    "--host",
                    "0.0.0.0",
                    "--port",
                    "$PORT",
                ]);
                return Ok(self.finish(words, Server::Other, found, None));
            }
            Some(Framework::Aiohttp) => return Ok(self.script_of(found)),
            _ => {}
        }
        let Some((words, variable)) = self.fallback(found) else {
            let interface = if interface == Interface::Asgi { "ASGI" } else { "WSGI" };
            let framework = found.app.kind.framework.map_or(interface, Framework::name).to_owned();
            return Err(DetectError::NoServer { place, framework, server: fitting.name() });
        };
        let text = format!(
            "the project depends on no production server, so that the framework's server for development is started: add `{fitting}` to the dependencies, or let `--add-server` add it to the image"
        );
        self.warn(Topic::Server, text, Evidence::at(Rule::DevelopmentServer, place));
        let mut served = self.finish(words, Server::Development, found, None);
        served.environment.extend(variable.map(|(name, value)| (name.to_owned(), value)));
        Ok(served)
    }

    /// The development server of a framework that has one.
    fn fallback(&self, found: &Found) -> Option<Fallback> {
        match found.app.kind.framework? {
            Framework::Flask => {
                let words = words(["flask", "run", "--host", "0.0.0.0", "--port", "$PORT"]);
                Some((words, Some(("FLASK_APP", found.target()))))
            }
            Framework::Django => {
                let script = django::manage_script(self.context, self.manage?);
                Some((words(["python", &script, "runserver", "--noreload", "0.0.0.0:$PORT"]), None))
            }
            _ => None,
        }
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
    ) -> Result<Served, DetectError> {
        let mut bound = None;
        let mut words = match server {
            Server::Gunicorn => {
                let config = gunicorn::find(self.context, None, self.decisions)?;
                let words = self.gunicorn(&config, interface);
                bound = config.bind.and_then(|bind| {
                    Some((bind.address.port?, Evidence::at(Rule::GunicornConfig, bind.place)))
                });
                words
            }
            Server::Uvicorn => words([
                "uvicorn",
                &found.target_without_call(),
                "--host",
                "0.0.0.0",
                "--port",
                "$PORT",
            ]),
            Server::Hypercorn => words(["hypercorn", "--bind", "0.0.0.0:$PORT"]),
            Server::Granian => {
                let name = if interface == Interface::Asgi { "asgi" } else { "wsgi" };
                words(["granian", "--interface", name, "--host", "0.0.0.0", "--port", "$PORT"])
            }
            Server::Daphne => words(["daphne", "-b", "0.0.0.0", "-p", "$PORT"]),
            Server::Waitress => words(["waitress-serve", "--listen=0.0.0.0:$PORT"]),
            Server::Streamlit | Server::Development | Server::Other => Vec::new(),
        };
        let flag = match server {
            Server::Uvicorn | Server::Granian => "--factory",
            Server::Waitress => "--call",
            _ => {
                words.push(found.target());
                return Ok(self.finish(words, server, found, bound));
            }
        };
        if found.app.factory.is_some() {
            check_plain_call(found, server)?;
            words.push(flag.to_owned());
        }
        if server != Server::Uvicorn {
            words.push(found.target_without_call());
        }
        Ok(self.finish(words, server, found, bound))
    }

    /// gunicorn's options: what a container needs, and what its configuration leaves open.
    fn gunicorn(&mut self, config: &GunicornConfig, interface: Interface) -> Vec<String> {
        let mut words = words(["gunicorn"]);
        if !config.worker_tmp_dir {
            words.extend(WORKER_TMP_DIR.map(str::to_owned));
        }
        if let (Some(file), true) = (&config.file, config.named) {
            words.extend(["--config".to_owned(), file.clone()]);
        }
        let class = match interface {
            _ if config.worker_class => None,
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
        // Without an address of its own gunicorn binds 0.0.0.0:$PORT.
        if let Some(bind) =
            config.bind.as_ref().filter(|bind| !bind.honours_port || bind.address.is_local())
        {
            if bind.address.is_local() {
                let text = format!(
                    "{} can only be reached from inside of the container, so that 0.0.0.0:$PORT is bound instead",
                    bind.address.host.as_deref().unwrap_or_default()
                );
                self.warn(
                    Topic::Port,
                    text,
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
        Served::by(server, start, Some(port))
    }

    /// The port that the application's own module binds when it is run.
    fn code_binds(&self, found: &Found) -> Option<(u16, Evidence)> {
        let module = self.context.modules.read(&found.file).ok()?;
        let mut calls =
            module.serves.iter().filter(|call| entry::serves(self.context, &module, &call.callee));
        calls.find_map(|call| {
            Some((
                port_of(call)?,
                Evidence::at(Rule::CodeBinds, Place::line(&module.file, call.line)),
            ))
        })
    }

    /// A module that starts its own server when it is imported can only be run.
    fn blocking(&mut self, found: &Found) -> Option<Served> {
        let module = self.context.modules.read(&found.file).ok()?;
        let line = entry::serves_at_import(self.context, &module)?;
        let text = "this starts a server when the module is imported, so that no other can serve it: put it below `if __name__ == \"__main__\":`";
        let place = Place::line(&module.file, line);
        self.warn(Topic::Start, text, Evidence::at(Rule::CodeBinds, place));
        Some(self.script_of(found))
    }

    fn script_of(&mut self, found: &Found) -> Served {
        let words = words(["python", self.context.in_image(&found.file)]);
        self.script(&found.file, words, found.evidence.clone())
    }
}

/// Some servers call a factory themselves, and give it nothing.
fn check_plain_call(found: &Found, server: Server) -> Result<(), DetectError> {
    let plain = format!("{}()", found.app.name);
    if found.call.as_ref().is_none_or(|call| *call == plain) {
        return Ok(());
    }
    let problem = format!("{server} calls a factory without arguments");
    Err(DetectError::AppNotFound { app: found.target(), problem })
}

impl Server {
    /// The distribution that provides it.
    pub(in super::super) const fn package(self) -> &'static str {
        self.name()
    }
}
