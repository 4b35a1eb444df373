//! Layers that hold the same files twice.

use std::collections::BTreeMap;

use crate::lint::check::Context;
use crate::lint::finding::Finding;
use crate::lint::rule::CHOWN_DUPLICATES_LAYER;
use crate::lint::script::scripts;
use crate::model::{Command, CopySource};
use crate::{Escape, Instruction, Scope, Span, Word};

pub(crate) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut at_end: BTreeMap<usize, String> = BTreeMap::new();
    let mut state = State::default();
    let mut current = None;
    context.walk(&mut |stage, one, scope| {
        if current != Some(stage.number) {
            current = Some(stage.number);
            let parent = context.known[stage.number].parent;
            let directory = parent.and_then(|parent| at_end.get(&parent)).cloned();
            state = State {
                directory: directory.unwrap_or_else(|| "/".to_owned()),
                ..State::default()
            };
        }
        match one {
            None => {
                at_end.insert(stage.number, state.directory.clone());
            }
            Some(one) => state.visit(context.file.escape(), one, scope, findings),
        }
    });
}

/// Whether there is more than a few named files, such as `requirements.txt`.
fn weighs(sources: &[CopySource]) -> bool {
    sources.iter().any(|source| match source {
        CopySource::Heredoc(_) => false,
        CopySource::Path(path) => {
            let name = path.as_str().rsplit('/').next().unwrap_or_default();
            let file = name.rfind('.').is_some_and(|dot| dot > 0 && dot + 1 < name.len());
            !file || name.contains(['*', '?', '['])
        }
    })
}

/// What is known on the way through a stage.
#[derive(Default)]
struct State {
    /// The working directory.
    directory: String,
    /// Where files were copied to without an owner, and by which instruction.
    copied: BTreeMap<String, Span>,
}

impl State {
    fn visit(
        &mut self,
        escape: Escape,
        one: &Instruction,
        scope: &Scope,
        findings: &mut Vec<Finding>,
    ) {
        match &one.command {
            Some(Command::Workdir(path)) => {
                if let Some(path) = self.resolve(path, escape, scope) {
                    self.directory = path;
                }
            }
            Some(Command::Copy(copy)) if copy.chown.is_none() && weighs(&copy.sources) => {
                self.copied_to(&copy.destination, escape, one, scope);
            }
            Some(Command::Add(add)) if add.chown.is_none() && weighs(&add.sources) => {
                self.copied_to(&add.destination, escape, one, scope);
            }
            Some(Command::Run(_)) => self.run(one, scope, findings),
            _ => {}
        }
    }

    fn copied_to(&mut self, path: &Word, escape: Escape, one: &Instruction, scope: &Scope) {
        if let Some(path) = self.resolve(path, escape, scope) {
            self.copied.entry(path).or_insert(one.code);
        }
    }

    fn run(&mut self, one: &Instruction, scope: &Scope, findings: &mut Vec<Finding>) {
        for script in scripts(one) {
            for command in &script.commands {
                let [program, words @ ..] = command.words.as_slice() else { continue };
                let flag = |word: &str| {
                    word == "--recursive"
                        || (word.starts_with('-') && !word.starts_with("--") && word.contains('R'))
                };
                let recursive = words.iter().any(|word| flag(&word.text));
                if !program.text.ends_with("chown") || !recursive {
                    continue;
                }
                let operands = words.iter().filter(|word| !word.text.starts_with('-'));
                for word in operands.skip(1) {
                    let path =
                        self.resolve(&Word::raw(word.text.clone()), Escape::Backslash, scope);
                    let Some(copied) = path.and_then(|path| self.first_below(&path)) else {
                        continue;
                    };
                    let span = script.span(program.range.start..word.range.end);
                    let message = "every file copied before is stored again in this layer";
                    findings.push(
                        Finding::new(&CHOWN_DUPLICATES_LAYER, span, message)
                            .label(copied, "copied here")
                            .help("set the owner when it is copied: `COPY --chown=user:group …`"),
                    );
                    break;
                }
            }
        }
    }

    /// The first copy that put something at or below `directory`.
    fn first_below(&self, directory: &str) -> Option<Span> {
        if directory == "/" {
            return self.copied.values().next().copied();
        }
        let below = format!("{directory}/");
        let inside = self.copied.range(below.clone()..).next();
        let inside = inside.filter(|(path, _)| path.starts_with(&below));
        self.copied.get(directory).or(inside.map(|(_, span)| span)).copied()
    }

    /// The absolute path; `None` where a variable is not known.
    fn resolve(&self, path: &Word, escape: Escape, scope: &Scope) -> Option<String> {
        let expansion = scope.expand(path, escape).ok()?;
        if !expansion.unmatched.is_empty() || expansion.text.is_empty() {
            return None;
        }
        let joined = if expansion.text.starts_with('/') {
            expansion.text
        } else {
            format!("{}/{}", self.directory, expansion.text)
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in joined.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        Some(format!("/{}", parts.join("/")))
    }
}
