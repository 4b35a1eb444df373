//! Variables and platforms in `FROM`.

use std::collections::BTreeSet;

use crate::lint::check::Context;
use crate::lint::finding::{Edit, Finding};
use crate::lint::rule::{
    FROM_PLATFORM_FLAG_CONST_DISALLOWED, INVALID_DEFAULT_ARG_IN_FROM, REDUNDANT_TARGET_PLATFORM,
    UNDEFINED_ARG_IN_FROM,
};
use crate::scope::PLATFORM_ARGUMENTS;
use crate::suggest::closest;
use crate::{Instruction, Span, Stage, Word, image};

pub(crate) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for (stage, _) in context.stages() {
        let Some(argument) = stage.instruction.arguments.first() else { continue };
        undefined(context, &stage.from.image, argument.span, findings);
        invalid_default(context, stage, argument.span, findings);
        let flag = stage.instruction.flag("platform");
        if let (Some(platform), Some(flag)) = (&stage.from.platform, flag) {
            undefined(context, platform, flag.span, findings);
            redundant(context, stage.instruction, platform, flag.span, findings);
            constant(context, stage, platform, flag.span, findings);
        }
    }
}

fn undefined(context: &Context<'_>, word: &Word, span: Span, findings: &mut Vec<Finding>) {
    let Ok(variables) = word.variables(context.file.escape()) else { return };
    let names: BTreeSet<String> = variables.into_iter().map(|variable| variable.name).collect();
    for name in names {
        let predefined = PLATFORM_ARGUMENTS.contains(&name.as_str());
        if predefined || context.global.declares(&name) || name.is_empty() {
            continue;
        }
        let message = format!("no ARG before this FROM declares `{name}`");
        let known = context.global.names().chain(PLATFORM_ARGUMENTS).take(256);
        let finding = Finding::new(&UNDEFINED_ARG_IN_FROM, span, message);
        findings.push(match closest(&name, known) {
            Some(meant) => finding.help(format!("is `{meant}` meant?")),
            None => finding.help(format!(
                "write `ARG {name}=…` above the first FROM; one inside a stage does not count here"
            )),
        });
    }
}

fn invalid_default(
    context: &Context<'_>,
    stage: &Stage<'_>,
    span: Span,
    findings: &mut Vec<Finding>,
) {
    let Ok(expansion) = context.global.expand(&stage.from.image, context.file.escape()) else {
        return;
    };
    // Names given to the platform are not known here.
    let unknown =
        expansion.unmatched.iter().any(|name| PLATFORM_ARGUMENTS.contains(&name.as_str()));
    if unknown || image::is_valid(&expansion.text) {
        return;
    }
    let message = if expansion.text.is_empty() {
        format!("without build arguments `{}` is empty", stage.from.image)
    } else {
        format!("without build arguments this is `{}`, which is no image's name", expansion.text)
    };
    let help = "give the ARG a default, or write one in place: `${NAME:-default}`";
    findings.push(Finding::new(&INVALID_DEFAULT_ARG_IN_FROM, span, message).help(help));
}

fn redundant(
    context: &Context<'_>,
    instruction: &Instruction,
    platform: &Word,
    span: Span,
    findings: &mut Vec<Finding>,
) {
    let text = platform.as_str();
    if !matches!(text, "$TARGETPLATFORM" | "${TARGETPLATFORM}") {
        return;
    }
    let message = format!("`{text}` is the platform that FROM takes anyway");
    let behind = instruction.arguments.first().map_or(span.end, |argument| argument.span.start);
    let mut finding = Finding::new(&REDUNDANT_TARGET_PLATFORM, span, message);
    let between = Span::new(span.start, behind);
    if context.file.lines(between).0 == context.file.lines(between).1
        && instruction.flags.len() == 1
    {
        finding = finding.fix("leave the flag out", vec![Edit::delete(between)]);
    }
    findings.push(finding);
}

fn constant(
    context: &Context<'_>,
    stage: &Stage<'_>,
    platform: &Word,
    span: Span,
    findings: &mut Vec<Finding>,
) {
    let text = platform.as_str();
    let variables = platform.variables(context.file.escape());
    if variables.is_ok_and(|variables| !variables.is_empty()) || text.is_empty() {
        return;
    }
    // A stage named for its platform means it.
    let name = stage.name().unwrap_or_default();
    if text.split('/').take(2).any(|part| !part.is_empty() && name.contains(part)) {
        return;
    }
    let message = format!("this stage is for `{text}` alone, whatever platform is asked for");
    findings.push(
        Finding::new(&FROM_PLATFORM_FLAG_CONST_DISALLOWED, span, message)
            .help("leave the flag out and choose with `docker build --platform`, use `$BUILDPLATFORM`, or name the stage for its platform"),
    );
}
