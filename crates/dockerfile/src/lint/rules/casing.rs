//! How instructions are written.

use crate::Span;
use crate::lint::check::Context;
use crate::lint::finding::{Edit, Finding};
use crate::lint::rule::{CONSISTENT_INSTRUCTION_CASING, NO_EMPTY_CONTINUATION};
use crate::model::Keyword;

pub(crate) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    instruction_casing(context, findings);
    empty_continuation(context, findings);
}

/// Counted, as in BuildKit, over instructions in stages.
fn instruction_casing(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let in_stages = || {
        context
            .file
            .instructions()
            .skip_while(|one| one.kind != Some(Keyword::From))
            .filter(|one| one.kind.is_some())
    };
    let is_lower = |word: &str| word == word.to_lowercase();
    let is_upper = |word: &str| word == word.to_uppercase();
    let lower = in_stages().filter(|one| is_lower(&one.keyword)).count();
    let upper = in_stages().filter(|one| is_upper(&one.keyword)).count();
    let majority_lower = lower > upper;
    for one in in_stages() {
        let word = &one.keyword.value;
        let (right, name) = if majority_lower {
            (word.to_lowercase(), "lower case")
        } else {
            (word.to_uppercase(), "capitals")
        };
        if right != *word {
            let message = format!("`{word}` is not written in {name} as the others are");
            findings.push(
                Finding::new(&CONSISTENT_INSTRUCTION_CASING, one.keyword.span, message)
                    .fix(format!("write `{right}`"), vec![Edit::replace(one.keyword.span, right)]),
            );
        }
    }
}

fn empty_continuation(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for one in context.file.instructions() {
        let Some(first) = one.inner_blanks.first() else { continue };
        let message = "an empty line stands inside this instruction";
        let edits = one.inner_blanks.iter().map(|span| Edit::delete(*span)).collect();
        findings.push(
            Finding::new(&NO_EMPTY_CONTINUATION, Span::new(first.start, first.start), message)
                .label(one.keyword.span, "the instruction starts here")
                .help("BuildKit will refuse it one day; remove the line, or put a comment on it")
                .fix("remove the empty lines", edits),
        );
    }
}
