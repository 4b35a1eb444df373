//! Findings as JSON and as SARIF.

use serde_json::{Value, json};

use super::finding::{Edit, Finding, Fix, Severity};
use super::rule::{RULES, Rule, RuleSet};
use crate::{Dockerfile, Span};

/// `findings` as a JSON array, an object each:
/// `rule`, `severity`, `message`, `file`, `start` and `end` (`line` and `column` from 1, columns in
/// characters, and `offset` in bytes), and where there are any `help`, `origin`, `labels` and `fix`.
pub fn to_json(file: &Dockerfile, path: &str, findings: &[Finding]) -> String {
    let findings: Value = findings.iter().map(|finding| object(file, path, finding)).collect();
    format!("{findings:#}\n")
}

fn object(file: &Dockerfile, path: &str, finding: &Finding) -> Value {
    let place = |offset: usize| {
        let position = file.position(offset);
        json!({ "line": position.line, "column": position.column, "offset": offset })
    };
    let mut value = json!({
        "rule": finding.rule.name,
        "severity": finding.severity,
        "message": finding.message,
        "file": path,
        "start": place(finding.span.start),
        "end": place(finding.span.end),
    });
    if let Some(help) = &finding.help {
        value["help"] = json!(help);
    }
    if let Some(origin) = &finding.origin {
        value["origin"] = json!({ "file": origin.file, "line": origin.line });
    }
    if !finding.labels.is_empty() {
        let label = |label: &super::Label| {
            let (start, end) = (place(label.span.start), place(label.span.end));
            json!({ "start": start, "end": end, "text": label.text })
        };
        value["labels"] = finding.labels.iter().map(label).collect();
    }
    if let Some(fix) = &finding.fix {
        let edit = |edit: &Edit| {
            let (start, end) = (place(edit.span.start), place(edit.span.end));
            json!({ "start": start, "end": end, "text": edit.text })
        };
        let edits: Value = fix.edits.iter().map(edit).collect();
        value["fix"] = json!({ "title": fix.title, "safe": fix.safe, "edits": edits });
    }
    value
}

/// `findings` as a SARIF 2.1.0 log, as code scanning services read it.
///
/// `version` is that of the tool; `base` is where the rules' pages are found, such as
/// `https://example.org/boxwright/blob/main/`.
pub fn to_sarif(
    file: &Dockerfile,
    path: &str,
    findings: &[Finding],
    version: &str,
    base: &str,
) -> String {
    let rules: Value = RULES.iter().map(|rule| descriptor(rule, base)).collect();
    let results: Value = findings.iter().map(|finding| result(file, path, finding)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "boxwright",
                "semanticVersion": version,
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn descriptor(rule: &Rule, base: &str) -> Value {
    let set = match rule.set {
        RuleSet::Boxwright => "boxwright",
        RuleSet::BuildKit => "buildkit",
    };
    json!({
        "id": rule.name,
        "shortDescription": { "text": rule.summary },
        "helpUri": format!("{base}{}", rule.page()),
        "defaultConfiguration": { "level": level(rule.severity), "enabled": !rule.experimental },
        "properties": { "tags": [set] },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn result(file: &Dockerfile, path: &str, finding: &Finding) -> Value {
    let text = match &finding.help {
        Some(help) => format!("{}. {help}.", finding.message),
        None => format!("{}.", finding.message),
    };
    let index = RULES.iter().position(|rule| rule.name == finding.rule.name);
    let artifact = json!({ "uri": path });
    let mut value = json!({
        "ruleId": finding.rule.name,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": { "text": text },
        "locations": [{ "physicalLocation": {
            "artifactLocation": artifact,
            "region": region(file, finding.span),
        }}],
    });
    let mut related: Vec<Value> = finding
        .labels
        .iter()
        .map(|label| {
            json!({
                "message": { "text": label.text },
                "physicalLocation": {
                    "artifactLocation": artifact,
                    "region": region(file, label.span),
                },
            })
        })
        .collect();
    related.extend(finding.origin.as_ref().map(|origin| {
        json!({
            "message": { "text": "the project says so here" },
            "physicalLocation": {
                "artifactLocation": { "uri": origin.file },
                "region": { "startLine": origin.line },
            },
        })
    }));
    if !related.is_empty() {
        value["relatedLocations"] = related.into();
    }
    if let Some(fix) = finding.fix.as_ref().filter(|fix| fix.safe) {
        value["fixes"] = json!([sarif_fix(file, path, fix)]);
    }
    value
}

fn sarif_fix(file: &Dockerfile, path: &str, fix: &Fix) -> Value {
    let replacement = |edit: &Edit| {
        json!({
            "deletedRegion": region(file, edit.span),
            "insertedContent": { "text": edit.text },
        })
    };
    let replacements: Value = fix.edits.iter().map(replacement).collect();
    json!({
        "description": { "text": fix.title },
        "artifactChanges": [{
            "artifactLocation": { "uri": path },
            "replacements": replacements,
        }],
    })
}

fn region(file: &Dockerfile, span: Span) -> Value {
    let (start, end) = (file.position(span.start), file.position(span.end));
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}
