//! Stages, and what came before the first one.

use crate::model::{Argument, Command, FromImage};
use crate::syntax::{Dockerfile, Instruction};

/// A Dockerfile's stages.
#[derive(Debug, Clone)]
pub struct Stages<'a> {
    /// The `ARG`s before the first `FROM`.
    pub global: Vec<&'a Instruction>,
    /// The stages in order.
    pub stages: Vec<Stage<'a>>,
}

/// One stage: its `FROM` and what follows.
#[derive(Debug, Clone)]
pub struct Stage<'a> {
    /// Its number, from 0.
    pub number: usize,
    /// What `FROM` says.
    pub from: &'a FromImage,
    /// The `FROM`.
    pub instruction: &'a Instruction,
    /// The instructions behind it.
    pub body: Vec<&'a Instruction>,
}

impl<'a> Stages<'a> {
    /// Splits `file` at each `FROM` that BuildKit would take.
    pub fn of(file: &'a Dockerfile) -> Self {
        let mut this = Self { global: Vec::new(), stages: Vec::new() };
        for instruction in file.instructions() {
            match (&instruction.command, this.stages.last_mut()) {
                (Some(Command::From(from)), _) => this.stages.push(Stage {
                    number: this.stages.len(),
                    from,
                    instruction,
                    body: Vec::new(),
                }),
                (_, Some(stage)) => stage.body.push(instruction),
                (_, None) => this.global.push(instruction),
            }
        }
        this
    }

    /// The names that the global `ARG`s declare.
    pub fn global_arguments(&self) -> impl Iterator<Item = &'a Argument> {
        self.global.iter().flat_map(|instruction| match &instruction.command {
            Some(Command::Arg(arguments)) => arguments.as_slice(),
            _ => &[],
        })
    }

    /// The stage that `name` names, in any case, among the first `before`; the last of several.
    pub fn named(&self, name: &str, before: usize) -> Option<&Stage<'a>> {
        self.stages.iter().take(before).rfind(|stage| {
            stage.from.alias.as_deref().is_some_and(|alias| alias.eq_ignore_ascii_case(name))
        })
    }

    /// The stage that `stage` is built on, if it is one of this file.
    pub fn parent(&self, stage: &Stage<'_>) -> Option<&Stage<'a>> {
        self.named(stage.from.image.as_str(), stage.number)
    }

    /// The last stage: what a build without `--target` gives.
    pub fn last(&self) -> Option<&Stage<'a>> {
        self.stages.last()
    }
}

impl Stage<'_> {
    /// Its name in lower case, as BuildKit compares it.
    pub fn name(&self) -> Option<String> {
        self.from.alias.as_deref().map(str::to_lowercase)
    }
}
