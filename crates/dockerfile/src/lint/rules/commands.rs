//! `CMD`, `ENTRYPOINT`, `HEALTHCHECK`, `MAINTAINER`, `WORKDIR`, and the old form of `ENV`.

use std::collections::BTreeSet;

use crate::lint::check::{Context, Known};
use crate::lint::finding::{Edit, Finding};
use crate::lint::rule::{
    JSON_ARGS_RECOMMENDED, LEGACY_KEY_VALUE_FORMAT, MAINTAINER_DEPRECATED,
    MULTIPLE_INSTRUCTIONS_DISALLOWED, WORKDIR_RELATIVE_PATH,
};
use crate::model::{Command, CommandLine, Keyword, Pair};
use crate::write::{exec_form, quoted_pair};
use crate::{Escape, Instruction, Stage, shell};

pub(crate) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut absolute = BTreeSet::new();
    for (stage, known) in context.stages() {
        for one in &stage.body {
            json_args(context, known, one, findings);
            maintainer(one, findings);
            legacy(context, one, findings);
        }
        multiple(stage, findings);
        if known.parent.is_some_and(|parent| absolute.contains(&parent))
            || workdir(context, stage, findings)
        {
            absolute.insert(stage.number);
        }
    }
}

fn json_args(context: &Context<'_>, known: &Known, one: &Instruction, findings: &mut Vec<Finding>) {
    let (Some(Command::Cmd(line) | Command::Entrypoint(line)), false) =
        (&one.command, known.sets_shell)
    else {
        return;
    };
    let CommandLine::Shell(text) = line else { return };
    let keyword = one.keyword.value.as_str();
    let message = format!("this {keyword} runs in a shell, which keeps signals from the program");
    let mut finding = Finding::new(&JSON_ARGS_RECOMMENDED, one.argument_span(), message).help(
        "`docker stop` then waits ten seconds and kills it; write a JSON array, with `exec` in a script where a shell is needed",
    );
    if let Some(words) = plain_words(text.as_str())
        && context.file.lines(one.argument_span()).0 == context.file.lines(one.argument_span()).1
        && context.file.escape() == Escape::Backslash
    {
        let edit = Edit::replace(one.argument_span(), exec_form(&words));
        finding = finding.fix("write it as a JSON array", vec![edit]);
    }
    findings.push(finding);
}

/// The words of `text` where a shell would do nothing but run them.
fn plain_words(text: &str) -> Option<Vec<String>> {
    // Redirections are left out of words, and builtins are nothing without a shell.
    if text.contains(['<', '>', '(', ')', '{', '}', '\n', '#']) {
        return None;
    }
    let commands = shell::commands(text);
    let [command] = commands.as_slice() else { return None };
    let operator = text.contains([';', '&', '|']);
    let builtin = matches!(
        command.words.first()?.text.as_str(),
        "cd" | "exec"
            | "export"
            | "source"
            | "."
            | "set"
            | "exit"
            | "eval"
            | "trap"
            | "ulimit"
            | "umask"
            | ":"
            | "test"
            | "["
            | "if"
            | "for"
            | "while"
            | "case"
    );
    let literal = command.words.iter().all(|word| word.literal);
    let plain = !operator && !builtin && literal && command.assignments.is_empty();
    plain.then(|| command.words.iter().map(|word| word.text.clone()).collect())
}

fn maintainer(one: &Instruction, findings: &mut Vec<Finding>) {
    let Some(Command::Maintainer(name)) = &one.command else { return };
    let pair =
        Pair::new("org.opencontainers.image.authors", crate::Word::literal(name.trim_matches('"')));
    let mut finding = Finding::new(&MAINTAINER_DEPRECATED, one.code, "MAINTAINER is deprecated")
        .help("name the authors with the label `org.opencontainers.image.authors`");
    if let Some(text) = quoted_pair(&pair) {
        let edit = Edit::replace(one.code, format!("LABEL {text}"));
        finding = finding.fix("write a label", vec![edit]);
    }
    findings.push(finding);
}

fn legacy(context: &Context<'_>, one: &Instruction, findings: &mut Vec<Finding>) {
    let (Some(Command::Env(pairs) | Command::Label(pairs)), Some(kind)) = (&one.command, one.kind)
    else {
        return;
    };
    let Some(pair) = pairs.first().filter(|pair| pair.legacy) else { return };
    let message = format!("`{kind} name value` is the old form");
    let mut finding = Finding::new(&LEGACY_KEY_VALUE_FORMAT, one.argument_span(), message)
        .help(format!("write `{kind} name=value`, with quotes where the value holds spaces"));
    if let Some(text) = quoted_pair(pair)
        && context.file.lines(one.argument_span()).0 == context.file.lines(one.argument_span()).1
        && context.file.escape() == Escape::Backslash
    {
        let edit = Edit::replace(one.argument_span(), text);
        finding = finding.fix("write an equals sign", vec![edit]);
    }
    findings.push(finding);
}

fn multiple(stage: &Stage<'_>, findings: &mut Vec<Finding>) {
    for kind in [Keyword::Cmd, Keyword::Entrypoint, Keyword::Healthcheck] {
        let mut last: Option<&Instruction> = None;
        for one in stage.body.iter().filter(|one| one.kind == Some(kind) && one.command.is_some()) {
            if let Some(previous) = last.replace(one) {
                let message = format!("only the last {kind} of a stage counts, and this is not it");
                findings.push(
                    Finding::new(&MULTIPLE_INSTRUCTIONS_DISALLOWED, previous.code, message)
                        .label(one.code, "this one comes later")
                        .suggest("remove it", vec![Edit::delete(previous.span)]),
                );
            }
        }
    }
}

/// Whether the stage sets a working directory at all; the first one has to be absolute.
fn workdir(context: &Context<'_>, stage: &Stage<'_>, findings: &mut Vec<Finding>) -> bool {
    let first = stage.body.iter().find_map(|one| match &one.command {
        Some(Command::Workdir(path)) => Some((one, path)),
        _ => None,
    });
    let Some((one, path)) = first else { return false };
    let text = path.as_str().trim_matches(['"', '\'']);
    // A variable may hold a whole path; so may a drive.
    let absolute = text.starts_with(['/', '\\', '$']) || text.get(1..2) == Some(":");
    let windows = context.file.escape() == Escape::Backtick;
    if !absolute && !windows {
        let message = format!("`{text}` is relative to wherever the base image happens to be");
        findings.push(
            Finding::new(&WORKDIR_RELATIVE_PATH, one.argument_span(), message)
                .help("start with an absolute path; later ones may be relative to it"),
        );
    }
    true
}
