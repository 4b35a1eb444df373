//! Comments that `docker build --call=outline` shows.

use crate::lint::check::Context;
use crate::lint::finding::Finding;
use crate::lint::rule::INVALID_DEFINITION_DESCRIPTION;
use crate::model::Command;
use crate::{Instruction, Item, Spanned};

pub(crate) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut above: Option<&Spanned<String>> = None;
    for item in context.file.items() {
        match item {
            Item::Comment(comment) if comment.text.value.is_empty() => above = None,
            Item::Comment(comment) => above = Some(&comment.text),
            Item::Blank(_) | Item::Directive(_) => above = None,
            Item::Instruction(one) => {
                if let Some(comment) = above.take() {
                    describe(one, comment, findings);
                }
            }
        }
    }
}

fn describe(one: &Instruction, comment: &Spanned<String>, findings: &mut Vec<Finding>) {
    let (what, names): (_, Vec<String>) = match &one.command {
        Some(Command::From(from)) => {
            ("stage", from.alias.iter().map(|alias| alias.to_lowercase()).collect())
        }
        Some(Command::Arg(list)) => ("ARG", list.iter().map(|one| one.name.clone()).collect()),
        _ => return,
    };
    let first = comment.value.split(' ').next().unwrap_or_default();
    // What speaks to a linter describes nothing.
    let directive = first.starts_with("check=") || first == "boxwright:" || first == "hadolint";
    if names.is_empty() || directive || names.iter().any(|name| name == first) {
        return;
    }
    let message = format!(
        "this comment is taken for the description of the {what}, and does not start with its name"
    );
    findings.push(
        Finding::new(&INVALID_DEFINITION_DESCRIPTION, comment.span, message)
            .label(one.keyword.span, format!("describes this {what}"))
            .help(format!("write `# {} …`, or leave a blank line below the comment", names[0])),
    );
}
