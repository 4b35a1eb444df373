//! Installers: what they leave behind, and what they find.

use crate::lint::check::Context;
use crate::lint::finding::{Edit, Finding};
use crate::lint::rule::{NO_MUSL_WHEEL, PIP_CACHE_IN_LAYER};
use crate::lint::script::{Script, scripts};
use crate::model::{Command, CopySource, MountKind};
use crate::shell::{Install, Installer, installs};
use crate::{Escape, Instruction, Scope, Stage};

pub(crate) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    if context.file.escape() == Escape::Backtick {
        // Windows' shells are not read.
        return;
    }
    let configured = configured(context);
    context.walk(&mut |stage, one, scope| {
        let Some(one) = one else { return };
        // Nobody ships a stage for development.
        let shipped = context.known[stage.number].kept && !context.is_for_development(stage);
        for script in scripts(one) {
            for install in installs(&script.commands) {
                if shipped && !configured[stage.number] {
                    cache(&script, &install, scope, findings);
                }
                musl(context, stage, &script, &install, findings);
            }
        }
    });
}

fn cache(script: &Script<'_>, install: &Install<'_>, scope: &Scope, findings: &mut Vec<Finding>) {
    let (flag, variable, directory, flags): (_, _, _, &[&str]) = match install.installer {
        Installer::Pip => (
            "--no-cache-dir",
            "PIP_NO_CACHE_DIR",
            "~/.cache/pip",
            &["--no-cache-dir", "--no-cache", "--cache-dir", "--no-index", "--dry-run"],
        ),
        Installer::Uv => (
            "--no-cache",
            "UV_NO_CACHE",
            "~/.cache/uv",
            &["--no-cache", "--no-cache-dir", "-n", "--cache-dir", "--dry-run"],
        ),
        // These cache what they download, too, but have no flag against it that all versions know.
        Installer::Poetry | Installer::Pipenv | Installer::Pdm => return,
    };
    let flagged = flags.iter().any(|flag| install.has(flag));
    let set = scope.get(variable).is_some_and(|value| !value.is_empty())
        || install.assignments.iter().any(|(name, value)| name == variable && !value.is_empty())
        || exports(script, variable);
    let mounted = script
        .run
        .mounts
        .iter()
        .any(|mount| matches!(mount.kind, MountKind::Cache | MountKind::Tmpfs));
    if flagged || set || mounted || removes_cache(script, scope) {
        return;
    }
    let span = script.span(install.range.clone());
    let message = format!("what is downloaded stays in this layer, in {directory}");
    findings.push(
        Finding::new(&PIP_CACHE_IN_LAYER, span, message)
            .help(format!(
                "add `{flag}`, set `ENV {variable}=1`, or keep the cache out of the image: `RUN --mount=type=cache,target=/root/{} …`",
                &directory[2..]
            ))
            .fix(format!("add `{flag}`"), vec![Edit::insert(span.end, format!(" {flag}"))]),
    );
}

/// `export NAME=value` in the script.
fn exports(script: &Script<'_>, variable: &str) -> bool {
    script.commands.iter().any(|command| {
        let export = command.words.first().is_some_and(|word| word.text == "export");
        let bare = command.words.is_empty()
            && command.assignments.iter().any(|(name, _)| name == variable);
        bare || export
            && command.words.iter().any(|word| {
                word.text.strip_prefix(variable).is_some_and(|rest| rest.starts_with('='))
            })
    })
}

/// Whether the script takes the cache away itself.
fn removes_cache(script: &Script<'_>, scope: &Scope) -> bool {
    let places: Vec<&str> = ["PIP_CACHE_DIR", "UV_CACHE_DIR", "XDG_CACHE_HOME"]
        .iter()
        .filter_map(|name| scope.get(name))
        .collect();
    script.commands.iter().any(|command| {
        let words: Vec<&str> = command.words.iter().map(|word| word.text.as_str()).collect();
        match words.as_slice() {
            ["rm", paths @ ..] => paths.iter().any(|path| {
                let home = matches!(path.trim_end_matches(['/', '*']), "/root" | "~" | "$HOME");
                path.contains(".cache") || path.contains("CACHE") || home || places.contains(path)
            }),
            ["find", ..] => words.iter().any(|word| word.contains(".cache")),
            [program, rest @ ..] => {
                let name = program.rsplit('/').next().unwrap_or_default();
                (name.starts_with("pip") || name.starts_with("python") || name == "uv")
                    && rest.contains(&"cache")
                    && rest.iter().any(|word| matches!(*word, "purge" | "clean"))
            }
            [] => false,
        }
    })
}

/// For each stage, whether a configuration file of pip's comes into it or one it is built on.
fn configured(context: &Context<'_>) -> Vec<bool> {
    let mut configured: Vec<bool> = Vec::with_capacity(context.known.len());
    for (stage, known) in context.stages() {
        let inherited = known.parent.is_some_and(|parent| configured[parent]);
        configured.push(inherited || stage.body.iter().any(|one| configures(one)));
    }
    configured
}

fn configures(one: &Instruction) -> bool {
    match &one.command {
        Some(Command::Copy(copy)) => {
            let names = |source: &CopySource| match source {
                CopySource::Path(path) => path.as_str().ends_with("pip.conf"),
                CopySource::Heredoc(heredoc) => heredoc.name.ends_with("pip.conf"),
            };
            copy.destination.as_str().ends_with("pip.conf") || copy.sources.iter().any(names)
        }
        Some(Command::Run(run)) => run
            .command
            .as_shell()
            .is_some_and(|text| text.contains("global.no-cache-dir") || text.contains("pip.conf")),
        _ => false,
    }
}

/// Names what has to be compiled because no wheel fits.
fn musl(
    context: &Context<'_>,
    stage: &Stage<'_>,
    script: &Script<'_>,
    install: &Install<'_>,
    findings: &mut Vec<Finding>,
) {
    let Some(facts) = context.facts() else { return };
    let root = context.known[stage.number].root_image();
    let on_musl = root.is_some_and(|image| image.is_musl() == Some(true));
    if !on_musl || !install.is_from_list() {
        return;
    }
    let Some(first) = facts.without_musl_wheel.first() else { return };
    let names: Vec<&str> =
        facts.without_musl_wheel.iter().take(5).map(|fact| fact.value.as_str()).collect();
    let message = format!("there is no wheel for musl of {}", names.join(", "));
    findings.push(
        Finding::new(&NO_MUSL_WHEEL, script.span(install.range.clone()), message)
            .origin(&first.origin)
            .help("it is compiled here, which takes compilers and time; a Debian base such as `python:3.13-slim` needs neither"),
    );
}
