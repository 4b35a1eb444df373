//! The shell text of a `RUN`, wherever it stands.

use std::ops::Range;

use crate::model::{Command, CommandLine, Run};
use crate::shell::{self, ShellCommand};
use crate::{Instruction, Span};

/// Commands, and the way back to where they stand.
pub(crate) struct Script<'a> {
    pub(crate) commands: Vec<ShellCommand>,
    pub(crate) run: &'a Run,
    one: &'a Instruction,
    /// Where the text starts in the file, if it is that of an inline document.
    document: Option<usize>,
}

impl Script<'_> {
    /// Where bytes of the script stand in the file.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        match self.document {
            Some(start) => Span::new(start + range.start, start + range.end),
            None => self.one.span_in_arguments(range),
        }
    }
}

/// The scripts of `one`: the text behind `RUN`, and inline documents that a shell runs.
pub(crate) fn scripts(one: &Instruction) -> Vec<Script<'_>> {
    let Some(Command::Run(run)) = &one.command else { return Vec::new() };
    let CommandLine::Shell(text) = &run.command else { return Vec::new() };
    let commands = shell::commands(text.as_str());
    let runs_documents = commands.iter().all(|command| {
        command.words.first().is_none_or(|word| {
            matches!(word.text.rsplit('/').next(), Some("sh" | "bash" | "dash" | "ash"))
        })
    });
    let mut scripts = vec![Script { commands, run, one, document: None }];
    if runs_documents {
        for document in &one.heredocs {
            let text = &document.heredoc.content;
            let foreign = text
                .lines()
                .next()
                .is_some_and(|first| first.starts_with("#!") && !first.trim_end().ends_with("sh"));
            if !foreign {
                let commands = shell::commands(text);
                scripts.push(Script { commands, run, one, document: Some(document.content.start) });
            }
        }
    }
    scripts
}
