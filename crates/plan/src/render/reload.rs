//! The start command for development: the server starts anew when a file changes.

use crate::project::{Project, Server};
use crate::start::StartCommand;

/// The project's start command with reloading; `None` where its server cannot reload.
///
/// gunicorn watches the modules that are loaded, and is told of the templates, styles and scripts.
/// Options of the command are kept: they are what the application is developed for.
pub fn reload_start(project: &Project) -> Option<StartCommand> {
    let mut words = project.start.words().to_vec();
    match project.server {
        Server::Gunicorn => {
            let at = words.iter().position(|word| word.rsplit('/').next() == Some("gunicorn"))? + 1;
            let files =
                project.assets.iter().flat_map(|file| ["--reload-extra-file", file.as_str()]);
            let options = std::iter::once("--reload").chain(files).map(str::to_owned);
            words.splice(at..at, options.collect::<Vec<_>>());
        }
        Server::Uvicorn => words.push("--reload".to_owned()),
        Server::Hypercorn | Server::Granian => words.insert(1, "--reload".to_owned()),
        Server::Development => match words.iter().position(|word| word == "--noreload") {
            Some(at) => drop(words.remove(at)),
            None if words.first().is_some_and(|word| word == "flask") => {
                if !project.assets.is_empty() {
                    words.extend(["--extra-files".to_owned(), project.assets.join(":")]);
                }
            }
            None => return None,
        },
        // Streamlit watches its script by itself.
        Server::Streamlit => {}
        Server::Daphne | Server::Waitress | Server::Other => return None,
    }
    Some(StartCommand::new(words))
}
