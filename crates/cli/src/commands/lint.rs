//! `boxwright lint`: mistakes in a Dockerfile, and those between it and its project.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::Result;
use boxwright_context::{Dialect, IgnoreFile, Matcher};
use boxwright_dockerfile::{
    Date, Dockerfile, Finding, LintInput, ProjectFacts, RULES, Rule, Severity, Style, fix, lint,
    render, to_json, to_sarif,
};
use boxwright_plan::lint_facts;
use clap::Args;

use crate::config::Environment;
use crate::output::{count, note, print, read, write};
use crate::project::{ProjectArgs, ScannedProject};

/// Where the pages about rules are found.
const PAGES: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/");

/// The arguments of `boxwright lint`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Rules that compare the Dockerfile with the project (port, address, debug server) read the
project's sources by their syntax; where these cannot be understood, such rules stay silent.

Comments switch rules off as well: `# boxwright: allow=RULE` above an instruction,
`# boxwright: allow-file=RULE` for the file, and BuildKit's `# check=skip=RULE`.

Exit code: 0 no errors; 1 errors, or failed; 2 wrong arguments.")]
#[expect(clippy::struct_excessive_bools, reason = "they are flags, one each")]
pub struct LintArgs {
    /// The Dockerfile.
    #[arg(default_value = "Dockerfile", value_name = "FILE")]
    pub file: PathBuf,

    /// The build context [default: the Dockerfile's directory].
    #[arg(long, value_name = "DIR")]
    pub context: Option<PathBuf>,

    /// Switch a rule off. May be repeated.
    #[arg(long, value_name = "RULE")]
    pub allow: Vec<RuleArg>,

    /// Make a rule's findings errors; `warnings` for all that are warnings. May be repeated.
    #[arg(long, value_name = "RULE")]
    pub deny: Vec<DenyArg>,

    /// Make the changes that are safe, in the file, and report what is left.
    #[arg(long)]
    pub fix: bool,

    /// Print findings as JSON.
    #[arg(long, group = "form")]
    pub json: bool,

    /// Print findings as SARIF, for code scanning services.
    #[arg(long, group = "form")]
    pub sarif: bool,

    /// List all rules.
    #[arg(long, group = "form", conflicts_with = "fix")]
    pub list: bool,
}

/// A rule by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleArg(&'static Rule);

impl FromStr for RuleArg {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let unknown = || format!("there is no rule `{name}`: `boxwright lint --list` lists all");
        Rule::named(name).map(Self).ok_or_else(unknown)
    }
}

/// `--deny`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenyArg {
    /// Whatever is a warning.
    Warnings,
    /// One rule.
    Rule(RuleArg),
}

impl FromStr for DenyArg {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name == "warnings" { Ok(Self::Warnings) } else { name.parse().map(Self::Rule) }
    }
}

/// Runs `boxwright lint`.
pub(crate) fn run(args: &LintArgs, environment: &Environment) -> Result<ExitCode> {
    if args.list {
        print(&list())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut file = Dockerfile::parse(&read(&args.file)?);
    let linter = Linter::new(args, environment)?;
    let mut findings = linter.findings(&file);
    if args.fix {
        (file, findings) = linter.fix(file, findings)?;
    }
    show(args, &file, &findings)?;
    let has_errors = findings.iter().any(|finding| finding.severity == Severity::Error);
    Ok(if has_errors { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// All rules, a line each.
fn list() -> String {
    let line = |rule: &&Rule| {
        let off = if rule.experimental { " (off unless asked for)" } else { "" };
        let severity = severity(rule.severity);
        format!("{:<32} {severity:<8} {}{off}\n", rule.name, rule.summary)
    };
    RULES.iter().map(line).collect()
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// A file under the eyes of the rules, with what they know of the project.
struct Linter<'a> {
    args: &'a LintArgs,
    facts: ProjectFacts,
    ignores: Option<Matcher>,
    today: Date,
}

impl<'a> Linter<'a> {
    fn new(args: &'a LintArgs, environment: &Environment) -> Result<Self> {
        let parent = args.file.parent().filter(|parent| !parent.as_os_str().is_empty());
        let context = args.context.as_deref().or(parent).unwrap_or(Path::new("."));
        let dockerfile = args.file.strip_prefix(context).unwrap_or(&args.file);
        let ignore = IgnoreFile::find(context, dockerfile)?;
        let matcher = Matcher::new(&ignore.file, Dialect::Current)?;
        let has_ignore_file = ignore.path.is_some();
        Ok(Self {
            args,
            facts: facts(context, has_ignore_file),
            ignores: has_ignore_file.then_some(matcher),
            today: date(environment.now),
        })
    }

    fn findings(&self, file: &Dockerfile) -> Vec<Finding> {
        let ignores = |path: &str| {
            // A path that no pattern can be tried on is reported by whoever builds.
            self.ignores.as_ref().is_some_and(|it| it.matches(path.as_bytes()).unwrap_or(false))
        };
        let input = LintInput {
            facts: Some(&self.facts),
            ignores: self.ignores.is_some().then_some(&ignores as &dyn Fn(&str) -> bool),
            today: Some(self.today),
            experimental: false,
        };
        let mut findings = lint(file, &input);
        findings.retain(|finding| !self.args.allow.contains(&RuleArg(finding.rule)));
        for finding in &mut findings {
            finding.severity = self.severity(finding);
        }
        findings
    }

    fn severity(&self, finding: &Finding) -> Severity {
        let denied = self.args.deny.iter().any(|deny| match deny {
            DenyArg::Warnings => finding.severity == Severity::Warning,
            DenyArg::Rule(rule) => rule.0 == finding.rule,
        });
        if denied { Severity::Error } else { finding.severity }
    }

    /// Makes the safe fixes, again and again where one is in the way of another.
    fn fix(
        &self,
        mut file: Dockerfile,
        mut findings: Vec<Finding>,
    ) -> Result<(Dockerfile, Vec<Finding>)> {
        let before = file.text().to_owned();
        let mut fixed = 0;
        // Two fixes that undo each other would be a mistake of ours; it must not hang.
        for _ in 0..16 {
            let made = fix(&file, &findings);
            if made.count == 0 || made.text == file.text() {
                break;
            }
            fixed += made.count;
            file = Dockerfile::parse(&made.text);
            findings = self.findings(&file);
        }
        if file.text() != before {
            write(&self.args.file, file.text().as_bytes())?;
            note(&format!("{} in `{}`", count(fixed, "change"), self.args.file.display()));
        }
        Ok((file, findings))
    }
}

/// What the project says, as far as it is understood.
fn facts(context: &Path, has_ignore_file: bool) -> ProjectFacts {
    let scanned = ScannedProject::scan(context, &ProjectArgs::default(), None);
    let project = scanned.and_then(|scanned| scanned.detect());
    match project {
        Ok(project) => lint_facts(&project, has_ignore_file),
        Err(error) => {
            note(&format!(
                "rules about the project are silent, since it is not understood: {error}"
            ));
            ProjectFacts { has_ignore_file: Some(has_ignore_file), ..ProjectFacts::default() }
        }
    }
}

fn show(args: &LintArgs, file: &Dockerfile, findings: &[Finding]) -> Result<()> {
    let path = args.file.display().to_string();
    if args.json {
        return print(&to_json(file, &path, findings));
    }
    if args.sarif {
        return print(&to_sarif(file, &path, findings, env!("CARGO_PKG_VERSION"), PAGES));
    }
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let style = if colour { Style::Colour } else { Style::Plain };
    print(&render(file, &path, findings, style))?;
    print(&summary(&path, findings))
}

fn summary(path: &str, findings: &[Finding]) -> String {
    let number = |level| findings.iter().filter(|finding| finding.severity == level).count();
    let parts =
        [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
    let parts: Vec<_> = parts
        .into_iter()
        .map(|(level, noun)| (number(level), noun))
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| count(number, noun))
        .collect();
    if parts.is_empty() {
        format!("{path}: nothing found\n")
    } else {
        format!("{path}: {}\n", parts.join(", "))
    }
}

/// The day of a time in seconds since 1970, after Howard Hinnant's `civil_from_days`.
fn date(seconds: u64) -> Date {
    let days = seconds / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    let small = |number: u64| u8::try_from(number).unwrap_or(u8::MAX);
    Date {
        year: u16::try_from(year).unwrap_or(u16::MAX),
        month: small(month),
        day: small(day_of_month),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_735_689_599, "2024-12-31"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(date(seconds).to_string(), day);
        }
    }

    #[test]
    fn rules_are_known_by_name() {
        assert_eq!("stage-name-casing".parse::<RuleArg>(), "StageNameCasing".parse());
        assert!("nope".parse::<RuleArg>().unwrap_err().contains("--list"));
        assert_eq!("warnings".parse(), Ok(DenyArg::Warnings));
    }
}
