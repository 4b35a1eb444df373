//! Commands that install Python packages.

use std::ops::Range;

use super::lex::{ShellCommand, ShellWord};

/// The program that installs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Installer {
    /// `pip`, `pip3`, `python -m pip`.
    Pip,
    /// `uv pip install`, `uv sync`.
    Uv,
    /// `poetry install`.
    Poetry,
    /// `pipenv install` or `sync`.
    Pipenv,
    /// `pdm install` or `sync`.
    Pdm,
}

/// A command that installs packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Install<'a> {
    pub(crate) installer: Installer,
    /// All words behind the program, the subcommand among them.
    pub(crate) arguments: &'a [ShellWord],
    /// From the program to the subcommand.
    pub(crate) range: Range<usize>,
    /// `NAME=value` in front.
    pub(crate) assignments: &'a [(String, String)],
}

impl Install<'_> {
    /// Whether `flag` or `flag=…` is among the arguments.
    pub(crate) fn has(&self, flag: &str) -> bool {
        self.arguments.iter().any(|word| {
            word.text
                .strip_prefix(flag)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        })
    }

    /// Whether it installs what a file lists, so that the sources are not needed yet.
    pub(crate) fn is_from_list(&self) -> bool {
        match self.installer {
            Installer::Pip => self.requirement_files().next().is_some(),
            Installer::Uv => {
                self.requirement_files().next().is_some()
                    || self.arguments.first().is_some_and(|word| word.text == "sync")
            }
            Installer::Poetry | Installer::Pipenv | Installer::Pdm => true,
        }
    }

    /// What `-r` names.
    pub(crate) fn requirement_files(&self) -> impl Iterator<Item = &str> {
        self.arguments.iter().enumerate().filter_map(|(index, word)| {
            let text = word.text.as_str();
            if matches!(text, "-r" | "--requirement" | "--requirements") {
                return self.arguments.get(index + 1).map(|next| next.text.as_str());
            }
            let joined = text.strip_prefix("--requirement=").or_else(|| text.strip_prefix("-r"));
            joined.filter(|file| !file.is_empty() && !text.starts_with("--r") || text.contains('='))
        })
    }
}

/// The installations among `commands`.
pub(crate) fn installs(commands: &[ShellCommand]) -> Vec<Install<'_>> {
    commands.iter().filter_map(install).collect()
}

fn install(command: &ShellCommand) -> Option<Install<'_>> {
    let words = unwrap(&command.words);
    let (program, mut arguments) = words.split_first()?;
    let mut name = program.text.rsplit('/').next()?;
    if is_python(name) {
        let module =
            arguments.iter().position(|word| !word.text.starts_with('-') || word.text == "-m")?;
        if arguments[module].text != "-m" {
            return None;
        }
        name = arguments.get(module + 1)?.text.as_str();
        arguments = &arguments[module + 2..];
    }
    let installer = match name {
        "uv" => Installer::Uv,
        "poetry" => Installer::Poetry,
        "pipenv" => Installer::Pipenv,
        "pdm" => Installer::Pdm,
        name if is_pip(name) => Installer::Pip,
        _ => return None,
    };
    let mut subcommand = arguments.iter().position(|word| !word.text.starts_with('-'))?;
    let mut verb = arguments[subcommand].text.as_str();
    if installer == Installer::Uv && verb == "pip" {
        let next =
            arguments[subcommand + 1..].iter().position(|word| !word.text.starts_with('-'))?;
        subcommand += 1 + next;
        verb = arguments[subcommand].text.as_str();
    }
    let installs = match installer {
        Installer::Pip => matches!(verb, "install" | "download" | "wheel"),
        Installer::Uv | Installer::Pipenv | Installer::Pdm => matches!(verb, "install" | "sync"),
        Installer::Poetry => matches!(verb, "install" | "sync"),
    };
    installs.then(|| Install {
        installer,
        arguments,
        range: program.range.start..arguments[subcommand].range.end,
        assignments: &command.assignments,
    })
}

/// `python`, `python3`, `python3.11`, `pypy3`.
pub(crate) fn is_python(name: &str) -> bool {
    ["python", "pypy"].iter().any(|prefix| {
        name.strip_prefix(prefix)
            .is_some_and(|version| version.chars().all(|c| c.is_ascii_digit() || c == '.'))
    })
}

/// `pip`, `pip3`, `pip3.11`.
fn is_pip(name: &str) -> bool {
    name.strip_prefix("pip")
        .is_some_and(|version| version.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// Takes programs that only run others off the front, with their own options.
pub(crate) fn unwrap(mut words: &[ShellWord]) -> &[ShellWord] {
    loop {
        let Some((program, rest)) = words.split_first() else { return words };
        let name = program.text.rsplit('/').next().unwrap_or_default();
        let taken = match name {
            "exec" | "command" | "time" | "nohup" | "eatmydata" | "tini" | "dumb-init" | "sudo"
            | "env" | "nice" | "ionice" | "xargs" | "xvfb-run" | "stdbuf" => 0,
            // These name someone or something first.
            "gosu" | "su-exec" | "timeout" | "setarch" => 1,
            "poetry" | "uv" | "pipenv" | "pdm" | "hatch" => {
                match rest.first().map(|word| word.text.as_str()) {
                    Some("run") => 1,
                    _ => return words,
                }
            }
            _ => return words,
        };
        let mut rest = rest.get(taken..).unwrap_or_default();
        while let Some((first, tail)) = rest.split_first() {
            let option = first.text.starts_with('-');
            let assignment = matches!(name, "env" | "sudo") && first.text.contains('=');
            if !option && !assignment {
                break;
            }
            // The options of these that take a value of their own.
            let value = match name {
                "sudo" => matches!(first.text.as_str(), "-u" | "-g" | "--user"),
                "nice" | "ionice" => matches!(first.text.as_str(), "-n" | "-c"),
                "env" => matches!(first.text.as_str(), "-u" | "-C"),
                "xargs" => matches!(first.text.as_str(), "-n" | "-L" | "-I" | "-P" | "-d" | "-a"),
                "timeout" => matches!(first.text.as_str(), "-s" | "-k"),
                _ => false,
            };
            rest = tail.get(usize::from(value)..).unwrap_or_default();
        }
        words = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::commands;

    #[test]
    fn installations_are_found_and_nothing_else() {
        use Installer::{Pdm, Pip, Pipenv, Poetry, Uv};
        for (text, expected) in [
            ("pip install x", Some(Pip)),
            ("pip3.11 --quiet install x", Some(Pip)),
            ("/venv/bin/pip install x", Some(Pip)),
            ("python -m pip install x", Some(Pip)),
            ("python3 -u -m pip install x", Some(Pip)),
            ("A=1 sudo -H -u me env B=2 pip install x", Some(Pip)),
            ("cat x | xargs -n 1 pip install", Some(Pip)),
            ("poetry run pip install x", Some(Pip)),
            ("uv pip install x", Some(Uv)),
            ("uv sync --frozen", Some(Uv)),
            ("poetry install", Some(Poetry)),
            ("pipenv install --system", Some(Pipenv)),
            ("pdm sync", Some(Pdm)),
            ("pip --version", None),
            ("pip uninstall x", None),
            ("echo pip install x", None),
            ("apt-get install python3-pip", None),
            ("pipx install x", None),
            ("python setup.py install", None),
            ("python -c 'pip install'", None),
            ("poetry export", None),
            ("pip-compile", None),
        ] {
            let commands = commands(text);
            let found = installs(&commands).first().map(|install| install.installer);
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn requirement_files_are_read_in_every_form() {
        for text in [
            "pip install -r a.txt",
            "pip install -ra.txt",
            "pip install --requirement=a.txt",
            "pip install --requirement a.txt",
        ] {
            let commands = commands(text);
            let installs = installs(&commands);
            assert_eq!(installs[0].requirement_files().collect::<Vec<_>>(), ["a.txt"], "{text}");
        }
        let commands = commands("pip install --retries 3 x");
        assert_eq!(installs(&commands)[0].requirement_files().count(), 0);
    }
}
