//! Who a container runs as.

use crate::lint::check::{Context, Known};
use crate::lint::finding::Finding;
use crate::lint::rule::RUNS_AS_ROOT;
use crate::model::{Command, CommandLine};
use crate::{Instruction, Stage, shell};

/// Programs that start as root and give that up themselves.
const DROPPERS: [&str; 8] =
    ["gosu", "su-exec", "setpriv", "runuser", "chpst", "s6-setuidgid", "supervisord", "uwsgi"];

pub(crate) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(last) = context.stages.last() else { return };
    let known = &context.known[last.number];
    let user = context.chain(last.number).find_map(last_user);
    match user {
        Some((one, name)) if is_root(name) => {
            if drops(context, last) {
                return;
            }
            let message = "the container runs as root";
            findings.push(Finding::new(&RUNS_AS_ROOT, one.argument_span(), message).help(
                "end the stage with another USER; who breaks into the program has less to go on",
            ));
        }
        None if is_root_image(known) && !drops(context, last) && starts(context, last) => {
            let message = "no USER is set, so the container runs as root";
            let musl = known.root_image().is_some_and(|image| image.is_musl() == Some(true));
            let create = if musl { "adduser -D app" } else { "useradd --create-home app" };
            findings
                .push(Finding::new(&RUNS_AS_ROOT, last.instruction.code, message).help(format!(
                "create one and use it: `RUN {create}` and, behind all that needs root, `USER app`"
            )));
        }
        Some(_) | None => {}
    }
}

fn last_user<'a>(stage: &Stage<'a>) -> Option<(&'a Instruction, &'a str)> {
    stage.body.iter().rev().find_map(|one| match &one.command {
        Some(Command::User(user)) => Some((*one, user.as_str())),
        _ => None,
    })
}

fn is_root(user: &str) -> bool {
    let name = user.trim_matches(['"', '\'']).split(':').next().unwrap_or_default();
    matches!(name, "root" | "0")
}

/// Whether the base image is one that is known to run as root.
fn is_root_image(known: &Known) -> bool {
    let Some(image) = known.root_image() else { return false };
    let nonroot = image.tag.is_some_and(|tag| tag.contains("nonroot") || tag.contains("rootless"));
    let names = [
        "python",
        "pypy",
        "debian",
        "ubuntu",
        "alpine",
        "buildpack-deps",
        "fedora",
        "centos",
        "rockylinux",
        "almalinux",
        "amazonlinux",
        "archlinux",
        "node",
        "golang",
        "scratch",
    ];
    image.is_official() && names.contains(&image.last()) && !nonroot
}

/// Whether anything is started: a stage that ends with files alone is nobody's container.
fn starts(context: &Context<'_>, stage: &Stage<'_>) -> bool {
    let own = context.chain(stage.number).any(|stage| {
        stage.body.iter().any(|one| {
            matches!(
                one.command,
                Some(
                    Command::Cmd(_) | Command::Entrypoint(_) | Command::Run(_) | Command::Expose(_)
                )
            )
        })
    });
    let onbuild = stage.body.iter().any(|one| matches!(one.command, Some(Command::Onbuild(_))));
    own && !onbuild
}

/// Whether what is started gives up root itself.
fn drops(context: &Context<'_>, stage: &Stage<'_>) -> bool {
    context.chain(stage.number).flat_map(|stage| &stage.body).any(|one| match &one.command {
        Some(Command::Cmd(line) | Command::Entrypoint(line)) => {
            words(line).any(|word| DROPPERS.contains(&word.rsplit('/').next().unwrap_or_default()))
        }
        // Installed, it is there to be used by a script that is not seen here.
        Some(Command::Run(run)) => run.command.as_shell().is_some_and(|text| {
            shell::commands(text)
                .iter()
                .flat_map(|command| &command.words)
                .any(|word| matches!(word.text.as_str(), "gosu" | "su-exec"))
        }),
        _ => false,
    })
}

fn words(line: &CommandLine) -> Box<dyn Iterator<Item = &str> + '_> {
    match line {
        CommandLine::Exec(words) => Box::new(words.iter().map(String::as_str)),
        CommandLine::Shell(text) => Box::new(text.as_str().split_whitespace()),
    }
}
