//! The start command of a `Procfile`.

use super::error::DetectError;
use super::project_files::{Tree, at};
use crate::evidence::Place;
use crate::shell::{self, ShellError};

/// The process that is started.
pub(super) struct Process {
    pub(super) place: Place,
    /// The line as written, without the name.
    pub(super) line: String,
    pub(super) command: Result<Command, ShellError>,
}

/// What a line says, as far as it needs no shell.
pub(super) struct Command {
    pub(super) words: Vec<String>,
    /// Commands that came first, such as migrations.
    pub(super) before: Vec<Vec<String>>,
    pub(super) default_port: Option<u16>,
}

/// Reads the `web` process, else the `worker`, else the only one.
pub(super) fn read(tree: Tree<'_>, source: &str) -> Result<Option<Process>, DetectError> {
    let file = at(source, "Procfile");
    let Some(text) = tree.text(&file)? else { return Ok(None) };
    let processes: Vec<_> = (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim_start().starts_with('#'))
        .filter_map(|(number, line)| Some((number, line.split_once(':')?)))
        .collect();
    let named = |wanted: &str| processes.iter().find(|(_, (name, _))| name.trim() == wanted);
    let only = || processes.first().filter(|_| processes.len() == 1);
    let Some(&(number, (_, line))) = named("web").or_else(|| named("worker")).or_else(only) else {
        return Ok(None);
    };
    let line = line.trim();
    Ok(Some(Process {
        place: Place::line(file, number),
        line: line.to_owned(),
        command: command(line),
    }))
}

fn command(line: &str) -> Result<Command, ShellError> {
    let shell::Line { mut commands, default_port } = shell::parse(line)?;
    for words in &mut commands {
        if words.first().is_some_and(|word| word == "exec") && words.len() > 1 {
            words.remove(0);
        }
        let program = words.first().map_or("", String::as_str);
        let is_shell = matches!(
            program,
            "sh" | "bash" | "cd" | "export" | "source" | "." | "set" | "env" | "test"
        );
        if is_shell || program.strip_suffix(".sh").is_some() || program.contains('=') {
            return Err(ShellError::Script(words.join(" ")));
        }
    }
    let words = commands.pop().ok_or(ShellError::Empty)?;
    Ok(Command { words, before: commands, default_port })
}

/// Whether a command is a framework's development server.
pub(super) fn is_development(words: &[String]) -> bool {
    let has = |word: &str| words.iter().any(|it| it == word);
    has("runserver") || has("flask") && has("run") || has("fastapi") && has("dev")
}
