//! Which Python the project wants, and which base comes closest.

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};
use serde::Deserialize;
use toml::Spanned;

use super::error::DetectError;
use super::project_files::{Tree, at};
use crate::config::Config;
use crate::evidence::{Decision, Evidence, Place, Rule, Topic};
use crate::project::PythonMinor;

/// What some file says about the Python version.
struct Wish {
    /// The version or range, as written.
    text: String,
    place: Place,
    rule: Rule,
}

/// Decides, in the documented order, and notes the decision.
pub(super) fn decide(
    tree: Tree<'_>,
    source: &str,
    config: &Config,
    requires: Option<&(String, Place)>,
    decisions: &mut Vec<Decision>,
) -> Result<(PythonMinor, Evidence), DetectError> {
    let offered = PythonMinor::OFFERED;
    if let Some(python) = config.python {
        // With a base of the user's own, any version may be right.
        if config.base.is_none() && !offered.contains(&python) {
            let wanted = python.to_string();
            return Err(DetectError::Python { place: None, wanted, offered: offered.to_vec() });
        }
        return Ok(note(python, Evidence::by(Rule::Configured), decisions));
    }
    let pinned = match pin(tree, source)? {
        None if !source.is_empty() => pin(tree, "")?,
        pinned => pinned,
    };
    if let Some(wish) = pinned {
        let (python, warning) = nearest(&wish, requires)?;
        let evidence = Evidence::at(wish.rule, wish.place);
        if let Some(warning) = warning {
            decisions.push(Decision::warning(Topic::Python, warning, evidence.clone()));
            return Ok((python, evidence));
        }
        return Ok(note(python, evidence, decisions));
    }
    if let Some((range, place)) = requires {
        let python = lowest(range, place)?;
        return Ok(note(python, Evidence::at(Rule::RequiresPython, place.clone()), decisions));
    }
    Ok(note(PythonMinor::DEFAULT, Evidence::by(Rule::Default), decisions))
}

fn note(
    python: PythonMinor,
    evidence: Evidence,
    decisions: &mut Vec<Decision>,
) -> (PythonMinor, Evidence) {
    decisions.push(Decision::note(Topic::Python, python.to_string(), evidence.clone()));
    (python, evidence)
}

/// The lowest version on offer that a range admits.
fn lowest(range: &str, place: &Place) -> Result<PythonMinor, DetectError> {
    let admits = admits(range, place)?;
    PythonMinor::OFFERED.into_iter().find(|&python| admits(python)).ok_or_else(|| {
        DetectError::Python {
            place: Some(place.clone()),
            wanted: range.to_owned(),
            offered: PythonMinor::OFFERED.to_vec(),
        }
    })
}

fn admits(range: &str, place: &Place) -> Result<impl Fn(PythonMinor) -> bool, DetectError> {
    let text = if range.trim() == "*" { "" } else { range };
    let specifiers = VersionSpecifiers::from_str(text).map_err(|error| DetectError::Malformed {
        place: place.clone(),
        problem: format!(
            "`{range}` is not a range of Python versions ({error}): write it as `>=3.11`"
        ),
    })?;
    Ok(move |python: PythonMinor| specifiers.contains(&python.debian_release()))
}

/// The version on offer for a wish, and a warning where it is another one.
fn nearest(
    wish: &Wish,
    requires: Option<&(String, Place)>,
) -> Result<(PythonMinor, Option<String>), DetectError> {
    let Wish { text, place, .. } = wish;
    let Some(wanted) = minor_of(text) else {
        // A range, as a Pipfile or mise may have it.
        let range = if text.starts_with(|c: char| c.is_ascii_digit()) {
            format!("=={text}.*")
        } else {
            text.clone()
        };
        return lowest(&range, place).map(|python| (python, None));
    };
    if PythonMinor::OFFERED.contains(&wanted) {
        return Ok((wanted, None));
    }
    // The nearest above runs what was written for an older one; the project's own range has the last word.
    let above = PythonMinor::OFFERED.into_iter().filter(|&it| it > wanted);
    let below = PythonMinor::OFFERED.into_iter().rev().filter(|&it| it < wanted);
    let mut candidates: Vec<_> = above.chain(below).collect();
    if let Some((range, place)) = requires {
        let admits = admits(range, place)?;
        candidates.retain(|&python| admits(python));
    }
    let Some(&python) = candidates.first().filter(|python| python.major == wanted.major) else {
        let wanted = wanted.to_string();
        return Err(DetectError::Python {
            place: Some(place.clone()),
            wanted,
            offered: PythonMinor::OFFERED.to_vec(),
        });
    };
    let warning = format!(
        "{python}, the nearest to {wanted} that a base can be composed for: run the tests on it and write it here, or give a base that has {wanted} with `--base`"
    );
    Ok((python, Some(warning)))
}

/// `3.11`, `3.11.4`, `python-3.11.4`, `cpython@3.11`, `3.11-dev`.
fn minor_of(text: &str) -> Option<PythonMinor> {
    let version = text
        .trim()
        .trim_start_matches("cpython")
        .trim_start_matches("python")
        .trim_start_matches(['-', '@']);
    let version = version.split(['-', '+', ' ']).next()?;
    let version =
        version.strip_suffix(".x").or_else(|| version.strip_suffix(".*")).unwrap_or(version);
    version.parse().ok()
}

/// The file that pins a version, if one does.
fn pin(tree: Tree<'_>, folder: &str) -> Result<Option<Wish>, DetectError> {
    for (name, rule) in
        [(".python-version", Rule::PythonVersionFile), ("runtime.txt", Rule::RuntimeTxt)]
    {
        let file = at(folder, name);
        if let Some(text) = tree.text(&file)?
            && let Some((line, text)) = first_line(&text)
        {
            return Ok(Some(Wish { text: text.to_owned(), place: Place::line(file, line), rule }));
        }
    }
    let file = at(folder, ".tool-versions");
    if let Some(text) = tree.text(&file)? {
        for (line, text) in (1..).zip(text.lines()) {
            let mut words = text.split_whitespace();
            if words.next() == Some("python")
                && let Some(version) = words.next()
            {
                let place = Place::line(file, line);
                return Ok(Some(Wish {
                    text: version.to_owned(),
                    place,
                    rule: Rule::ToolVersions,
                }));
            }
        }
    }
    for name in ["mise.toml", ".mise.toml"] {
        if let Some(wish) = from_toml::<Mise>(tree, &at(folder, name), Rule::Mise)? {
            return Ok(Some(wish));
        }
    }
    from_toml::<Pipfile>(tree, &at(folder, "Pipfile"), Rule::PipfileRequires)
}

/// The first line that is neither empty nor a comment.
fn first_line(text: &str) -> Option<(u32, &str)> {
    (1..)
        .zip(text.lines().map(str::trim))
        .find(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// A TOML document that may name a Python version.
trait NamesPython: for<'de> Deserialize<'de> {
    fn python(self) -> Option<Spanned<String>>;
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Mise {
    tools: MiseTools,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct MiseTools {
    python: Option<Spanned<toml::Value>>,
}

impl NamesPython for Mise {
    fn python(self) -> Option<Spanned<String>> {
        let value = self.tools.python?;
        let span = value.span();
        let text = match value.into_inner() {
            toml::Value::String(text) => text,
            toml::Value::Array(list) => list.first()?.as_str()?.to_owned(),
            toml::Value::Table(table) => table.get("version")?.as_str()?.to_owned(),
            _ => return None,
        };
        Some(Spanned::new(span, text))
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Pipfile {
    requires: PipfileRequires,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PipfileRequires {
    python_full_version: Option<Spanned<String>>,
    python_version: Option<Spanned<String>>,
}

impl NamesPython for Pipfile {
    fn python(self) -> Option<Spanned<String>> {
        self.requires.python_full_version.or(self.requires.python_version)
    }
}

fn from_toml<T: NamesPython>(
    tree: Tree<'_>,
    file: &str,
    rule: Rule,
) -> Result<Option<Wish>, DetectError> {
    let Some(text) = tree.text(file)? else { return Ok(None) };
    let place = |at: usize| {
        let newlines =
            text.get(..at).unwrap_or_default().bytes().filter(|&byte| byte == b'\n').count();
        Place::line(file, u32::try_from(newlines + 1).unwrap_or(u32::MAX))
    };
    let document: T = toml::from_str(&text).map_err(|error| DetectError::Malformed {
        place: place(error.span().map_or(0, |span| span.start)),
        problem: error.message().to_owned(),
    })?;
    Ok(document.python().map(|value| {
        let place = place(value.span().start);
        Wish { text: value.into_inner(), place, rule }
    }))
}

impl PythonMinor {
    /// The release that Debian ships in the suite of this version, which a range may exclude.
    ///
    /// Debian's stable suites keep the release they started with: 3.11.2 in bookworm, 3.13.5 in trixie.
    fn debian_release(self) -> Version {
        let patch = match (self.major, self.minor) {
            (3, 11) => 2,
            (3, 13) => 5,
            _ => 0,
        };
        Version::new([u64::from(self.major), u64::from(self.minor), patch])
    }
}
