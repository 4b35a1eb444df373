//! Comments that silence rules: BuildKit's `# check=…`, and our `# boxwright: allow=…`.

use std::collections::BTreeSet;

use super::finding::{Finding, Severity};
use super::rule::{Rule, RuleSet, UNKNOWN_RULE};
use crate::{Dockerfile, Item, Span, Spanned};

/// Which findings are to be shown.
#[derive(Debug, Default)]
pub(crate) struct Suppressions {
    /// For the whole file.
    file: Options,
    /// For one instruction each, in the order of the text.
    scopes: Vec<(Span, Options)>,
}

/// What comments ask for.
#[derive(Debug, Default)]
struct Options {
    skip: BTreeSet<&'static str>,
    skip_buildkit: bool,
    experimental: BTreeSet<&'static str>,
    experimental_all: bool,
    error: bool,
}

impl Options {
    fn skips(&self, rule: &Rule) -> bool {
        // BuildKit's experimental rules are asked for, never skipped; ours can allow anything.
        self.skip.contains(rule.name)
            || (self.skip_buildkit && rule.set == RuleSet::BuildKit && !rule.experimental)
    }

    fn asks_for(&self, rule: &Rule) -> bool {
        self.experimental_all || self.experimental.contains(rule.name)
    }
}

impl Suppressions {
    /// Reads the comments of `file`; those that name no rule become findings.
    pub(crate) fn of(file: &Dockerfile, experimental: bool, findings: &mut Vec<Finding>) -> Self {
        let mut this = Self::default();
        this.file.experimental_all = experimental;
        for directive in file.directives().filter(|directive| directive.name.value == "check") {
            check_options(&directive.value, &mut this.file, findings);
        }
        let mut pending: Vec<&Spanned<String>> = Vec::new();
        for item in file.items() {
            match item {
                Item::Comment(comment) => pending.push(&comment.text),
                // A blank line ends a comment about an instruction, but not what it allows.
                Item::Blank(_) | Item::Directive(_) => {}
                Item::Instruction(instruction) => {
                    let inner: Vec<Spanned<String>> = instruction
                        .inner_comments
                        .iter()
                        .map(|span| {
                            let text = file.slice(*span).trim().trim_start_matches('#').trim();
                            Spanned::new(text.to_owned(), *span)
                        })
                        .collect();
                    let mut options = Options::default();
                    for comment in pending.drain(..).chain(&inner) {
                        this.comment(comment, &mut options, findings);
                    }
                    this.scopes.push((instruction.span, options));
                }
            }
        }
        let mut nowhere = Options::default();
        for comment in pending {
            this.comment(comment, &mut nowhere, findings);
        }
        this
    }

    fn comment(
        &mut self,
        comment: &Spanned<String>,
        options: &mut Options,
        findings: &mut Vec<Finding>,
    ) {
        if let Some(value) = comment.value.strip_prefix("check=") {
            // As in BuildKit, what stands behind a space is not read.
            let value = value.split(' ').next().unwrap_or_default();
            check_options(&Spanned::new(value.to_owned(), comment.span), options, findings);
        }
        let Some(ours) = comment.value.strip_prefix("boxwright:").map(str::trim_start) else {
            return;
        };
        let (target, names) = match ours.split_once('=') {
            Some(("allow", names)) => (options, names),
            Some(("allow-file", names)) => (&mut self.file, names),
            _ => {
                let message = format!("`boxwright: {ours}` says nothing that is understood");
                let help = "write `# boxwright: allow=RULE` or `# boxwright: allow-file=RULE`";
                findings.push(Finding::new(&UNKNOWN_RULE, comment.span, message).help(help));
                return;
            }
        };
        // What stands behind a space is a reason.
        let names = names.split_whitespace().next().unwrap_or_default();
        target.skip.extend(known(names, comment.span, findings));
    }

    /// Whether `finding` is to be shown.
    pub(crate) fn shows(&self, finding: &Finding) -> bool {
        let rule = finding.rule;
        let local = self.options_at(finding.span.start);
        if self.file.skips(rule) || local.is_some_and(|local| local.skips(rule)) {
            return false;
        }
        !rule.experimental
            || self.file.asks_for(rule)
            || local.is_some_and(|local| local.asks_for(rule))
    }

    /// How bad it is: the file may ask for BuildKit's rules to be errors.
    pub(crate) fn severity(&self, finding: &Finding) -> Severity {
        if self.file.error && finding.rule.set == RuleSet::BuildKit {
            Severity::Error
        } else {
            finding.severity
        }
    }

    fn options_at(&self, offset: usize) -> Option<&Options> {
        let next = self.scopes.partition_point(|(span, _)| span.start <= offset);
        let (span, options) = self.scopes.get(next.checked_sub(1)?)?;
        span.contains(offset).then_some(options)
    }
}

/// `skip=A,B;error=true;experimental=all`
fn check_options(value: &Spanned<String>, options: &mut Options, findings: &mut Vec<Finding>) {
    for part in value.value.split(';') {
        match part.split_once('=').map(|(key, names)| (key.trim(), names.trim())) {
            Some(("skip", "all")) => options.skip_buildkit = true,
            Some(("skip", names)) => options.skip.extend(known(names, value.span, findings)),
            Some(("experimental", "all")) => options.experimental_all = true,
            Some(("experimental", names)) => {
                options.experimental.extend(known(names, value.span, findings));
            }
            Some(("error", flag)) => {
                options.error = matches!(flag, "1" | "t" | "T" | "true" | "TRUE" | "True");
            }
            _ if part.trim().is_empty() => {}
            _ => {
                let message = format!("`{part}` is no option of `check`");
                let help = "there are `skip=`, `experimental=` and `error=`, with `;` between them";
                findings.push(Finding::new(&UNKNOWN_RULE, value.span, message).help(help));
            }
        }
    }
}

/// The rules in `names`, between commas; those that do not exist become findings.
fn known(names: &str, span: Span, findings: &mut Vec<Finding>) -> Vec<&'static str> {
    let mut known = Vec::new();
    for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match Rule::named(name) {
            Some(rule) => known.push(rule.name),
            // A check that needs the base image itself, so that only a build can make it.
            None if name == "InvalidBaseImagePlatform" => {}
            None => {
                let names = super::RULES.iter().map(|rule| rule.name);
                let finding =
                    Finding::new(&UNKNOWN_RULE, span, format!("there is no rule `{name}`"));
                findings.push(match crate::suggest::closest(name, names) {
                    Some(meant) => finding.help(format!("is `{meant}` meant?")),
                    None => finding.help("the rules are listed in docs/lint/README.md"),
                });
            }
        }
    }
    known
}
