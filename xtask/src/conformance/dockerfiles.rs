//! Dockerfiles: instructions, arguments and stages as BuildKit's own parser gives them.

use std::path::Path;

use anyhow::{Context as _, Result};
use boxwright_dockerfile::{Dockerfile, Escape, Form, Instruction, Phase, SyntaxErrorKind, format};
use serde_json::{Value, json};

use super::{Outcome, Suite};

/// The suite over `dockerfiles/`.
pub(crate) const SUITE: Suite = Suite { folder: "dockerfiles", run };

fn run(folder: &Path) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for case in cases(&folder.join("expected.jsonl"))? {
        let name = string(&case, "file")?.to_owned();
        let bytes =
            std::fs::read(folder.join(&name)).with_context(|| format!("cannot read {name}"))?;
        let found = check(&bytes, &case);
        record(&mut outcome, &name, &found);
    }
    for case in cases(&folder.join("edge.jsonl"))? {
        let name = string(&case, "id")?.to_owned();
        let text = match case.get("dockerfile") {
            Some(text) => text.as_str().context("`dockerfile` is no text")?.to_owned(),
            // The one case that is described instead of written out.
            None => format!("FROM scratch\nRUN {}\n", "a".repeat(70_000)),
        };
        let found = check(text.as_bytes(), &case["expected"]);
        record(&mut outcome, &name, &found);
    }
    for case in cases(&folder.join("buildkit_testdata.jsonl"))? {
        // BuildKit's own files are not part of the set: copy `frontend/dockerfile/parser/test*`
        // to `dockerfiles/buildkit` to have them checked too.
        let name = string(&case, "case")?.to_owned();
        let path = folder.join("buildkit").join(&name).join("Dockerfile");
        if let Ok(bytes) = std::fs::read(path) {
            let found = check_shape(&bytes, &case);
            record(&mut outcome, &name, &found);
        }
    }
    for (number, case) in cases(&folder.join("parser_facts.jsonl"))?.iter().enumerate() {
        let name = format!("parser_facts {}", number + 1);
        let found = match string(case, "fn")? {
            "DetectSyntax" => fact_syntax(case)?,
            function => fact(function, case)?,
        };
        record(&mut outcome, &name, &found);
    }
    Ok(outcome)
}

fn record(outcome: &mut Outcome, name: &str, differences: &[String]) {
    if differences.is_empty() {
        outcome.passed += 1;
    } else {
        outcome.failures.push(format!("{name}: {}", differences.join("; ")));
    }
}

fn cases(path: &Path) -> Result<Vec<Value>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    text.lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("in {}", path.display())))
        .collect()
}

fn string<'a>(case: &'a Value, key: &str) -> Result<&'a str> {
    case[key].as_str().with_context(|| format!("a case has no `{key}`"))
}

/// How our reading of `bytes` differs from what is `expected`.
fn check(bytes: &[u8], expected: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    let file = Dockerfile::from_bytes(bytes);
    if file.to_bytes() != bytes {
        differences.push("does not round-trip".to_owned());
    }
    differences.extend(formatting(&file));
    let mut compare = |what: &str, ours: Value| {
        let theirs = &expected[what];
        if ours != *theirs {
            differences.push(format!("{what}: ours {ours}, theirs {theirs}"));
        }
    };
    let first = |phase| file.errors().iter().find(|error| error.kind.phase() == phase);
    compare(
        "error",
        first(Phase::Parse).map_or(Value::Null, |error| error_text(&error.kind, expected, "error")),
    );
    if expected.get("error").is_some() {
        return differences;
    }
    compare("escape", json!(if file.escape() == Escape::Backslash { "\\" } else { "`" }));
    compare("syntax", json!(file.directive("syntax")));
    compare("instructions", file.instructions().map(|one| instruction(&file, one)).collect());
    let refused = first(Phase::Instruction);
    compare(
        "instructions_error",
        refused
            .map_or(Value::Null, |error| error_text(&error.kind, expected, "instructions_error")),
    );
    if refused.is_none() {
        compare("meta_args", json!(meta_args(&file)));
        compare("stages", stages(&file));
    }
    differences
}

/// What the formatter does wrong with `file`: it keeps every instruction's meaning, and has nothing
/// to do the second time.
fn formatting(file: &Dockerfile) -> Option<String> {
    let text = format(file);
    let again = Dockerfile::parse(&text);
    let commands = |file: &Dockerfile| -> Vec<_> {
        file.instructions().map(|one| one.command.clone()).collect()
    };
    if commands(file) != commands(&again) {
        return Some("formatting changes the meaning".to_owned());
    }
    (format(&again) != text).then(|| "formatting twice is not formatting once".to_owned())
}

/// How our reading of one of BuildKit's own test files differs in shape from what is recorded.
fn check_shape(bytes: &[u8], expected: &Value) -> Vec<String> {
    let file = Dockerfile::from_bytes(bytes);
    let mut differences = Vec::new();
    let mut compare = |what: &str, ours: Value| {
        if ours != expected[what] {
            differences.push(format!("{what}: ours {ours}, theirs {}", expected[what]));
        }
    };
    let first = |phase| file.errors().iter().find(|error| error.kind.phase() == phase);
    let text = |phase, key| {
        first(phase).map_or(Value::Null, |error| error_text(&error.kind, expected, key))
    };
    compare("parse_error", text(Phase::Parse, "parse_error"));
    if expected.get("parse_error").is_some() {
        return differences;
    }
    compare("instructions_error", text(Phase::Instruction, "instructions_error"));
    let shape = |one: &Instruction| {
        let flags: Vec<&str> = one.flags.iter().map(|flag| flag.text.as_str()).collect();
        json!({
            "cmd": one.keyword.value,
            "args": one.arguments.len(),
            "flags": flags,
            "json_form": one.form == Form::Json,
            "lines": file.lines(one.span),
        })
    };
    compare("instructions", file.instructions().map(shape).collect());
    differences
}

/// The recorded message where it is about the same thing as ours; else ours.
fn error_text(kind: &SyntaxErrorKind, expected: &Value, key: &str) -> Value {
    let theirs = expected[key].as_str().unwrap_or_default();
    let about = match kind {
        SyntaxErrorKind::LineTooLong { .. } => "line greater than max allowed size",
        SyntaxErrorKind::EscapeCharacter { .. } => "invalid escape token",
        SyntaxErrorKind::UnterminatedHeredoc { .. } => "unterminated heredoc",
        SyntaxErrorKind::NotStrings => "arrays must be comprised of strings only",
        SyntaxErrorKind::NoInstructions => "file with no instructions",
        SyntaxErrorKind::ValueMissing { .. } => "must have two arguments",
        SyntaxErrorKind::EqualsMissing { .. } => "can't find = in",
        SyntaxErrorKind::UnknownInstruction { .. } => "unknown instruction",
        SyntaxErrorKind::NoStage { .. } => "no build stage in current context",
        SyntaxErrorKind::ArgumentCount { .. } => "requires",
        SyntaxErrorKind::StageName { .. } => "invalid name for build stage",
        SyntaxErrorKind::UnknownFlag { .. } => "unknown flag",
        SyntaxErrorKind::HealthcheckKind { .. } => "Unknown type",
        SyntaxErrorKind::OnbuildTrigger { .. } => "isn't allowed as an ONBUILD trigger",
        SyntaxErrorKind::DuplicateDirective { .. } => "parser directive can be used",
        _ => "",
    };
    if !about.is_empty() && theirs.contains(about) {
        json!(theirs)
    } else {
        json!(kind.to_string())
    }
}

/// An instruction in the shape of the recorded ones.
fn instruction(file: &Dockerfile, one: &Instruction) -> Value {
    let (start, end) = file.lines(one.span);
    let mut value = json!({ "cmd": one.keyword.value, "start": start, "end": end });
    if !one.arguments.is_empty() {
        value["args"] = one.arguments.iter().map(|argument| json!(argument.value)).collect();
    }
    if !one.flags.is_empty() {
        value["flags"] = one.flags.iter().map(|flag| json!(flag.text)).collect();
    }
    if one.form == Form::Json {
        value["json_form"] = json!(true);
    }
    if !one.heredocs.is_empty() {
        let heredoc = |document: &boxwright_dockerfile::InlineDocument| {
            let heredoc = &document.heredoc;
            json!({
                "name": heredoc.name,
                "content": heredoc.content,
                "expand": heredoc.expand,
                "chomp": heredoc.chomp,
                "fd": heredoc.descriptor,
            })
        };
        value["heredocs"] = one.heredocs.iter().map(heredoc).collect();
    }
    if let Some(inner) = &one.onbuild {
        let mut sub = instruction(file, inner);
        // BuildKit gives it no lines of its own.
        (sub["start"], sub["end"]) = (json!(0), json!(0));
        value["sub"] = sub;
    }
    value
}

fn meta_args(file: &Dockerfile) -> Vec<String> {
    let stages = file.stages();
    stages.global.iter().map(|one| one.joined().trim().to_owned()).collect()
}

fn stages(file: &Dockerfile) -> Value {
    let stages = file.stages();
    stages
        .stages
        .iter()
        .map(|stage| {
            let commands: Vec<_> =
                stage.body.iter().map(|one| one.keyword.value.as_str()).collect();
            json!({
                "base": stage.from.image.as_str(),
                "name": stage.name().unwrap_or_default(),
                "platform": stage.from.platform.as_ref().map_or("", |platform| platform.as_str()),
                "commands": commands,
            })
        })
        .collect()
}

/// A fact about one of the parser's functions, asked through the instruction that uses it.
fn fact(function: &str, case: &Value) -> Result<Vec<String>> {
    let input = string(case, "input")?;
    let keyword = match function {
        "parseWords" => "ARG",
        "parseJSON" => "CMD",
        "parseNameVal(LABEL)" => "LABEL",
        "parseNameVal(ENV)" => "ENV",
        other => anyhow::bail!("parser_facts.jsonl asks for {other}, which nothing here answers"),
    };
    let file = Dockerfile::parse(&format!("FROM scratch\n{keyword} {input}\n"));
    let refused = file.errors().iter().any(|error| error.kind.phase() == Phase::Parse);
    let one = file.instructions().nth(1).context("the instruction is gone")?;
    let words: Vec<&str> = one.arguments.iter().map(|argument| argument.value.as_str()).collect();
    let ours = match one.form {
        _ if refused => Value::Null,
        Form::Pairs => words.chunks(3).map(|triple| json!(triple)).collect(),
        _ => json!(words),
    };
    let theirs = &case["expect"];
    Ok(if ours == *theirs { Vec::new() } else { vec![format!("ours {ours}, theirs {theirs}")] })
}

fn fact_syntax(case: &Value) -> Result<Vec<String>> {
    let file = Dockerfile::parse(string(case, "input")?);
    let (ours, theirs) = (json!(file.frontend()), &case["expect"]["ref"]);
    Ok(if ours == *theirs { Vec::new() } else { vec![format!("ours {ours}, theirs {theirs}")] })
}
