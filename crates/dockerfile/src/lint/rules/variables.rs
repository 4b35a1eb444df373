//! Variables that nothing declares, and words that cannot be expanded.

use std::ops::Range;

use crate::lint::check::{Context, Known};
use crate::lint::finding::Finding;
use crate::lint::rule::{SYNTAX_ERROR, UNDEFINED_VAR};
use crate::model::Keyword;
use crate::scope::PLATFORM_ARGUMENTS;
use crate::suggest::closest;
use crate::{Instruction, Scope, Span, Word};

/// What the official Python images set.
const PYTHON: [&str; 9] = [
    "PATH",
    "LANG",
    "GPG_KEY",
    "PYTHON_VERSION",
    "PYTHON_SHA256",
    "PYTHON_PIP_VERSION",
    "PYTHON_SETUPTOOLS_VERSION",
    "PYTHON_GET_PIP_URL",
    "PYTHON_GET_PIP_SHA256",
];

pub(crate) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    context.walk(&mut |stage, one, scope| {
        let Some(one) = one else { return };
        let known = &context.known[stage.number];
        for (word, place) in words(one) {
            let variables = match word.variables(context.file.escape()) {
                Ok(variables) => variables,
                Err(error) => {
                    let span = place.span(one, 0..word.as_str().len());
                    findings.push(
                        Finding::new(&SYNTAX_ERROR, span, error.to_string())
                            .help("the file is read, but the build stops here"),
                    );
                    continue;
                }
            };
            for variable in variables {
                if let Some(finding) = undefined(&variable.name, known, scope) {
                    findings.push(Finding { span: place.span(one, variable.range), ..finding });
                }
            }
        }
    });
}

/// Where a word stands.
#[derive(Clone, Copy)]
enum Place {
    /// In the argument of this index, from this offset on.
    Argument(usize, usize),
    /// Somewhere in this span.
    Whole(Span),
}

impl Place {
    /// Where bytes of the word stand in the file.
    fn span(self, one: &Instruction, range: Range<usize>) -> Span {
        match self {
            Self::Argument(index, start) => {
                one.span_in_argument(index, start + range.start..start + range.end)
            }
            Self::Whole(span) => span,
        }
    }
}

/// The words of `one` that are expanded, and where they stand.
fn words(one: &Instruction) -> Vec<(Word, Place)> {
    let Some(kind) = one.kind.filter(|_| one.command.is_some()) else { return Vec::new() };
    let mut words = Vec::new();
    match kind {
        Keyword::Env
        | Keyword::Label
        | Keyword::Copy
        | Keyword::Add
        | Keyword::Workdir
        | Keyword::User
        | Keyword::Volume
        | Keyword::StopSignal => {
            for (index, argument) in one.arguments.iter().enumerate() {
                words.push((Word::raw(argument.value.clone()), Place::Argument(index, 0)));
            }
        }
        Keyword::Arg => {
            for (index, argument) in one.arguments.iter().enumerate() {
                if let Some(sign) = argument.find('=') {
                    let default = Word::raw(&argument[sign + 1..]);
                    words.push((default, Place::Argument(index, sign + 1)));
                }
            }
        }
        _ => {}
    }
    if matches!(kind, Keyword::Copy | Keyword::Add | Keyword::Run) {
        for flag in &one.flags {
            let expanded = matches!(flag.name.as_str(), "chown" | "chmod" | "checksum" | "mount");
            if let (true, Some(value)) = (expanded, &flag.value) {
                words.push((Word::raw(value.clone()), Place::Whole(flag.span)));
            }
        }
    }
    words
}

fn undefined(name: &str, known: &Known, scope: &Scope) -> Option<Finding> {
    let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if !is_name || scope.declares(name) {
        return None;
    }
    let from_base = base_variables(known);
    if from_base.is_some_and(|names| names.contains(&name)) {
        return None;
    }
    let meant = closest(name, scope.names().take(256));
    // What an image sets that is not known here cannot be told from what nothing sets.
    if from_base.is_none() && meant.is_none() {
        return None;
    }
    let message = format!("nothing above declares `${name}`");
    let finding = Finding::new(&UNDEFINED_VAR, Span::default(), message);
    Some(match meant {
        Some(meant) => finding.help(format!("is `${meant}` meant?")),
        None if PLATFORM_ARGUMENTS.contains(&name) => {
            finding.help(format!("write `ARG {name}` in this stage first"))
        }
        None => finding.help("it expands to nothing; declare it with ARG or ENV in this stage"),
    })
}

/// The variables of a base image that is well known; `None` where it is not.
fn base_variables(known: &Known) -> Option<&'static [&'static str]> {
    let image = known.root_image()?;
    if !image.is_official() {
        return None;
    }
    match image.last() {
        "python" => Some(&PYTHON),
        "alpine" | "debian" | "ubuntu" | "scratch" => Some(&PYTHON[..1]),
        _ => None,
    }
}
