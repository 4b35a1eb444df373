//! What `pyproject.toml` says besides the dependencies.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::error::DetectError;
use super::project_files::Tree;
use crate::evidence::Place;

/// The parts that detection reads, each with its place.
#[derive(Debug, Default)]
pub(super) struct Pyproject {
    pub(super) name: Option<(String, Place)>,
    pub(super) requires_python: Option<(String, Place)>,
    pub(super) fastapi_entrypoint: Option<(String, Place)>,
    /// `[project.scripts]`: name, `module:function`, place.
    pub(super) scripts: Vec<(String, String, Place)>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Document {
    project: Option<ProjectTable>,
    tool: Tools,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
struct ProjectTable {
    name: Option<Spanned<String>>,
    requires_python: Option<Spanned<String>>,
    scripts: BTreeMap<String, Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Tools {
    fastapi: Option<FastApi>,
    poetry: Option<Poetry>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct FastApi {
    entrypoint: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Poetry {
    name: Option<Spanned<String>>,
    dependencies: PoetryDependencies,
    scripts: BTreeMap<String, Spanned<toml::Value>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PoetryDependencies {
    python: Option<Spanned<String>>,
}

impl Pyproject {
    /// Reads `file`, which may be absent.
    pub(super) fn read(tree: Tree<'_>, file: &str) -> Result<Self, DetectError> {
        let Some(text) = tree.text(file)? else { return Ok(Self::default()) };
        let line = |at: usize| {
            let before = text.get(..at).unwrap_or(&text);
            let newlines = before.bytes().filter(|&byte| byte == b'\n').count();
            Place::line(file, u32::try_from(newlines + 1).unwrap_or(u32::MAX))
        };
        let document: Document = toml::from_str(&text).map_err(|error| DetectError::Malformed {
            place: line(error.span().map_or(0, |span| span.start)),
            problem: error.message().to_owned(),
        })?;
        let placed = |value: Spanned<String>| {
            let place = line(value.span().start);
            (value.into_inner(), place)
        };
        let project = document.project.unwrap_or_default();
        let poetry = document.tool.poetry.unwrap_or_default();
        let mut scripts: Vec<_> = project
            .scripts
            .into_iter()
            .map(|(name, target)| {
                let (target, place) = placed(target);
                (name, target, place)
            })
            .collect();
        for (name, target) in poetry.scripts {
            let place = line(target.span().start);
            if let toml::Value::String(target) = target.into_inner() {
                scripts.push((name, target, place));
            }
        }
        Ok(Self {
            name: project.name.or(poetry.name).map(placed),
            requires_python: project.requires_python.map(placed).or_else(|| {
                let (range, place) = placed(poetry.dependencies.python?);
                Some((poetry_range(&range), place))
            }),
            fastapi_entrypoint: document.tool.fastapi.and_then(|it| it.entrypoint).map(placed),
            scripts,
        })
    }
}

/// Poetry's caret and tilde in the words of PEP 440.
fn poetry_range(range: &str) -> String {
    let one = |part: &str| {
        let part = part.trim();
        let numbers =
            |text: &str| text.split('.').map_while(|it| it.parse::<u64>().ok()).collect::<Vec<_>>();
        if let Some(version) = part.strip_prefix('^') {
            let below = numbers(version).first().map_or(0, |major| major + 1);
            return format!(">={version},<{below}");
        }
        if let Some(version) = part.strip_prefix('~').filter(|rest| !rest.starts_with('=')) {
            return match numbers(version).as_slice() {
                [major, minor, ..] => format!(">={version},<{major}.{}", minor + 1),
                [major] => format!(">={version},<{}", major + 1),
                [] => part.to_owned(),
            };
        }
        match part.chars().next() {
            Some(first) if first.is_ascii_digit() => format!("=={part}"),
            _ => part.to_owned(),
        }
    };
    range.split(',').map(one).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poetry_ranges_are_put_into_pep_440() {
        for (poetry, standard) in [
            ("^3.10", ">=3.10,<4"),
            ("~3.11", ">=3.11,<3.12"),
            ("~=3.11", "~=3.11"),
            (">=3.9, <3.13", ">=3.9,<3.13"),
            ("3.11.*", "==3.11.*"),
            ("*", "*"),
        ] {
            assert_eq!(poetry_range(poetry), standard);
        }
    }
}
