//! One instruction as text.

use std::fmt::Write as _;
use std::time::Duration;

use super::builder::{BuildError, Entry};
use super::quote::{bare, key_word, listed, one_line, value_word, whole};
use crate::model::{
    AddFiles, Argument, Command, CommandLine, CopyFiles, CopySource, FromImage, Healthcheck,
    Heredoc, Mount, Pair, Probe, Run, Sharing,
};
use crate::syntax::Item;
use crate::{Dockerfile, Word};

/// Whether `file`, read from the text of `entries`, says what they say.
pub(crate) fn compare(entries: &[Entry], file: &Dockerfile) -> Result<(), BuildError> {
    let refuse = |text: &str, reason: String| {
        Err(BuildError::NotWritable { text: text.trim_end().to_owned(), reason })
    };
    if let Some(error) = file.errors().first() {
        return refuse(file.slice(error.span), error.kind.to_string());
    }
    let mut items = file.items().iter();
    for entry in entries {
        // A comment of several lines is several items.
        let count = match entry {
            Entry::Comment(comment) => comment.split('\n').count(),
            _ => 1,
        };
        for item in items.by_ref().take(count) {
            let same = match (entry, item) {
                (Entry::Blank, Item::Blank(_)) | (Entry::Comment(_), Item::Comment(_)) => true,
                (Entry::Directive { value, .. }, Item::Directive(directive)) => {
                    directive.value.value == value.trim()
                }
                (Entry::Command(command), Item::Instruction(instruction)) => instruction
                    .command
                    .as_ref()
                    .is_some_and(|read| read.canonical() == command.canonical()),
                _ => false,
            };
            if !same {
                let reason = match item {
                    Item::Instruction(instruction) => format!("as {:?}", instruction.command),
                    Item::Directive(_) => "as a parser directive".to_owned(),
                    Item::Comment(_) => "as a comment".to_owned(),
                    Item::Blank(_) => "as nothing".to_owned(),
                };
                return refuse(file.slice(item.span()), reason);
            }
        }
    }
    match items.next() {
        None => Ok(()),
        Some(item) => refuse(file.slice(item.span()), "as more than was meant".to_owned()),
    }
}

/// What continues a line, and how far the next is indented.
const CONTINUE: &str = " \\\n    ";

/// Appends `entry` and its line end.
pub(crate) fn entry(entry: &Entry, text: &mut String) -> Result<(), BuildError> {
    match entry {
        Entry::Blank => text.push('\n'),
        Entry::Directive { name, value } => {
            one_line("directive", value)?;
            // Writing to a String cannot fail.
            let _ = writeln!(text, "# {name}={value}");
        }
        Entry::Comment(comment) => {
            for line in comment.split('\n') {
                one_line("comment", line)?;
                let _ = writeln!(text, "{}", format!("# {line}").trim_end());
            }
        }
        Entry::Command(command) => {
            text.push_str(&self::command(command)?);
            text.push('\n');
        }
    }
    Ok(())
}

/// The instruction without its last line end.
pub(crate) fn command(command: &Command) -> Result<String, BuildError> {
    let name = command.keyword().as_str();
    let arguments = match command {
        Command::From(from) => self::from(from)?,
        Command::Run(run) => self::run(run)?,
        Command::Cmd(line) | Command::Entrypoint(line) => command_line(name, line)?,
        Command::Shell(words) => exec_form(words),
        Command::Copy(copy) => self::copy(copy)?,
        Command::Add(add) => self::add(add)?,
        Command::Env(pairs) | Command::Label(pairs) => self::pairs(name, pairs)?,
        Command::Arg(arguments) => self::arguments(arguments)?,
        Command::Expose(words) => listed(name, words)?.join(" "),
        Command::Volume(words) => match listed(name, words) {
            Ok(words) if !words.first().is_some_and(|word| word.starts_with(['[', '-'])) => {
                words.join(" ")
            }
            _ => exec_form(words),
        },
        Command::User(word) | Command::Workdir(word) | Command::StopSignal(word) => {
            whole(name, word)?
        }
        Command::Healthcheck(check) => healthcheck(check)?,
        Command::Onbuild(command) => self::command(command)?,
        Command::Maintainer(text) => one_line(name, text)?.to_owned(),
    };
    Ok(format!("{name} {arguments}"))
}

fn from(from: &FromImage) -> Result<String, BuildError> {
    let FromImage { image, platform, alias } = from;
    let mut text = String::new();
    if let Some(platform) = platform {
        let _ = write!(text, "{} ", flag("FROM", "platform", platform.as_str())?);
    }
    text.push_str(bare("FROM", image)?);
    if let Some(alias) = alias {
        let _ = write!(text, " AS {}", one_line("FROM", alias)?);
    }
    Ok(text)
}

fn run(run: &Run) -> Result<String, BuildError> {
    let Run { command, mounts, network, security, devices, heredocs } = run;
    let mut flags = Vec::new();
    for mount in mounts {
        flags.push(flag("RUN", "mount", &self::mount(mount)?)?);
    }
    for device in devices {
        flags.push(flag("RUN", "device", device)?);
    }
    if let Some(network) = network {
        flags.push(flag("RUN", "network", network.as_str())?);
    }
    if let Some(security) = security {
        flags.push(flag("RUN", "security", security.as_str())?);
    }
    flags.push(command_line("RUN", command)?);
    let mut text = flags.join(CONTINUE);
    for heredoc in heredocs {
        push_heredoc(heredoc, &mut text);
    }
    Ok(text)
}

fn push_heredoc(heredoc: &Heredoc, text: &mut String) {
    let Heredoc { name, content, expand: _, chomp: _, descriptor: _ } = heredoc;
    let _ = write!(text, "\n{content}{name}");
}

/// The value of `--mount`.
fn mount(mount: &Mount) -> Result<String, BuildError> {
    mount.check().map_err(|error| BuildError::NotWritable {
        text: format!("--mount=type={}", mount.kind.as_str()),
        reason: error.to_string(),
    })?;
    let Mount {
        kind,
        from,
        source,
        target,
        read_only,
        id,
        sharing,
        required,
        size,
        mode,
        uid,
        gid,
        env,
        deferred,
    } = mount;
    let mut fields = vec![format!("type={}", kind.as_str())];
    let mut add = |key: &str, value: Option<&str>| {
        fields.extend(value.map(|value| csv_field(&format!("{key}={value}"))));
    };
    let word = |word: &'_ Option<Word>| word.as_ref().map(|word| word.as_str().to_owned());
    add("id", word(id).as_deref());
    add("from", from.as_deref());
    add("source", word(source).as_deref());
    add("target", word(target).as_deref());
    add("sharing", sharing.map(Sharing::as_str));
    add("readonly", read_only.map(|read_only| if read_only { "true" } else { "false" }));
    add("required", required.map(|required| if required { "true" } else { "false" }));
    add("size", word(size).as_deref());
    add("mode", word(mode).as_deref());
    add("uid", word(uid).as_deref());
    add("gid", word(gid).as_deref());
    add("env", word(env).as_deref());
    for (key, value) in deferred {
        add(key, Some(value.as_str()));
    }
    Ok(fields.join(","))
}

fn csv_field(field: &str) -> String {
    if field.contains([',', '"']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

fn copy(copy: &CopyFiles) -> Result<String, BuildError> {
    let CopyFiles { from, chown, chmod, link, parents, exclude, sources, destination } = copy;
    let mut words = Vec::new();
    if let Some(from) = from {
        words.push(flag("COPY", "from", from)?);
    }
    ownership("COPY", chown.as_ref(), chmod.as_ref(), &mut words)?;
    words.extend(link.then(|| "--link".to_owned()));
    words.extend(parents.then(|| "--parents".to_owned()));
    for pattern in exclude {
        words.push(flag("COPY", "exclude", pattern)?);
    }
    Ok(paths("COPY", words, sources, destination))
}

fn add(add: &AddFiles) -> Result<String, BuildError> {
    let AddFiles {
        chown,
        chmod,
        link,
        keep_git_dir,
        checksum,
        unpack,
        exclude,
        sources,
        destination,
    } = add;
    let mut words = Vec::new();
    if let Some(checksum) = checksum {
        words.push(flag("ADD", "checksum", checksum.as_str())?);
    }
    if let Some(keep) = keep_git_dir {
        words.push(format!("--keep-git-dir={keep}"));
    }
    if let Some(unpack) = unpack {
        words.push(format!("--unpack={unpack}"));
    }
    ownership("ADD", chown.as_ref(), chmod.as_ref(), &mut words)?;
    words.extend(link.then(|| "--link".to_owned()));
    for pattern in exclude {
        words.push(flag("ADD", "exclude", pattern)?);
    }
    Ok(paths("ADD", words, sources, destination))
}

fn ownership(
    instruction: &'static str,
    chown: Option<&Word>,
    chmod: Option<&Word>,
    words: &mut Vec<String>,
) -> Result<(), BuildError> {
    for (name, value) in [("chown", chown), ("chmod", chmod)] {
        if let Some(value) = value {
            words.push(flag(instruction, name, value.as_str())?);
        }
    }
    Ok(())
}

/// Sources and destination behind the flags: bare where they can be, else as a JSON array.
fn paths(
    instruction: &'static str,
    mut words: Vec<String>,
    sources: &[CopySource],
    destination: &Word,
) -> String {
    let mut all = Vec::new();
    let mut documents = String::new();
    for source in sources {
        match source {
            CopySource::Path(path) => all.push(path.clone()),
            CopySource::Heredoc(heredoc) => {
                let dash = if heredoc.chomp { "-" } else { "" };
                let quote = if heredoc.expand { "" } else { "\"" };
                all.push(Word::raw(format!("<<{dash}{quote}{}{quote}", heredoc.name)));
                push_heredoc(heredoc, &mut documents);
            }
        }
    }
    all.push(destination.clone());
    match listed(instruction, &all) {
        Ok(bare) if !bare.first().is_some_and(|word| word.starts_with(['[', '-'])) => {
            words.extend(bare.into_iter().map(str::to_owned));
        }
        _ => words.push(exec_form(&all)),
    }
    words.join(" ") + &documents
}

fn pairs(instruction: &'static str, pairs: &[Pair]) -> Result<String, BuildError> {
    let pairs: Result<Vec<_>, _> = pairs
        .iter()
        .map(|Pair { key, value, legacy: _ }| {
            Ok(format!("{}={}", key_word(instruction, key)?, value_word(instruction, value)?))
        })
        .collect();
    Ok(pairs?.join(CONTINUE))
}

fn arguments(arguments: &[Argument]) -> Result<String, BuildError> {
    let arguments: Result<Vec<_>, _> = arguments
        .iter()
        .map(|Argument { name, default }| {
            let name = bare("ARG", &Word::raw(name.clone()))?.to_owned();
            match default {
                None => Ok(name),
                Some(default) => Ok(format!("{name}={}", value_word("ARG", default)?)),
            }
        })
        .collect();
    Ok(arguments?.join(" "))
}

fn healthcheck(check: &Healthcheck) -> Result<String, BuildError> {
    let Healthcheck::Probe(probe) = check else {
        return Ok("NONE".to_owned());
    };
    let Probe { command, interval, timeout, start_period, start_interval, retries } = probe;
    let mut words = Vec::new();
    for (name, time) in [
        ("interval", interval),
        ("timeout", timeout),
        ("start-period", start_period),
        ("start-interval", start_interval),
    ] {
        words.extend(time.map(|time| format!("--{name}={}", duration(time))));
    }
    words.extend(retries.map(|retries| format!("--retries={retries}")));
    let command = format!("CMD {}", command_line("HEALTHCHECK", command)?);
    Ok(if words.is_empty() { command } else { [words.join(" "), command].join(CONTINUE) })
}

fn duration(time: Duration) -> String {
    let nanos = time.as_nanos();
    if nanos.is_multiple_of(1_000_000_000) {
        format!("{}s", time.as_secs())
    } else if nanos.is_multiple_of(1_000_000) {
        format!("{}ms", time.as_millis())
    } else {
        format!("{nanos}ns")
    }
}

fn command_line(instruction: &'static str, line: &CommandLine) -> Result<String, BuildError> {
    let text = match line {
        CommandLine::Exec(words) => return Ok(exec_form(words)),
        CommandLine::Shell(text) => text,
    };
    if one_line(instruction, text.as_str())?.trim().is_empty() {
        return Err(BuildError::NotWritable {
            text: instruction.to_owned(),
            reason: "there is nothing to run; an empty exec form says so on purpose".to_owned(),
        });
    }
    let mut written = String::new();
    let mut start = 0;
    for &end in text.breaks() {
        written.push_str(text.as_str().get(start..end).unwrap_or_default());
        written.push_str("\\\n");
        start = end;
    }
    written.push_str(text.as_str().get(start..).unwrap_or_default());
    Ok(written.trim().to_owned())
}

/// A JSON array of strings.
pub(crate) fn exec_form<W: std::fmt::Display>(words: &[W]) -> String {
    let words: Vec<String> =
        words.iter().map(|word| serde_json::Value::from(word.to_string()).to_string()).collect();
    format!("[{}]", words.join(", "))
}

/// `--name=value`, quoted where flags need it.
fn flag(instruction: &'static str, name: &str, value: &str) -> Result<String, BuildError> {
    one_line(instruction, value)?;
    if value.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\')) {
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
        return Ok(format!("--{name}=\"{escaped}\""));
    }
    Ok(format!("--{name}={value}"))
}
