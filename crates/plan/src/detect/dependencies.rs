//! Which folder is the application's, and which file lists what it depends on.

use boxwright_requirements::SourceKind;

use super::error::{Candidate, DetectError};
use super::project_files::{Tree, at, is_python};
use crate::config::Config;
use crate::evidence::{Decision, Evidence, Place, Rule, Topic};
use crate::project::DependencySource;

/// The fixed names, in the order in which they are preferred.
const NAMES: &[(&str, SourceKind)] = &[
    ("pylock.toml", SourceKind::Pylock),
    ("uv.lock", SourceKind::UvLock),
    ("poetry.lock", SourceKind::PoetryLock),
    ("pdm.lock", SourceKind::PdmLock),
    ("Pipfile.lock", SourceKind::PipfileLock),
    ("requirements.txt", SourceKind::Requirements),
    ("pyproject.toml", SourceKind::Pyproject),
    ("Pipfile", SourceKind::Pipfile),
    ("setup.cfg", SourceKind::SetupCfg),
    ("setup.py", SourceKind::SetupPy),
];

/// Files of a `requirements` folder that are meant for a deployment, the likeliest first.
const DEPLOYED: &[&str] =
    &["production.txt", "prod.txt", "requirements.txt", "base.txt", "main.txt", "common.txt"];

/// Where the application is and what lists its dependencies.
pub(super) struct Found {
    pub(super) source: String,
    pub(super) dependencies: Option<DependencySource>,
    /// A file whose name is nearly that of a requirements file.
    pub(super) misspelt: Option<String>,
}

/// Finds both, noting each decision.
pub(super) fn find(
    tree: Tree<'_>,
    config: &Config,
    decisions: &mut Vec<Decision>,
) -> Result<Found, DetectError> {
    let (source, evidence) = source_folder(tree, config)?;
    if !source.is_empty() {
        decisions.push(Decision::note(Topic::Source, &source, evidence));
    }
    let dependencies = match &config.requirements {
        Some(file) if !tree.has(file) => {
            return Err(DetectError::NoSuchSource { file: file.clone() });
        }
        Some(file) => {
            let kind = SourceKind::from_file_name(file).unwrap_or(SourceKind::Requirements);
            decisions.push(Decision::note(
                Topic::Dependencies,
                file,
                Evidence::by(Rule::Configured),
            ));
            Some(DependencySource { kind, file: file.clone() })
        }
        None => chosen(tree, &source, decisions)?,
    };
    let misspelt = if dependencies.is_none() { misspelt(tree, &source) } else { None };
    Ok(Found { source, dependencies, misspelt })
}

fn source_folder(tree: Tree<'_>, config: &Config) -> Result<(String, Evidence), DetectError> {
    if let Some(folder) = &config.source {
        let folder = folder.trim_start_matches("./").trim_matches('/');
        let folder = if folder == "." { "" } else { folder };
        if tree.below(folder).next().is_none() {
            return Err(DetectError::NoSource { source_folder: folder.to_owned() });
        }
        return Ok((folder.to_owned(), Evidence::by(Rule::Configured)));
    }
    let root = (String::new(), Evidence::by(Rule::Default));
    let says_something = tree.names("").any(|name| matches!(name, "Procfile" | "manage.py"));
    if says_something || marker(tree, "")?.is_some() {
        return Ok(root);
    }
    let mut candidates = Vec::new();
    for outer in tree.folders("") {
        if let Some(place) = marker(tree, outer)? {
            candidates.push(Candidate { value: outer.to_owned(), place });
            continue;
        }
        for inner in tree.folders(outer) {
            let folder = at(outer, inner);
            if let Some(place) = marker(tree, &folder)? {
                candidates.push(Candidate { value: folder, place });
            }
        }
    }
    match candidates.len() {
        0 => Ok(root),
        1 => {
            let Candidate { value, place } = candidates.remove(0);
            Ok((value, Evidence::at(Rule::SourceFolder, place)))
        }
        _ => Err(DetectError::SeveralFolders(candidates)),
    }
}

/// What makes a folder one of an application: a dependency file beside Python.
fn marker(tree: Tree<'_>, folder: &str) -> Result<Option<Place>, DetectError> {
    let python = tree.below(folder).any(is_python);
    let sources = if python { sources(tree, folder)? } else { Vec::new() };
    Ok(sources.into_iter().next().map(|source| Place::file(source.file)))
}

/// The dependency files of a folder, the preferred first.
fn sources(tree: Tree<'_>, folder: &str) -> Result<Vec<DependencySource>, DetectError> {
    let mut found = Vec::new();
    for &(name, kind) in NAMES {
        let file = at(folder, name);
        if tree.has(&file) && lists_dependencies(tree, kind, &file)? {
            found.push(DependencySource { kind, file });
        }
    }
    if found.is_empty() {
        let deployed = DEPLOYED.iter().map(|name| at(folder, &format!("requirements/{name}")));
        let others = ["requirements.in", "requirements-prod.txt", "requirements/requirements.in"];
        let mut files = deployed.chain(others.map(|name| at(folder, name)));
        if let Some(file) = files.find(|file| tree.has(file)) {
            found.push(DependencySource { kind: SourceKind::Requirements, file });
        }
    }
    Ok(found)
}

/// Many a `pyproject.toml` and `setup.cfg` only configures tools.
fn lists_dependencies(tree: Tree<'_>, kind: SourceKind, file: &str) -> Result<bool, DetectError> {
    let has_section = |text: &str, sections: &[&str]| {
        text.lines()
            .any(|line| sections.iter().any(|section| line.trim_start().starts_with(section)))
    };
    Ok(match kind {
        SourceKind::Pyproject => {
            let text = tree.text(file)?.unwrap_or_default();
            has_section(&text, &["[project]", "[tool.poetry]", "[tool.poetry.dependencies]"])
        }
        SourceKind::SetupCfg => {
            let text = tree.text(file)?.unwrap_or_default();
            has_section(&text, &["install_requires"])
        }
        _ => true,
    })
}

fn chosen(
    tree: Tree<'_>,
    source: &str,
    decisions: &mut Vec<Decision>,
) -> Result<Option<DependencySource>, DetectError> {
    let mut found = sources(tree, source)?;
    if found.is_empty() && !source.is_empty() {
        found = sources(tree, "")?;
    }
    let locks: Vec<_> = found.iter().filter(|source| source.kind.is_lock()).collect();
    if locks.len() > 1 {
        let candidate = |it: &DependencySource| Candidate {
            value: it.file.clone(),
            place: Place::file(&it.file),
        };
        let requirements = found.iter().filter(|it| it.kind == SourceKind::Requirements);
        return Err(DetectError::SeveralSources(
            locks.into_iter().chain(requirements).map(candidate).collect(),
        ));
    }
    let Some(first) = found.first().cloned() else { return Ok(None) };
    let evidence = Evidence::at(Rule::DependencyFile, Place::file(&first.file));
    let passed: Vec<_> = found[1..].iter().map(|it| it.file.as_str()).collect();
    let text = if passed.is_empty() {
        first.file.clone()
    } else {
        format!("{} (before {})", first.file, passed.join(", "))
    };
    decisions.push(Decision::note(Topic::Dependencies, text, evidence));
    Ok(Some(first))
}

/// A text file whose name differs from `requirements.txt` by a letter or three.
fn misspelt(tree: Tree<'_>, source: &str) -> Option<String> {
    let near = |name: &&str| {
        let name = name.to_ascii_lowercase();
        !is_python(&name) && strsim::damerau_levenshtein(&name, "requirements.txt") <= 4
    };
    let folders = [source, ""];
    folders.iter().find_map(|folder| tree.names(folder).find(near).map(|name| at(folder, name)))
}
