//! `.dockerignore`: answers of moby's own code, and what real builders took in.

mod data;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use boxwright_context::{Dialect, IgnoreFile, MatchKind, Matcher};

use self::data::{Answer, Case, CompileCase, ReaderCase, Recorded, read_lines};
use self::tree::{Seen, Tree};
use super::{Outcome, Suite};

/// All cases in `dockerignore/`.
pub(crate) const SUITE: Suite = Suite { folder: "dockerignore", run };

const UTF_16: &str = "Docker reads UTF-16 as patterns that match nothing, and publishes everything; \
     we refuse the file and say so";
const SPECIAL_FILE: &str = "a named pipe cannot be part of an image that is assembled from files; \
     the scan warns about it and leaves it out";
const CLASSIC_FILE: &str = "the classic client reads `.dockerignore` only, follows it out of the \
     context, and always sends the Dockerfile; its dialect is about patterns, not about that";

/// The builders whose answers `contexts.jsonl` holds, and how we reproduce each.
const BUILDERS: [(&str, Dialect); 4] = [
    (BUILDKIT_HEAD, Dialect::Current),
    ("buildkit-20.10", Dialect::Engine20BuildKit),
    ("legacy-20.10", Dialect::Engine20Classic),
    ("legacy-28.2", Dialect::CurrentClassic),
];
const BUILDKIT_HEAD: &str = "buildkit-head";

fn run(folder: &Path) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let contexts: Vec<Recorded> = read_lines(&folder.join("contexts.jsonl"))?;
    cases(&read_lines(&folder.join("cases.jsonl"))?, &contexts, &mut outcome)?;
    for context in &contexts {
        whole_context(context, &mut outcome)
            .with_context(|| format!("in the context {}", context.id))?;
    }
    reader(&read_lines(&folder.join("reader.jsonl"))?, &mut outcome)?;
    compiled(&read_lines(&folder.join("compile.jsonl"))?, &mut outcome);
    Ok(outcome)
}

impl Outcome {
    fn record(&mut self, name: impl FnOnce() -> String, difference: Option<String>) {
        match difference {
            None => self.passed += 1,
            Some(difference) => self.failures.push(format!("{}: {difference}", name())),
        }
    }

    fn except(&mut self, name: String, reason: &'static str) {
        self.passed += 1;
        self.exceptions.push((name, reason));
    }
}

/// Single questions. Those to real builders are asked of a whole tree, since it
/// depends on what is in a directory whether it is included.
fn cases(cases: &[Case], contexts: &[Recorded], outcome: &mut Outcome) -> anyhow::Result<()> {
    let mut on_engines: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    for case in cases {
        match case.stage.as_str() {
            "engine" => on_engines.entry(&case.source).or_default().push(case),
            "matcher" | "lines" => outcome.record(|| case.name(), asked_directly(case)),
            stage => anyhow::bail!("a case of an unknown stage `{stage}`: {}", case.name()),
        }
    }
    for (source, cases) in on_engines {
        let known = contexts.iter().find(|context| source.contains(&format!(" {}: ", context.id)));
        let tree = known.map_or_else(|| Tree::of_cases(&cases), Tree::of_context)?;
        let seen = tree.scan(Dialect::Current);
        for case in cases {
            match in_tree(case, &seen) {
                Ok(()) => outcome.passed += 1,
                Err(_) if case.kind.as_deref() == Some("fifo") && seen.is_special(&case.path) => {
                    outcome.except(case.name(), SPECIAL_FILE);
                }
                Err(difference) => outcome.failures.push(format!("{}: {difference}", case.name())),
            }
        }
    }
    Ok(())
}

fn asked_directly(case: &Case) -> Option<String> {
    let answer = || {
        let patterns = case.patterns.iter().map(String::as_bytes);
        let ignore = if case.stage == "lines" {
            IgnoreFile::parse(case.patterns.join("\n"), "ignore")?
        } else {
            IgnoreFile::from_patterns("ignore", patterns)
        };
        Matcher::new(&ignore, Dialect::CurrentClassic)?.matches(case.path.as_bytes())
    };
    match (answer(), &case.error) {
        (Err(_), Some(_)) => None,
        (Ok(excluded), None) if Some(excluded) == case.excluded => None,
        (Ok(excluded), Some(error)) => Some(format!("expected `{error}`, got {excluded}")),
        (Ok(excluded), None) => Some(format!("excluded is {excluded}")),
        (Err(error), None) => Some(format!("expected {:?}, got `{error}`", case.excluded)),
    }
}

fn in_tree(case: &Case, seen: &Seen) -> Result<(), String> {
    match (seen, case.expected()) {
        (Seen::Error(_), None) => Ok(()),
        (Seen::Error(error), Some(_)) => Err(format!("unexpected error `{error}`")),
        (Seen::Paths { .. }, None) => Err("an error was expected".to_owned()),
        (Seen::Paths { included, .. }, Some(expected)) => {
            let excluded = !included.contains(&data::path(&case.path));
            if excluded == expected { Ok(()) } else { Err(format!("excluded is {excluded}")) }
        }
    }
}

/// A whole context, as each builder took it in.
fn whole_context(context: &Recorded, outcome: &mut Outcome) -> anyhow::Result<()> {
    let tree = Tree::of_context(context)?;
    for (builder, dialect) in BUILDERS {
        let name = || format!("context {} ({builder})", context.id);
        let answer = context.answer(builder);
        let seen = tree.scan(dialect);
        let expected = match (answer, &seen) {
            (Answer::Took(expected), _) => expected,
            (Answer::Refused, Seen::Paths { .. }) => {
                outcome.record(name, Some("an error was expected".to_owned()));
                continue;
            }
            (Answer::Refused, Seen::Error(_)) => {
                outcome.record(name, None);
                continue;
            }
            (Answer::NotRecorded, _) => continue,
        };
        let (included, specials) = match seen {
            Seen::Error(error) => {
                outcome.record(name, Some(format!("unexpected error `{error}`")));
                continue;
            }
            Seen::Paths { included, specials } => (included, specials),
        };
        let recorded = expected.iter().map(|shown| data::Shown::parse(shown));
        let (special, plain): (Vec<_>, Vec<_>) = recorded.partition(|shown| shown.special);
        let expected: BTreeSet<_> = plain.into_iter().map(|shown| shown.path).collect();
        let difference = data::difference(&expected, &included);
        if difference.is_some() && builder.starts_with("legacy") && context.finds_otherwise() {
            outcome.except(name(), CLASSIC_FILE);
            continue;
        }
        let warned = special.iter().all(|shown| specials.contains(&shown.path));
        if difference.is_none() && !special.is_empty() && warned {
            outcome.except(name(), SPECIAL_FILE);
        } else {
            outcome.record(name, difference);
        }
    }
    Ok(())
}

fn reader(cases: &[ReaderCase], outcome: &mut Outcome) -> anyhow::Result<()> {
    for case in cases {
        let (raw, expected) = (case.raw()?, case.patterns()?);
        let name = || format!("reader {}", raw.escape_ascii());
        let read = IgnoreFile::parse(&raw, "ignore");
        if raw.starts_with(b"\xff\xfe") || raw.starts_with(b"\xfe\xff") {
            match read {
                Err(_) => outcome.except(name(), UTF_16),
                Ok(_) => outcome.record(name, Some("UTF-16 was accepted".to_owned())),
            }
            continue;
        }
        let difference = match (read, expected) {
            (Err(_), None) => None,
            (Err(error), Some(_)) => Some(format!("unexpected error `{error}`")),
            (Ok(_), None) => Some("an error was expected".to_owned()),
            (Ok(ignore), Some(expected)) => {
                let patterns: Vec<_> = ignore.patterns().iter().map(|p| p.text.clone()).collect();
                let shown = || patterns.iter().map(|p| p.escape_ascii().to_string());
                (patterns != expected).then(|| format!("{:?}", shown().collect::<Vec<_>>()))
            }
        };
        outcome.record(name, difference);
    }
    Ok(())
}

fn compiled(cases: &[CompileCase], outcome: &mut Outcome) {
    for case in cases {
        let ignore = IgnoreFile::from_patterns("ignore", [case.pattern.as_bytes()]);
        let matcher = Matcher::new(&ignore, Dialect::Current);
        let kind = matcher.as_ref().ok().and_then(|matcher| matcher.kinds().next());
        let found = match kind {
            Some(MatchKind::Exact) => ("exactMatch", None),
            Some(MatchKind::Prefix) => ("prefixMatch", None),
            Some(MatchKind::Suffix) => ("suffixMatch", None),
            Some(MatchKind::Regexp(regexp)) => ("regexpMatch", Some(regexp.as_str())),
            None => ("error", None),
        };
        let expected = (case.match_type.as_str(), case.regexp.as_deref());
        let difference = (found != expected).then(|| format!("{found:?}"));
        outcome.record(|| format!("compile {}", case.pattern), difference);
    }
}
