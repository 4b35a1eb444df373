//! A command that somebody wrote. It stays as it is, but for what it needs in a container.

use super::super::address::Address;
use super::super::error::DetectError;
use super::super::gunicorn;
use super::{Served, Starter, WORKER_TMP_DIR};
use crate::evidence::{Evidence, Rule, Topic};
use crate::project::Server;
use crate::start::StartCommand;

const CONFIG: [&str; 2] = ["-c", "--config"];

impl Starter<'_, '_> {
    pub(super) fn command(
        &mut self,
        mut words: Vec<String>,
        default_port: Option<u16>,
        evidence: &Evidence,
    ) -> Result<Served, DetectError> {
        let server = server_of(&words);
        let mut address = Address::of_command(&words);
        let mut by = Evidence { rule: Rule::StartCommand, place: evidence.place.clone() };
        if server == Server::Gunicorn
            && let Some((bound, evidence)) = self.complete_gunicorn(&mut words)?
            && address == Address::default()
        {
            (address, by) = (bound, evidence);
        }
        let start = StartCommand::new(words);
        self.note(Topic::Start, start.to_string(), evidence.clone());
        self.note(Topic::Server, server.name(), evidence.clone());
        if address.is_local() {
            self.warn_local(&address, by.clone());
        }
        let bound = address.port.map(|port| (port, by.clone()));
        let bound = default_port.map(|port| (port, evidence.clone())).or(bound);
        if let (Some(port), Some((bound, _)), false) =
            (self.context.config.port, &bound, address.open)
            && port != *bound
        {
            let text = format!(
                "the start command binds {bound}, and not the configured {port}: write `$PORT` in its place"
            );
            self.warn(Topic::Port, text, by);
        }
        // A worker or a bot listens nowhere.
        let listens = server != Server::Other
            || bound.is_some()
            || address.open
            || self.context.config.port.is_some();
        let port = listens.then(|| self.port(bound));
        Ok(Served::by(server, start, port))
    }

    /// Adds what gunicorn lacks, and gives the address of its configuration file.
    fn complete_gunicorn(
        &mut self,
        words: &mut Vec<String>,
    ) -> Result<Option<(Address, Evidence)>, DetectError> {
        let named = option(words, &CONFIG).map(str::to_owned);
        let config = gunicorn::find(self.context, named.as_deref(), self.decisions)?;
        let at = words.iter().position(|word| program(word) == "gunicorn").map_or(0, |at| at + 1);
        if let (Some(file), true, None) = (&config.file, config.named, &named) {
            words.splice(at..at, ["--config".to_owned(), file.clone()]);
        }
        if option(words, &["--worker-tmp-dir"]).is_none() && !config.worker_tmp_dir {
            words.splice(at..at, WORKER_TMP_DIR.map(str::to_owned));
        }
        Ok(config.bind.map(|bind| (bind.address, Evidence::at(Rule::GunicornConfig, bind.place))))
    }
}

/// The last part of a program's path.
fn program(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// The server that a command starts, also as `python -m gunicorn`.
fn server_of(words: &[String]) -> Server {
    let known = |word: &String| match program(word) {
        "gunicorn" => Some(Server::Gunicorn),
        "uvicorn" => Some(Server::Uvicorn),
        "hypercorn" => Some(Server::Hypercorn),
        "granian" => Some(Server::Granian),
        "daphne" => Some(Server::Daphne),
        "waitress-serve" => Some(Server::Waitress),
        "streamlit" => Some(Server::Streamlit),
        "flask" | "runserver" => Some(Server::Development),
        _ => None,
    };
    words.iter().take(4).find_map(known).unwrap_or(Server::Other)
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
