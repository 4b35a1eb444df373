//! Servers: where they listen, and which ones are no servers for production.

use crate::lint::check::Context;
use crate::lint::finding::{Edit, Finding};
use crate::lint::rule::{DEBUG_SERVER, EXPOSED_PORT_NOT_BOUND, SERVER_ON_LOCALHOST};
use crate::lint::server::{self, Kind, Server};
use crate::model::Command;
use crate::{Scope, Span, Spanned, Stage};

pub(crate) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    context.walk(&mut |stage, one, scope| {
        if one.is_some() {
            return;
        }
        let Some(server) = start(stage, scope) else { return };
        if !context.is_for_development(stage) {
            debug(context, stage, &server, scope, findings);
        }
        if context.known[stage.number].kept {
            localhost(context, &server, findings);
            port(context, stage, &server, scope, findings);
        }
    });
}

/// The server that the stage's own last `CMD`, or its last `ENTRYPOINT` with that, starts.
fn start(stage: &Stage<'_>, scope: &Scope) -> Option<Server> {
    let last = |cmd: bool| {
        stage.body.iter().copied().rev().find(|one| match one.command {
            Some(Command::Cmd(_)) => cmd,
            Some(Command::Entrypoint(_)) => !cmd,
            _ => false,
        })
    };
    let (entrypoint, cmd) = (last(false), last(true));
    // An entry point that is a script runs what CMD says; one that is a program takes it for arguments.
    cmd.and_then(|cmd| server::started(&[cmd], scope)).or_else(|| match (entrypoint, cmd) {
        (Some(entrypoint), Some(cmd)) => server::started(&[entrypoint, cmd], scope),
        (Some(entrypoint), None) => server::started(&[entrypoint], scope),
        (None, _) => None,
    })
}

fn debug(
    context: &Context<'_>,
    stage: &Stage<'_>,
    server: &Server,
    scope: &Scope,
    findings: &mut Vec<Finding>,
) {
    let instead = match server.kind {
        Kind::Flask => {
            "gunicorn, as in `CMD [\"gunicorn\", \"--bind\", \"0.0.0.0:8000\", \"app:app\"]`"
        }
        Kind::Django => {
            "gunicorn, as in `CMD [\"gunicorn\", \"--bind\", \"0.0.0.0:8000\", \"project.wsgi\"]`"
        }
        Kind::FastApiDev => "`fastapi run`, or uvicorn without `--reload`",
        Kind::HttpServer => "a web server made for it",
        Kind::Script => {
            let fact = context.facts().and_then(|facts| facts.debug_server.as_ref());
            if let Some(fact) = fact {
                let message = format!("this starts a development server: `{}`", fact.value);
                findings.push(
                    Finding::new(&DEBUG_SERVER, server.span, message)
                        .origin(&fact.origin)
                        .help("start the application with gunicorn or uvicorn instead"),
                );
            }
            return;
        }
        _ => return,
    };
    let message = format!("`{}` is a development server", server.kind.name());
    let finding = Finding::new(&DEBUG_SERVER, server.span, message).help(format!("use {instead}"));
    let debugging = server.kind == Kind::Flask
        && (scope.get("FLASK_ENV") == Some("development")
            || scope.get("FLASK_DEBUG").is_some_and(|value| !matches!(value, "" | "0" | "false")));
    findings.push(match debugging.then(|| flask_debug(stage)).flatten() {
        Some(span) => finding.label(span, "and lets anyone run code in it"),
        None => finding,
    });
}

fn flask_debug(stage: &Stage<'_>) -> Option<Span> {
    stage.body.iter().rev().find_map(|one| match &one.command {
        Some(Command::Env(pairs)) => {
            let index = pairs
                .iter()
                .position(|pair| matches!(pair.key.as_str(), "FLASK_ENV" | "FLASK_DEBUG"))?;
            Some(one.arguments.get(index * 3)?.span)
        }
        _ => None,
    })
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.starts_with("127.") || matches!(host, "::1" | "[::1]")
}

fn localhost(context: &Context<'_>, server: &Server, findings: &mut Vec<Finding>) {
    const HELP: &str = "bind 0.0.0.0: inside a container 127.0.0.1 is the container alone, and a published port reaches nothing";
    if let Some(host) = &server.host {
        if is_local(&host.value) {
            let message = format!("{} listens on {} only", server.kind.name(), host.value);
            let finding = Finding::new(&SERVER_ON_LOCALHOST, host.span, message).help(HELP);
            findings.push(match everywhere(context, host) {
                Some(edit) => finding.suggest("listen on all addresses", vec![edit]),
                None => finding,
            });
        }
        return;
    }
    let fact = context.facts().and_then(|facts| facts.bound_host.as_ref());
    if let Some(fact) = fact {
        if is_local(&fact.value) {
            let message = format!("what is started here listens on {} only", fact.value);
            findings.push(
                Finding::new(&SERVER_ON_LOCALHOST, server.span, message)
                    .origin(&fact.origin)
                    .help(HELP),
            );
        }
        return;
    }
    // Who runs a container may append arguments to an entry point, but not to CMD.
    let open = server.configured || server.is_entrypoint;
    if let (Some(host), false) = (server.kind.default_host().filter(|host| is_local(host)), open) {
        let message = format!("{} listens on {host} unless told otherwise", server.kind.name());
        let finding = Finding::new(&SERVER_ON_LOCALHOST, server.span, message).help(HELP);
        findings.push(finding);
    }
}

/// The edit that puts `0.0.0.0` in place of the address, where that stands as it is.
fn everywhere(context: &Context<'_>, host: &Spanned<String>) -> Option<Edit> {
    let text = context.file.slice(host.span);
    let at = text.find(host.value.as_str())?;
    let start = host.span.start + at;
    Some(Edit::replace(Span::new(start, start + host.value.len()), "0.0.0.0"))
}

fn port(
    context: &Context<'_>,
    stage: &Stage<'_>,
    server: &Server,
    scope: &Scope,
    findings: &mut Vec<Finding>,
) {
    let fact = context.facts().and_then(|facts| facts.bound_port.as_ref());
    let (port, label, origin) = match (&server.port, fact) {
        (Some(port), _) => (port.value, Some(port.span), None),
        (None, Some(fact)) => (fact.value, None, Some(&fact.origin)),
        (None, None) if !(server.configured || server.port_is_open || server.is_entrypoint) => {
            match server.kind.default_port() {
                Some(port) => (port, Some(server.span), None),
                None => return,
            }
        }
        (None, None) => return,
    };
    let mut exposed = Vec::new();
    for stage in context.chain(stage.number) {
        for one in stage.body.iter().rev() {
            if let Some(Command::Expose(words)) = &one.command {
                for (word, argument) in words.iter().zip(&one.arguments) {
                    match ports(context, scope, word) {
                        Some(range) if range.contains(&port) => return,
                        Some(_) => exposed.push(argument),
                        // A variable without a value: it may be the right one.
                        None => return,
                    }
                }
            }
        }
    }
    let Some(first) = exposed.first() else { return };
    let message = format!("port {} is exposed, and the server binds {port}", first.value);
    let mut finding = Finding::new(&EXPOSED_PORT_NOT_BOUND, first.span, message)
        .help(format!("`docker run -P` and most platforms trust EXPOSE; write `EXPOSE {port}`"));
    if let Some(span) = label {
        finding = finding.label(span, format!("binds {port}"));
    }
    if let Some(origin) = origin {
        finding = finding.origin(origin);
    }
    if exposed.len() == 1 {
        let edit = Edit::replace(first.span, port.to_string());
        finding = finding.suggest(format!("expose {port}"), vec![edit]);
    }
    findings.push(finding);
}

/// The ports that a word of `EXPOSE` names.
fn ports(
    context: &Context<'_>,
    scope: &Scope,
    word: &crate::Word,
) -> Option<std::ops::RangeInclusive<u16>> {
    let text = scope.expand(word, context.file.escape()).ok()?.text;
    let ports = text.split('/').next()?.rsplit(':').next()?;
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    Some(first.parse().ok()?..=last.parse().ok()?)
}
