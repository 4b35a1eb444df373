//! From arguments to meaning, with the checks that BuildKit makes on the way.

use std::collections::BTreeMap;
use std::time::Duration;

use super::flags::{FlagText, Flags};
use super::heredoc;
use super::mount::{check_device, mount};
use crate::model::{
    AddFiles, Argument, Command, CommandLine, CopyFiles, CopySource, FromImage, Healthcheck,
    Heredoc, Keyword, MountError, Network, Pair, Probe, Run, Security, ShellText, parse_duration,
};
use crate::syntax::Form;
use crate::{SyntaxErrorKind, Word};

/// What an instruction's meaning is made of.
pub(crate) struct Request<'a> {
    pub(crate) keyword: Keyword,
    pub(crate) flags: &'a [FlagText],
    pub(crate) form: Form,
    pub(crate) arguments: Vec<&'a str>,
    pub(crate) heredocs: &'a [Heredoc],
    /// Where the text of the last argument continued on another line.
    pub(crate) breaks: Vec<usize>,
}

/// A meaning, and what a build would still refuse in it.
pub(crate) struct Typed {
    pub(crate) command: Command,
    pub(crate) mount_errors: Vec<MountError>,
}

impl From<Command> for Typed {
    fn from(command: Command) -> Self {
        Self { command, mount_errors: Vec::new() }
    }
}

/// The meaning of everything but `ONBUILD`.
pub(crate) fn command(request: &Request<'_>) -> Result<Typed, SyntaxErrorKind> {
    let plain = || Flags::check(request.keyword, request.flags).map(drop);
    let command = match request.keyword {
        Keyword::Env => {
            plain()?;
            Command::Env(pairs(request)?)
        }
        Keyword::Label => {
            plain()?;
            Command::Label(pairs(request)?)
        }
        Keyword::Maintainer => {
            let text = one(request)?.to_owned();
            plain()?;
            Command::Maintainer(text)
        }
        Keyword::User => {
            let word = Word::raw(one(request)?);
            plain()?;
            Command::User(word)
        }
        Keyword::Workdir => {
            let word = Word::raw(one(request)?);
            plain()?;
            Command::Workdir(word)
        }
        // These two ignore flags, whichever they are.
        Keyword::StopSignal => Command::StopSignal(Word::raw(one(request)?)),
        Keyword::Arg => Command::Arg(arg(request)?),
        Keyword::Expose => {
            at_least_one(request)?;
            plain()?;
            Command::Expose(request.arguments.iter().map(|word| Word::raw(*word)).collect())
        }
        Keyword::Volume => {
            at_least_one(request)?;
            plain()?;
            Command::Volume(volumes(request)?)
        }
        Keyword::Cmd => {
            plain()?;
            Command::Cmd(command_line(request, &request.arguments))
        }
        Keyword::Entrypoint => {
            plain()?;
            Command::Entrypoint(command_line(request, &request.arguments))
        }
        Keyword::Shell => {
            plain()?;
            Command::Shell(shell(request)?)
        }
        Keyword::From => Command::From(from(request)?),
        Keyword::Copy => Command::Copy(copy(request)?),
        Keyword::Add => Command::Add(add(request)?),
        Keyword::Healthcheck => Command::Healthcheck(healthcheck(request)?),
        Keyword::Run => return run(request),
        Keyword::Onbuild => {
            return Err(SyntaxErrorKind::OnbuildTrigger { keyword: "ONBUILD".to_owned() });
        }
    };
    Ok(command.into())
}

fn count(request: &Request<'_>, expected: &'static str) -> SyntaxErrorKind {
    SyntaxErrorKind::ArgumentCount { instruction: request.keyword.as_str(), expected }
}

fn one<'a>(request: &Request<'a>) -> Result<&'a str, SyntaxErrorKind> {
    match request.arguments.as_slice() {
        [argument] => Ok(argument),
        _ => Err(count(request, "one argument")),
    }
}

fn at_least_one(request: &Request<'_>) -> Result<(), SyntaxErrorKind> {
    if request.arguments.is_empty() { Err(count(request, "at least one argument")) } else { Ok(()) }
}

fn pairs(request: &Request<'_>) -> Result<Vec<Pair>, SyntaxErrorKind> {
    at_least_one(request)?;
    request
        .arguments
        .chunks_exact(3)
        .map(|triple| {
            if triple[0].is_empty() {
                return Err(SyntaxErrorKind::BlankName { instruction: request.keyword.as_str() });
            }
            let (key, value) = (Word::raw(triple[0]), Word::raw(triple[1]));
            Ok(Pair { key, value, legacy: triple[2].is_empty() })
        })
        .collect()
}

fn arg(request: &Request<'_>) -> Result<Vec<Argument>, SyntaxErrorKind> {
    at_least_one(request)?;
    request
        .arguments
        .iter()
        .map(|word| match word.split_once('=') {
            Some(("", _)) => Err(SyntaxErrorKind::BlankName { instruction: "ARG" }),
            Some((name, default)) => {
                Ok(Argument { name: name.to_owned(), default: Some(Word::raw(default)) })
            }
            None => Ok(Argument { name: (*word).to_owned(), default: None }),
        })
        .collect()
}

fn volumes(request: &Request<'_>) -> Result<Vec<Word>, SyntaxErrorKind> {
    let path = |path: &&str| match path.trim() {
        "" => Err(SyntaxErrorKind::BlankVolume),
        path => Ok(Word::raw(path)),
    };
    request.arguments.iter().map(path).collect()
}

fn command_line(request: &Request<'_>, arguments: &[&str]) -> CommandLine {
    if request.form == Form::Json {
        return CommandLine::exec(arguments.iter().copied());
    }
    let text = arguments.first().copied().unwrap_or_default();
    CommandLine::Shell(ShellText::with_breaks(text.to_owned(), request.breaks.clone()))
}

fn shell(request: &Request<'_>) -> Result<Vec<String>, SyntaxErrorKind> {
    at_least_one(request)?;
    if request.form != Form::Json {
        return Err(SyntaxErrorKind::ShellForm);
    }
    Ok(request.arguments.iter().map(|word| (*word).to_owned()).collect())
}

fn from(request: &Request<'_>) -> Result<FromImage, SyntaxErrorKind> {
    let (image, alias) = match request.arguments.as_slice() {
        [image] => (*image, None),
        [image, word, alias] if word.eq_ignore_ascii_case("as") => {
            if !is_stage_name(&alias.to_lowercase()) {
                return Err(SyntaxErrorKind::StageName { name: (*alias).to_owned() });
            }
            (*image, Some((*alias).to_owned()))
        }
        _ => return Err(count(request, "an image, or an image, AS and a name")),
    };
    let flags = Flags::check(request.keyword, request.flags)?;
    Ok(FromImage {
        image: Word::raw(image),
        platform: flags.text("platform").map(Word::raw),
        alias,
    })
}

/// Whether `name`, in lower case, can name a stage.
fn is_stage_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_ascii_lowercase())
        && chars
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.'))
}

fn sources(request: &Request<'_>) -> Result<(Vec<CopySource>, Word), SyntaxErrorKind> {
    let instruction = request.keyword.as_str();
    let Some((destination, sources)) = request.arguments.split_last() else {
        return Err(count(request, "at least two arguments"));
    };
    if matches!(heredoc::parse(destination), Ok(Some(_))) {
        return Err(SyntaxErrorKind::HeredocDestination { instruction });
    }
    // The last one of a name, as in BuildKit.
    let documents: BTreeMap<&str, &Heredoc> =
        request.heredocs.iter().map(|document| (document.name.as_str(), document)).collect();
    let source = |source: &&str| match heredoc::parse(source) {
        Ok(Some(announced)) => {
            let document = documents.get(announced.name.as_str());
            let content = document.map(|one| one.content.clone()).unwrap_or_default();
            CopySource::Heredoc(Heredoc { content, ..announced })
        }
        _ => CopySource::Path(Word::raw(*source)),
    };
    Ok((sources.iter().map(source).collect(), Word::raw(*destination)))
}

fn two(request: &Request<'_>) -> Result<(), SyntaxErrorKind> {
    if request.arguments.len() < 2 { Err(count(request, "at least two arguments")) } else { Ok(()) }
}

fn copy(request: &Request<'_>) -> Result<CopyFiles, SyntaxErrorKind> {
    two(request)?;
    let flags = Flags::check(request.keyword, request.flags)?;
    let (sources, destination) = sources(request)?;
    Ok(CopyFiles {
        from: flags.text("from").map(str::to_owned),
        chown: flags.text("chown").map(Word::raw),
        chmod: flags.text("chmod").map(Word::raw),
        link: flags.switch("link").unwrap_or(false),
        parents: flags.switch("parents").unwrap_or(false),
        exclude: flags.list("exclude").map(str::to_owned).collect(),
        sources,
        destination,
    })
}

fn add(request: &Request<'_>) -> Result<AddFiles, SyntaxErrorKind> {
    two(request)?;
    let flags = Flags::check(request.keyword, request.flags)?;
    let (sources, destination) = sources(request)?;
    Ok(AddFiles {
        chown: flags.text("chown").map(Word::raw),
        chmod: flags.text("chmod").map(Word::raw),
        link: flags.switch("link").unwrap_or(false),
        keep_git_dir: flags.switch("keep-git-dir"),
        checksum: flags.text("checksum").map(Word::raw),
        unpack: flags.switch("unpack"),
        exclude: flags.list("exclude").map(str::to_owned).collect(),
        sources,
        destination,
    })
}

fn healthcheck(request: &Request<'_>) -> Result<Healthcheck, SyntaxErrorKind> {
    let Some((&kind, command)) = request.arguments.split_first() else {
        return Err(count(request, "at least one argument"));
    };
    if kind.eq_ignore_ascii_case("NONE") {
        let none = Ok(Healthcheck::None);
        return if command.is_empty() { none } else { Err(SyntaxErrorKind::HealthcheckNone) };
    }
    let flags = Flags::check(request.keyword, request.flags)?;
    if !kind.eq_ignore_ascii_case("CMD") {
        return Err(SyntaxErrorKind::HealthcheckKind { word: kind.to_owned() });
    }
    if command.is_empty() {
        return Err(SyntaxErrorKind::HealthcheckCommand);
    }
    Ok(Healthcheck::Probe(Probe {
        command: command_line(request, command),
        interval: time(&flags, "interval")?,
        timeout: time(&flags, "timeout")?,
        start_period: time(&flags, "start-period")?,
        start_interval: time(&flags, "start-interval")?,
        retries: retries(&flags)?,
    }))
}

fn time(flags: &Flags<'_>, flag: &'static str) -> Result<Option<Duration>, SyntaxErrorKind> {
    let Some(value) = flags.text(flag) else {
        return Ok(None);
    };
    match parse_duration(value) {
        Some(time) if time.is_zero() || time >= Duration::from_millis(1) => Ok(Some(time)),
        _ => Err(SyntaxErrorKind::FlagValue {
            flag,
            value: value.to_owned(),
            expected: "0, or a time of 1ms or more such as `1m30s`",
        }),
    }
}

fn retries(flags: &Flags<'_>) -> Result<Option<u32>, SyntaxErrorKind> {
    let Some(value) = flags.text("retries") else {
        return Ok(None);
    };
    match value.parse::<i32>().map(u32::try_from) {
        Ok(Ok(retries)) => Ok(Some(retries)),
        _ => Err(SyntaxErrorKind::FlagValue {
            flag: "retries",
            value: value.to_owned(),
            expected: "a number that is not negative",
        }),
    }
}

fn run(request: &Request<'_>) -> Result<Typed, SyntaxErrorKind> {
    let flags = Flags::check(request.keyword, request.flags)?;
    let mut mount_errors = Vec::new();
    let mut mounts = Vec::new();
    for text in flags.list("mount") {
        match mount(text) {
            Ok(mount) => mounts.push(mount),
            Err(error @ (MountError::Fields { .. } | MountError::VariableInFrom { .. })) => {
                return Err(SyntaxErrorKind::Mount(error));
            }
            Err(error) => mount_errors.push(error),
        }
    }
    for text in flags.list("device") {
        check_device(text)?;
    }
    let network = match flags.list("network").next() {
        None => None,
        Some("default") => Some(Network::Default),
        Some("none") => Some(Network::None),
        Some("host") => Some(Network::Host),
        Some(value) => {
            let (value, expected) = (value.to_owned(), "`default`, `none` or `host`");
            return Err(SyntaxErrorKind::FlagValue { flag: "network", value, expected });
        }
    };
    let security = match flags.list("security").next() {
        None => None,
        Some("sandbox") => Some(Security::Sandbox),
        Some("insecure") => Some(Security::Insecure),
        Some(value) => {
            let (value, expected) = (value.to_owned(), "`sandbox` or `insecure`");
            return Err(SyntaxErrorKind::FlagValue { flag: "security", value, expected });
        }
    };
    let run = Run {
        command: command_line(request, &request.arguments),
        mounts,
        network,
        security,
        devices: flags.list("device").map(str::to_owned).collect(),
        heredocs: request.heredocs.to_vec(),
    };
    Ok(Typed { command: Command::Run(run), mount_errors })
}
