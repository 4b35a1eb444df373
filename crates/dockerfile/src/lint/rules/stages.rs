//! The names of stages.

use std::collections::BTreeMap;

use crate::lint::check::Context;
use crate::lint::finding::{Edit, Finding};
use crate::lint::rule::{
    DUPLICATE_STAGE_NAME, FROM_AS_CASING, RESERVED_STAGE_NAME, STAGE_NAME_CASING,
};

pub(crate) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut seen = BTreeMap::new();
    for (stage, _) in context.stages() {
        let [_, word, name] = stage.instruction.arguments.as_slice() else { continue };
        let lower = name.value.to_lowercase();
        if lower != name.value {
            let message = format!("the stage's name `{}` has capitals", name.value);
            findings.push(
                Finding::new(&STAGE_NAME_CASING, name.span, message)
                    .help("names of stages compare without case, so nothing else has to change")
                    .fix(format!("write `{lower}`"), vec![Edit::replace(name.span, lower.clone())]),
            );
        }
        from_as(&stage.instruction.keyword, word, findings);
        if matches!(lower.as_str(), "scratch" | "context") {
            let message = format!("`{lower}` already means something and cannot name a stage");
            findings.push(Finding::new(&RESERVED_STAGE_NAME, name.span, message));
        }
        if let Some(first) = seen.insert(lower.clone(), name.span) {
            let message = format!("a stage named `{lower}` exists already");
            findings.push(
                Finding::new(&DUPLICATE_STAGE_NAME, name.span, message)
                    .label(first, "the first one")
                    .help("what names it below means the last one; give each a name of its own"),
            );
        }
    }
}

fn from_as(
    from: &crate::Spanned<String>,
    word: &crate::Spanned<String>,
    findings: &mut Vec<Finding>,
) {
    let right = match from.value.as_str() {
        text if text == text.to_lowercase() => word.value.to_lowercase(),
        text if text == text.to_uppercase() => word.value.to_uppercase(),
        // The case of `From` itself is another rule's.
        _ => return,
    };
    if right != word.value {
        let message = format!("`{}` is not written as `{}` is", word.value, from.value);
        findings.push(
            Finding::new(&FROM_AS_CASING, word.span, message)
                .label(from.span, "written like this")
                .fix(format!("write `{right}`"), vec![Edit::replace(word.span, right)]),
        );
    }
}
