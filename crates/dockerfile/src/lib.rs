//! The Dockerfile language: parsed without loss, written without mistakes, formatted, linted.
//!
//! Parsing follows BuildKit's own parser (moby/buildkit, `frontend/dockerfile`),
//! down to its oddities, since a Dockerfile means what BuildKit makes of it.
//! Nothing here reads files, prints, or knows of Python.
//!
//! ```
//! use boxwright_dockerfile::{Command, Dockerfile};
//!
//! let text = "FROM python:3.13 AS base\nRUN pip install \\\n    # the server\n    gunicorn\n";
//! let file = Dockerfile::parse(text);
//! assert_eq!(file.to_string(), text);
//! assert!(file.errors().is_empty());
//!
//! let run = file.instructions().nth(1).and_then(|run| run.command.as_ref());
//! let Some(Command::Run(run)) = run else { unreachable!() };
//! assert_eq!(run.command.as_shell(), Some("pip install     gunicorn"));
//! ```

mod error;
mod format;
mod image;
mod lint;
mod logical;
mod model;
mod parse;
mod scope;
mod shell;
mod span;
mod stages;
mod suggest;
mod syntax;
mod word;
mod write;

pub use error::{Phase, SyntaxError, SyntaxErrorKind};
pub use format::format;
pub use lint::{
    Date, Edit, Fact, Finding, Fix, Fixed, Label, LintInput, Origin, ProjectFacts, RULES, Rule,
    RuleSet, Severity, Style, fix, lint, render, to_json, to_sarif,
};
pub use model::{
    AddFiles, Argument, Command, CommandLine, CopyFiles, CopySource, FromImage, Healthcheck,
    Heredoc, Keyword, Mount, MountError, MountKind, Network, Pair, Probe, Run, Security, Sharing,
    ShellText, parse_duration,
};
pub use scope::Scope;
pub use span::{LineIndex, Position, Span, Spanned};
pub use stages::{Stage, Stages};
pub use syntax::{Comment, Directive, Dockerfile, Flag, Form, InlineDocument, Instruction, Item};
pub use word::{Escape, Expansion, Modifier, Part, Variable, Word, WordError, WordErrorKind};
pub use write::{BuildError, Builder, Dialect, Feature};
