//! The server that a stage starts: which, where it listens.

use crate::model::{Command, CommandLine};
use crate::shell::{self, ShellWord};
use crate::{Escape, Instruction, Scope, Span, Spanned, Word};

/// What is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Gunicorn,
    Uvicorn,
    Hypercorn,
    Daphne,
    Waitress,
    /// `flask run`
    Flask,
    /// `manage.py runserver`
    Django,
    /// `fastapi dev`
    FastApiDev,
    /// `fastapi run`
    FastApiRun,
    /// `python -m http.server`
    HttpServer,
    /// `python file.py`
    Script,
}

impl Kind {
    /// As one writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gunicorn => "gunicorn",
            Self::Uvicorn => "uvicorn",
            Self::Hypercorn => "hypercorn",
            Self::Daphne => "daphne",
            Self::Waitress => "waitress-serve",
            Self::Flask => "flask run",
            Self::Django => "manage.py runserver",
            Self::FastApiDev => "fastapi dev",
            Self::FastApiRun => "fastapi run",
            Self::HttpServer => "http.server",
            Self::Script => "python",
        }
    }

    /// The address it binds unless told otherwise; `None` where only its own configuration knows.
    pub(crate) fn default_host(self) -> Option<&'static str> {
        match self {
            Self::Uvicorn | Self::Daphne | Self::Flask | Self::Django | Self::FastApiDev => {
                Some("127.0.0.1")
            }
            Self::Waitress | Self::FastApiRun | Self::HttpServer => Some("0.0.0.0"),
            // Both read configuration files of their own accord.
            Self::Gunicorn | Self::Hypercorn | Self::Script => None,
        }
    }

    /// The port it binds unless told otherwise.
    pub(crate) fn default_port(self) -> Option<u16> {
        match self {
            Self::Uvicorn
            | Self::Django
            | Self::FastApiDev
            | Self::FastApiRun
            | Self::Daphne
            | Self::HttpServer => Some(8000),
            Self::Flask => Some(5000),
            Self::Waitress => Some(8080),
            Self::Gunicorn | Self::Hypercorn | Self::Script => None,
        }
    }
}

/// A server and what its command line says.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) kind: Kind,
    /// From the program's name to what makes it this server, such as `flask run`.
    pub(crate) span: Span,
    /// The address, where the command line names one.
    pub(crate) host: Option<Spanned<String>>,
    /// The port, where the command line names one.
    pub(crate) port: Option<Spanned<u16>>,
    /// Whether the port is a variable without a value here.
    pub(crate) port_is_open: bool,
    /// Whether something that is not read here may say where it listens.
    pub(crate) configured: bool,
    /// Whether an `ENTRYPOINT` starts it.
    pub(crate) is_entrypoint: bool,
}

/// A word of a command and where it stands in the file.
struct StartWord {
    text: String,
    span: Span,
}

/// The server that these start: `CMD`, `ENTRYPOINT`, or both, one's words behind the other's.
/// The last one where a shell runs several commands.
pub(crate) fn started(instructions: &[&Instruction], scope: &Scope) -> Option<Server> {
    let first = instructions.first()?;
    let line = |one: &Instruction| match &one.command {
        Some(Command::Cmd(line) | Command::Entrypoint(line)) => Some(line.clone()),
        _ => None,
    };
    let commands = match line(first)? {
        CommandLine::Exec(_) => {
            let mut commands = exec_commands(first);
            for one in &instructions[1..] {
                if let (Some(words), Some(CommandLine::Exec(_))) = (commands.last_mut(), line(one))
                {
                    words.extend(exec_words(one));
                }
            }
            commands
        }
        CommandLine::Shell(text) => {
            shell_commands(text.as_str(), scope, &|range| first.span_in_arguments(range))
        }
    };
    let mut server = commands.iter().rev().find_map(|words| server(words, scope))?;
    server.is_entrypoint = matches!(first.command, Some(Command::Entrypoint(_)));
    Some(server)
}

/// The command of a JSON array, and those of the script in it where it asks for a shell.
fn exec_commands(instruction: &Instruction) -> Vec<Vec<StartWord>> {
    let arguments = &instruction.arguments;
    let shell = arguments.first().is_some_and(|word| {
        matches!(word.rsplit('/').next(), Some("sh" | "bash" | "dash" | "ash"))
    });
    if shell
        && let Some(flag) =
            arguments.iter().position(|word| word.starts_with('-') && word.ends_with('c'))
        && let Some(script) = arguments.get(flag + 1)
    {
        // Escapes of the array move offsets about: all of its words stand at the whole script.
        return shell_commands(script, &Scope::default(), &|_| script.span);
    }
    vec![exec_words(instruction)]
}

fn exec_words(instruction: &Instruction) -> Vec<StartWord> {
    let word = |word: &Spanned<String>| StartWord { text: word.value.clone(), span: word.span };
    instruction.arguments.iter().map(word).collect()
}

fn shell_commands(
    text: &str,
    scope: &Scope,
    place: &dyn Fn(std::ops::Range<usize>) -> Span,
) -> Vec<Vec<StartWord>> {
    shell::commands(text)
        .iter()
        .map(|command| {
            shell::unwrap(&command.words)
                .iter()
                .map(|word| StartWord {
                    text: expanded(word, scope),
                    span: place(word.range.clone()),
                })
                .collect()
        })
        .collect()
}

/// The word with the variables that are known; as it is where it cannot be expanded.
fn expanded(word: &ShellWord, scope: &Scope) -> String {
    if word.literal {
        return word.text.clone();
    }
    let raw = Word::raw(word.text.clone());
    scope.expand(&raw, Escape::Backslash).map_or_else(|_| word.text.clone(), |done| done.text)
}

fn server(words: &[StartWord], scope: &Scope) -> Option<Server> {
    let (program, mut rest) = words.split_first()?;
    let mut name = program.text.rsplit('/').next()?;
    let mut span = program.span;
    if matches!(name, "poetry" | "uv" | "pipenv" | "pdm") && rest.first()?.text == "run" {
        return server(&rest[1..], scope);
    }
    if shell::is_python(name) {
        // Options of the interpreter itself, such as -u.
        let first =
            rest.iter().position(|word| !word.text.starts_with('-') || word.text == "-m")?;
        let module = rest[first].text == "-m";
        let target = rest.get(first + usize::from(module))?;
        span = span.to(target.span);
        name = target.text.rsplit('/').next()?;
        rest = rest.get(first + usize::from(module) + 1..)?;
        if !module && name != "manage.py" {
            let kind = Kind::Script;
            let script = name.rsplit_once('.').is_some_and(|(_, extension)| extension == "py");
            return script.then(|| Server { configured: true, ..Server::new(kind, span) });
        }
    }
    let kind = kind(name, rest)?;
    let verb = rest.iter().find(|word| {
        matches!(
            (kind, word.text.as_str()),
            (Kind::Flask | Kind::FastApiRun, "run")
                | (Kind::Django, "runserver" | "runserver_plus")
                | (Kind::FastApiDev, "dev")
        )
    });
    let span = verb.map_or(span, |verb| span.to(verb.span));
    let mut server = Server::new(kind, span);
    server.read(rest, scope);
    Some(server)
}

fn kind(name: &str, rest: &[StartWord]) -> Option<Kind> {
    let has = |verb: &str| rest.iter().any(|word| word.text == verb);
    Some(match name {
        "gunicorn" => Kind::Gunicorn,
        "uvicorn" => Kind::Uvicorn,
        "hypercorn" => Kind::Hypercorn,
        "daphne" => Kind::Daphne,
        "waitress-serve" | "waitress" => Kind::Waitress,
        "http.server" => Kind::HttpServer,
        "flask" if has("run") => Kind::Flask,
        "manage.py" | "django-admin" if has("runserver") || has("runserver_plus") => Kind::Django,
        "fastapi" if has("dev") => Kind::FastApiDev,
        "fastapi" if has("run") => Kind::FastApiRun,
        _ => return None,
    })
}

impl Server {
    fn new(kind: Kind, span: Span) -> Self {
        Self {
            kind,
            span,
            host: None,
            port: None,
            port_is_open: false,
            configured: false,
            is_entrypoint: false,
        }
    }

    fn read(&mut self, rest: &[StartWord], scope: &Scope) {
        let value = |names: &[&str]| option(rest, names);
        match self.kind {
            Kind::Gunicorn | Kind::Hypercorn => {
                if let Some(bind) = value(&["-b", "--bind"]) {
                    self.address(&bind);
                }
                self.configured |= value(&["-c", "--config"]).is_some()
                    || ["GUNICORN_CMD_ARGS", "PORT"].iter().any(|name| scope.declares(name));
            }
            Kind::Waitress => {
                if let Some(listen) = value(&["--listen"]) {
                    self.address(&listen);
                }
                self.host = self.host.take().or_else(|| value(&["--host"]));
                self.set_port(value(&["--port"]));
            }
            Kind::Django => {
                let behind = rest.iter().skip_while(|word| !word.text.starts_with("runserver"));
                let address = behind.skip(1).find(|word| !word.text.starts_with('-'));
                if let Some(word) = address {
                    self.address(&Spanned::new(word.text.clone(), word.span));
                }
            }
            Kind::HttpServer => {
                self.host = value(&["-b", "--bind"]);
                let port = rest.iter().find(|word| word.text.parse::<u16>().is_ok());
                self.set_port(port.map(|word| Spanned::new(word.text.clone(), word.span)));
            }
            Kind::Flask | Kind::Uvicorn | Kind::FastApiDev | Kind::FastApiRun | Kind::Daphne => {
                let (host, port): (&[&str], &[&str]) = match self.kind {
                    Kind::Flask => (&["-h", "--host"], &["-p", "--port"]),
                    Kind::Daphne => (&["-b", "--bind"], &["-p", "--port"]),
                    _ => (&["--host"], &["--port"]),
                };
                self.host = value(host);
                self.set_port(value(port));
                let sockets =
                    ["--uds", "--fd", "-u", "--unix-socket", "-e", "--endpoint", "--config"];
                let variables =
                    ["FLASK_RUN_HOST", "FLASK_RUN_PORT", "UVICORN_HOST", "UVICORN_PORT"];
                self.configured |=
                    value(&sockets).is_some() || variables.iter().any(|name| scope.declares(name));
            }
            Kind::Script => self.configured = true,
        }
    }

    /// `host:port`, `:port`, `port`, `[::]:port` or a socket.
    fn address(&mut self, address: &Spanned<String>) {
        let text = address.value.as_str();
        if text.starts_with("unix:") || text.starts_with("fd://") || text.starts_with('/') {
            self.configured = true;
            return;
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None if text.bytes().all(|byte| byte.is_ascii_digit()) => ("", Some(text)),
            None => (text, None),
        };
        if !host.is_empty() {
            self.host = Some(Spanned::new(host.to_owned(), address.span));
        } else if text.starts_with(':') {
            self.host = Some(Spanned::new("0.0.0.0".to_owned(), address.span));
        }
        self.set_port(port.map(|port| Spanned::new(port.to_owned(), address.span)));
    }

    fn set_port(&mut self, port: Option<Spanned<String>>) {
        if let Some(port) = port {
            match port.value.parse() {
                Ok(number) => self.port = Some(Spanned::new(number, port.span)),
                // A variable that only the container knows.
                Err(_) => self.port_is_open = true,
            }
        }
    }
}

/// The value of the last of `names` given, as `--name value`, `--name=value` or `-nvalue`.
fn option(words: &[StartWord], names: &[&str]) -> Option<Spanned<String>> {
    words.iter().enumerate().rev().find_map(|(index, word)| {
        names.iter().find_map(|name| {
            let rest = word.text.strip_prefix(name)?;
            if rest.is_empty() {
                let value = words.get(index + 1)?;
                return Some(Spanned::new(value.text.clone(), value.span));
            }
            let long = name.starts_with("--");
            let value = match rest.strip_prefix('=') {
                Some(value) => value,
                None if !long => rest,
                None => return None,
            };
            Some(Spanned::new(value.to_owned(), word.span))
        })
    })
}
