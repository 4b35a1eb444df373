//! What is copied: when, and from where to where.

use std::collections::{BTreeMap, BTreeSet};

use crate::image::ImageName;
use crate::lint::check::Context;
use crate::lint::finding::Finding;
use crate::lint::rule::{
    COPY_ALL_WITHOUT_IGNORE_FILE, COPY_BEFORE_INSTALL, COPY_IGNORED_FILE, GLIBC_WHEELS_ON_MUSL,
    PIP_CACHE_COPIED,
};
use crate::lint::script::scripts;
use crate::model::{Command, CopyFiles, CopySource};
use crate::shell::{self, Install, Installer, ShellWord, installs};
use crate::{Instruction, Span, Stage};

pub(crate) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut places = Places::default();
    for (stage, _) in context.stages() {
        before_install(stage, findings);
        for one in &stage.body {
            if let Some(Command::Copy(copy)) = &one.command
                && let Some(from) = &copy.from
            {
                let link = Link { stage, one, copy, from };
                between_stages(context, &link, &mut places, findings);
            }
        }
        ignored(context, stage, findings);
    }
    without_ignore_file(context, findings);
}

/// The sources out of the context, and where they stand.
fn context_sources(one: &Instruction) -> Vec<(&str, Span)> {
    let sources = match &one.command {
        Some(Command::Copy(copy)) if copy.from.is_none() => &copy.sources,
        Some(Command::Add(add)) => &add.sources,
        _ => return Vec::new(),
    };
    let path = |(source, argument): (&'_ CopySource, &crate::Spanned<String>)| match source {
        CopySource::Path(_) => Some(argument.span),
        CopySource::Heredoc(_) => None,
    };
    sources
        .iter()
        .zip(&one.arguments)
        .filter_map(|(source, argument)| Some((argument.value.as_str(), path((source, argument))?)))
        .collect()
}

/// The place where all of the context is copied.
fn whole_context(one: &Instruction) -> Option<Span> {
    context_sources(one)
        .into_iter()
        // Paths that lead outside are cut off at the context, so `../..` is all of it, too.
        .find(|(path, _)| path.split('/').all(|part| matches!(part, "" | "." | ".." | "*")))
        .map(|(_, span)| span)
}

fn before_install(stage: &Stage<'_>, findings: &mut Vec<Finding>) {
    let mut copied: Option<(&Instruction, Span)> = None;
    for one in &stage.body {
        if copied.is_none() {
            copied = whole_context(one).map(|span| (*one, span));
        }
        for script in scripts(one) {
            let Some(install) = installs(&script.commands).into_iter().find(Install::is_from_list)
            else {
                continue;
            };
            if let Some((_, span)) = copied {
                let message = "every edit to any file makes the installation below run again";
                let help = match install.installer {
                    Installer::Poetry => {
                        "copy `pyproject.toml` and `poetry.lock`, run `poetry install --no-root`, and copy the rest behind that"
                    }
                    Installer::Uv => {
                        "copy `pyproject.toml` and `uv.lock`, run `uv sync --no-install-project`, and copy the rest behind that"
                    }
                    Installer::Pip | Installer::Pipenv | Installer::Pdm => {
                        "copy the files that list the dependencies, install, and copy the rest behind that"
                    }
                };
                findings.push(
                    Finding::new(&COPY_BEFORE_INSTALL, span, message)
                        .label(script.span(install.range.clone()), "runs again")
                        .help(help),
                );
            }
            // Later ones find the dependencies already there.
            return;
        }
    }
}

fn without_ignore_file(context: &Context<'_>, findings: &mut Vec<Finding>) {
    if context.facts().and_then(|facts| facts.has_ignore_file) != Some(false) {
        return;
    }
    let mut spans = context.file.instructions().filter_map(whole_context);
    if let Some(span) = spans.next() {
        let message = "everything in the directory is copied, `.git`, `.env` and `__pycache__` too";
        findings.push(
            Finding::new(&COPY_ALL_WITHOUT_IGNORE_FILE, span, message)
                .help("write a `.dockerignore`; `boxwright dockerfile` can do it"),
        );
    }
}

fn ignored(context: &Context<'_>, stage: &Stage<'_>, findings: &mut Vec<Finding>) {
    let Some(ignores) = context.input.ignores else { return };
    for one in &stage.body {
        for (path, span) in context_sources(one) {
            let clean = path.trim_start_matches("./").trim_matches('/');
            let literal = !path.contains(['*', '?', '[', '$', '\\', '"', '\'']);
            let local = !path.contains("://") && !path.starts_with("git@");
            if literal && local && !clean.is_empty() && clean != "." && ignores(clean) {
                let message = format!("the ignore file leaves `{clean}` out of the build");
                findings.push(Finding::new(&COPY_IGNORED_FILE, span, message).help(
                    "the build stops here; add a line `!…` to the ignore file, or do not copy it",
                ));
            }
        }
    }
}

/// A `COPY --from`.
struct Link<'a> {
    stage: &'a Stage<'a>,
    one: &'a Instruction,
    copy: &'a CopyFiles,
    from: &'a str,
}

fn between_stages(
    context: &Context<'_>,
    link: &Link<'_>,
    places: &mut Places,
    findings: &mut Vec<Finding>,
) {
    let Link { stage, one, copy, from } = *link;
    let number = context.stage_named(from, stage.number);
    let root = match number {
        Some(number) => context.known[number].root_image(),
        None => Some(ImageName::parse(from)),
    };
    let from_glibc = root.as_ref().is_some_and(|image| image.is_musl() == Some(false));
    let here = context.known[stage.number].root_image();
    let to_musl = here.as_ref().is_some_and(|image| image.is_musl() == Some(true));
    for (source, argument) in copy.sources.iter().zip(&one.arguments) {
        let CopySource::Path(path) = source else { continue };
        let path = path.as_str();
        if is_cache(path) {
            let message = format!("`{path}` is a download cache, of no use in this stage");
            let finding = Finding::new(&PIP_CACHE_COPIED, argument.span, message)
                .help("copy what was installed: a virtual environment, or `site-packages`");
            findings.push(if from_glibc && to_musl {
                finding.label(
                    stage.instruction.code,
                    "and what it holds was built for glibc, not for musl",
                )
            } else {
                finding
            });
        } else if from_glibc && to_musl {
            let source_stage = number.map(|number| &context.stages.stages[number]);
            if holds_packages(path) || source_stage.is_some_and(|stage| places.hold(stage, path)) {
                let message =
                    "compiled packages in here are linked to glibc, and this stage has musl";
                let mut finding = Finding::new(&GLIBC_WHEELS_ON_MUSL, argument.span, message).help(
                    "install on the C library that runs them: build this stage's packages on Alpine too, or release on Debian",
                );
                if let Some(source) = source_stage {
                    finding = finding.label(source.instruction.code, "installed here, on glibc");
                }
                findings.push(finding.label(stage.instruction.code, "musl"));
            }
        }
    }
}

fn is_cache(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    path.ends_with("/.cache")
        || [".cache/pip", ".cache/uv", ".cache/pypoetry", ".cache/pipenv"]
            .iter()
            .any(|cache| path.ends_with(cache))
}

/// Whether packages are usually installed there.
fn holds_packages(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let whole =
        matches!(path, "/usr/local" | "/usr/local/lib" | "/usr/lib" | "/install" | "/wheels");
    whole
        || path.split('/').any(|component| {
            let python = component.strip_prefix("python").is_some_and(|version| {
                version.starts_with('3') && version.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            });
            python
                || matches!(
                    component,
                    "site-packages"
                        | "dist-packages"
                        | "venv"
                        | ".venv"
                        | "virtualenv"
                        | "wheels"
                        | "wheelhouse"
                        | ".local"
                )
        })
}

/// Where commands of each stage put packages, such as `/opt/app` in `python -m venv /opt/app`.
#[derive(Default)]
struct Places {
    by_stage: BTreeMap<usize, BTreeSet<String>>,
}

impl Places {
    /// Whether `path` is one of those places of `stage`, or below one.
    fn hold(&mut self, stage: &Stage<'_>, path: &str) -> bool {
        let places = self.by_stage.entry(stage.number).or_insert_with(|| places_of(stage));
        let path = path.trim_end_matches('/');
        let parents = path.match_indices('/').map(|(slash, _)| &path[..slash]);
        parents.chain([path]).any(|place| places.contains(place))
    }
}

fn places_of(stage: &Stage<'_>) -> BTreeSet<String> {
    let mut places = Vec::new();
    for script in stage.body.iter().flat_map(|one| scripts(one)) {
        for command in &script.commands {
            let words = shell::unwrap(&command.words);
            let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
            let makes_environment = match texts.as_slice() {
                [program, "-m", "venv" | "virtualenv", ..] => {
                    shell::is_python(program.rsplit('/').next().unwrap_or_default())
                }
                ["virtualenv", ..] | ["uv", "venv", ..] => true,
                _ => false,
            };
            if makes_environment {
                places.extend(
                    texts.iter().filter(|text| text.starts_with('/')).map(|t| (*t).to_owned()),
                );
            }
        }
        for install in installs(&script.commands) {
            places.extend(targets(install.arguments).map(str::to_owned));
        }
    }
    let trimmed = places.iter().map(|place| place.trim_end_matches('/'));
    trimmed.filter(|place| place.len() > 1).map(str::to_owned).collect()
}

/// What `--target` and its like name.
fn targets(arguments: &[ShellWord]) -> impl Iterator<Item = &str> {
    const FLAGS: [&str; 6] = ["-t", "--target", "--prefix", "--root", "-w", "--wheel-dir"];
    arguments.iter().enumerate().filter_map(|(index, word)| {
        if FLAGS.contains(&word.text.as_str()) {
            return arguments.get(index + 1).map(|next| next.text.as_str());
        }
        let (flag, value) = word.text.split_once('=')?;
        FLAGS.contains(&flag).then_some(value)
    })
}
