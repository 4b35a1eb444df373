//! Runs the rules over a file.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{LintInput, ProjectFacts};
use super::finding::Finding;
use super::rule::SYNTAX_ERROR;
use super::suppress::Suppressions;
use super::{fix, rules};
use crate::image::ImageName;
use crate::model::{Command, CopyFiles, Run};
use crate::scope::Undo;
use crate::{Dockerfile, Instruction, Phase, Scope, Stage, Stages};

/// A step of a walk through the stages.
#[derive(Clone)]
enum Visit {
    Enter(usize),
    Leave(Undo),
}

/// Everything that the rules find in `file`, in the order of the text.
///
/// ```
/// use boxwright_dockerfile::{Dockerfile, LintInput, lint};
///
/// let file = Dockerfile::parse("FROM python:3.13-slim\nRUN pip install flask\n");
/// let findings = lint(&file, &LintInput::default());
/// let names: Vec<_> = findings.iter().map(|finding| finding.rule.name).collect();
/// assert_eq!(names, ["runs-as-root", "pip-cache-in-layer"]);
/// ```
pub fn lint(file: &Dockerfile, input: &LintInput<'_>) -> Vec<Finding> {
    if let Some(finding) = template(file) {
        return vec![finding];
    }
    let mut findings: Vec<Finding> = file
        .errors()
        .iter()
        .map(|error| {
            let finding = Finding::new(&SYNTAX_ERROR, error.span, error.kind.to_string());
            match error.kind.phase() {
                Phase::Build => finding.help("the file is read, but the build stops here"),
                _ => finding,
            }
        })
        .collect();
    let suppressions = Suppressions::of(file, input.experimental, &mut findings);
    let context = Context::new(file, *input);
    for rule in rules::ALL {
        rule(&context, &mut findings);
    }
    findings.retain(|finding| suppressions.shows(finding));
    for finding in &mut findings {
        finding.severity = suppressions.severity(finding);
        if let Some(fix) = &mut finding.fix {
            fix::sort(fix);
        }
    }
    findings.sort_by(|a, b| {
        (a.span.start, a.span.end, a.rule.name).cmp(&(b.span.start, b.span.end, b.rule.name))
    });
    findings.dedup();
    findings
}

/// What makes the file a template: then it is no Dockerfile yet, and rules would only guess.
fn template(file: &Dockerfile) -> Option<Finding> {
    let tag = |one: &&Instruction| {
        one.kind.is_none()
            && ["{%", "{{", "{#", "<%"].iter().any(|tag| one.keyword.starts_with(tag))
    };
    let first = file.instructions().find(tag)?;
    let message = "this is a template, not a Dockerfile";
    Some(
        Finding::new(&SYNTAX_ERROR, first.code, message)
            .help("render it first, and look at what comes out"),
    )
}

/// A rule's code: looks at the file, and reports.
pub(crate) type Check = fn(&Context<'_>, &mut Vec<Finding>);

/// What rules look at.
pub(crate) struct Context<'a> {
    pub(crate) file: &'a Dockerfile,
    pub(crate) stages: Stages<'a>,
    /// What is known of each stage, by its number.
    pub(crate) known: Vec<Known>,
    /// What `FROM` sees.
    pub(crate) global: Scope,
    pub(crate) input: LintInput<'a>,
}

/// What is known of a stage.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Its image with all variables expanded; `None` where some have no default.
    pub(crate) image: Option<String>,
    /// The stage it is built on.
    pub(crate) parent: Option<usize>,
    /// The image at the end of that chain.
    pub(crate) root: Option<String>,
    /// Whether what is left in its layers is in an image that someone runs.
    pub(crate) kept: bool,
    /// Whether it or a stage below it sets a `SHELL`.
    pub(crate) sets_shell: bool,
}

impl Known {
    /// The image at the end of the chain, taken apart.
    pub(crate) fn root_image(&self) -> Option<ImageName<'_>> {
        self.root.as_deref().map(ImageName::parse)
    }
}

impl<'a> Context<'a> {
    fn new(file: &'a Dockerfile, input: LintInput<'a>) -> Self {
        let stages = file.stages();
        let escape = file.escape();
        let global = Scope::global(&stages, escape, &BTreeMap::new());
        let mut known: Vec<Known> = Vec::with_capacity(stages.stages.len());
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        for stage in &stages.stages {
            let image = global
                .expand(&stage.from.image, escape)
                .ok()
                .filter(|image| !image.text.is_empty())
                .map(|image| image.text);
            let parent =
                image.as_deref().and_then(|image| names.get(&image.to_lowercase())).copied();
            let mut this = Known { image, parent, ..Known::default() };
            match parent.and_then(|parent| known.get(parent)) {
                Some(parent) => {
                    this.root.clone_from(&parent.root);
                    this.sets_shell = parent.sets_shell;
                }
                None => this.root.clone_from(&this.image),
            }
            this.sets_shell |=
                stage.body.iter().any(|one| matches!(one.command, Some(Command::Shell(_))));
            known.push(this);
            names.extend(stage.name().map(|name| (name, stage.number)));
        }
        let mut context = Self { file, stages, known, global, input };
        context.mark_kept();
        context
    }

    /// A stage is kept if it is the last, if a kept one is built on it, or if nothing uses it: then
    /// it is there to be named with `--target`.
    fn mark_kept(&mut self) {
        let mut used = BTreeSet::new();
        for stage in &self.stages.stages {
            for one in &stage.body {
                used.extend(sources(one).filter_map(|name| self.stage_named(name, stage.number)));
            }
            used.extend(self.known[stage.number].parent);
        }
        for number in (0..self.known.len()).rev() {
            let last = number + 1 == self.known.len();
            self.known[number].kept |= last || !used.contains(&number);
            if let (true, Some(parent)) = (self.known[number].kept, self.known[number].parent) {
                self.known[parent].kept = true;
            }
        }
    }

    /// The stage that `--from` names: by name in any case, or by number.
    pub(crate) fn stage_named(&self, name: &str, before: usize) -> Option<usize> {
        if let Some(stage) = self.stages.named(name, before) {
            return Some(stage.number);
        }
        name.parse().ok().filter(|number| *number < before)
    }

    /// Whether the stage says by its name that it is for development, and is not what a build
    /// gives by default.
    pub(crate) fn is_for_development(&self, stage: &Stage<'_>) -> bool {
        let name = stage.name().unwrap_or_default();
        let last = stage.number + 1 == self.known.len();
        !last && ["dev", "debug", "local", "test"].iter().any(|word| name.contains(word))
    }

    pub(crate) fn facts(&self) -> Option<&'a ProjectFacts> {
        self.input.facts
    }

    /// Each stage with what is known of it.
    pub(crate) fn stages(&self) -> impl Iterator<Item = (&Stage<'a>, &Known)> {
        self.stages.stages.iter().zip(&self.known)
    }

    /// The stage `number`, the one it is built on, and so on; not more than anyone writes.
    pub(crate) fn chain(&self, number: usize) -> impl Iterator<Item = &Stage<'a>> {
        std::iter::successors(Some(number), |at| self.known[*at].parent)
            .take(64)
            .map(|at| &self.stages.stages[at])
    }

    /// Visits every instruction of every stage with the variables known there, then the end of
    /// each stage with those it ends with.
    ///
    /// Stages are visited from the base up, and what a stage adds is taken back when all that are
    /// built on it were visited: scopes are never copied, however many stages there are.
    pub(crate) fn walk(&self, visit: &mut dyn FnMut(&Stage<'a>, Option<&'a Instruction>, &Scope)) {
        let mut children = vec![Vec::new(); self.known.len()];
        let mut pending: Vec<Visit> = Vec::new();
        for (number, known) in self.known.iter().enumerate().rev() {
            match known.parent {
                Some(parent) => children[parent].push(Visit::Enter(number)),
                None => pending.push(Visit::Enter(number)),
            }
        }
        let none = BTreeMap::new();
        let mut scope = Scope::default();
        while let Some(next) = pending.pop() {
            match next {
                Visit::Leave(undo) => scope.undo(undo),
                Visit::Enter(number) => {
                    let stage = &self.stages.stages[number];
                    let mut undo = Undo::default();
                    for &one in &stage.body {
                        visit(stage, Some(one), &scope);
                        if let Some(command) = &one.command {
                            let escape = self.file.escape();
                            undo.extend(scope.apply(command, escape, &self.global, &none));
                        }
                    }
                    visit(stage, None, &scope);
                    pending.push(Visit::Leave(undo));
                    pending.append(&mut children[number]);
                }
            }
        }
    }
}

/// The stages or images that an instruction takes files from.
fn sources(one: &Instruction) -> impl Iterator<Item = &str> {
    let (from, mounts) = match &one.command {
        Some(Command::Copy(CopyFiles { from, .. })) => (from.as_deref(), &[][..]),
        Some(Command::Run(Run { mounts, .. })) => (None, mounts.as_slice()),
        _ => (None, &[][..]),
    };
    from.into_iter().chain(mounts.iter().filter_map(|mount| mount.from.as_deref()))
}
