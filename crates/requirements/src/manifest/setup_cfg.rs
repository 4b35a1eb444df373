//! `setup.cfg`: setuptools' declarative configuration, as Python's `configparser` reads it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::specifier;
use crate::document::utf8;
use crate::error::Error;
use crate::files::{Files, join, parent};
use crate::kind::SourceKind;
use crate::marker::Activated;
use crate::name::fold;
use crate::origin::Origin;
use crate::pip;
use crate::read::ReadOptions;
use crate::set::RequirementSet;
use crate::specifiers::Specifiers;

/// Sections by name; each a table of keys, whose values are lines with their numbers.
type Sections<'a> = BTreeMap<&'a str, BTreeMap<String, Vec<(&'a str, u32)>>>;

/// Reads `[options]` of the file at `path`, and the extras that were asked for.
pub(crate) fn read(
    path: &str,
    files: &dyn Files,
    options: &ReadOptions,
) -> Result<RequirementSet, Error> {
    let bytes =
        files.read(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    let file: Arc<str> = path.into();
    let sections = parse(utf8(path, &bytes)?, &file)?;
    let mut set = RequirementSet::new(SourceKind::SetupCfg);
    set.sources.push(path.to_owned());
    set.activated = Activated::new(&options.extras, &options.groups);
    let unknown = |what, name: &str, known: Vec<String>| Error::Unknown {
        path: path.to_owned(),
        what,
        name: name.to_owned(),
        known,
    };
    if let Some(group) = options.groups.first() {
        return Err(unknown("dependency group", group, Vec::new()));
    }
    let section = sections.get("options");
    let value = |key: &str| section.and_then(|section| section.get(key));
    if section.is_none() {
        return Err(Error::Content {
            origin: Origin::new(file, 1),
            reason: "there is no section [options], so nothing says what to install; look into setup.py or requirements.txt".to_owned(),
        });
    }
    if let Some(lines) = value("python_requires") {
        let text: Vec<_> = lines.iter().map(|(line, _)| *line).collect();
        let origin = Origin::new(file.clone(), lines.first().map_or(1, |(_, number)| *number));
        let specifiers: Result<Specifiers, _> = text.join(" ").parse();
        let refuse = |error: crate::InvalidSpecifier| Error::Content {
            origin: origin.clone(),
            reason: error.to_string(),
        };
        set.requires_python = Some((specifiers.map_err(refuse)?, origin));
    }
    let context = (&file, files, options);
    requirements(value("install_requires"), context, &mut set)?;
    let extras = sections.get("options.extras_require");
    for extra in &options.extras {
        let known = || extras.map(|extras| extras.keys().cloned().collect()).unwrap_or_default();
        let found =
            extras.and_then(|extras| extras.iter().find(|(key, _)| fold(key) == fold(extra)));
        let (_, lines) = found.ok_or_else(|| unknown("extra", extra, known()))?;
        requirements(Some(lines), context, &mut set)?;
    }
    Ok(set)
}

/// A list of requirements: one a line, or divided by `;` on a single line as setuptools does; or `file:` and names of requirements files.
fn requirements(
    lines: Option<&Vec<(&str, u32)>>,
    (file, files, options): (&Arc<str>, &dyn Files, &ReadOptions),
    set: &mut RequirementSet,
) -> Result<(), Error> {
    let Some(lines) = lines else { return Ok(()) };
    if let Some((first, number)) = lines.first()
        && let Some(names) = first.strip_prefix("file:")
    {
        let further = lines[1..].iter().map(|(line, number)| (*line, *number));
        for (names, number) in std::iter::once((names, *number)).chain(further) {
            for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                let origin = Origin::new(file.clone(), number);
                let outside = || Error::Outside { origin: origin.clone(), path: name.to_owned() };
                let inside = join(parent(file), name).ok_or_else(outside)?;
                pip::include(&inside, &origin, files, options, set)?;
            }
        }
        return Ok(());
    }
    for (line, number) in lines {
        // A single line may hold a list; then a marker's `;` divides it too, as in setuptools.
        let parts: Vec<_> = if lines.len() == 1 && !is_marker(line) {
            line.split(';').collect()
        } else {
            vec![*line]
        };
        for part in parts.into_iter().map(str::trim).filter(|part| !part.is_empty()) {
            set.requirements.push(specifier(part, Origin::new(file.clone(), *number))?);
        }
    }
    Ok(())
}

/// Whether what stands behind the first `;` is a marker.
fn is_marker(line: &str) -> bool {
    line.split_once(';').is_some_and(|(_, rest)| rest.trim().parse::<crate::Marker>().is_ok())
}

fn parse<'a>(text: &'a str, file: &Arc<str>) -> Result<Sections<'a>, Error> {
    let refuse = |number, reason: &str| Error::Syntax {
        origin: Origin::new(file.clone(), number),
        format: "INI",
        reason: reason.to_owned(),
    };
    let mut sections = Sections::new();
    let mut section = None;
    let mut key: Option<(String, usize)> = None;
    for (line, number) in text.lines().zip(1..) {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        if let (Some(section), Some((key, key_indent))) = (section, &key)
            && indent > *key_indent
        {
            let keys: &mut BTreeMap<_, _> = sections.entry(section).or_default();
            keys.entry(key.clone()).or_default().push((trimmed, number));
        } else if let Some(name) = trimmed.strip_prefix('[') {
            let end =
                name.rfind(']').ok_or_else(|| refuse(number, "a section's `]` is missing"))?;
            sections.entry(&name[..end]).or_default();
            section = Some(&name[..end]);
            key = None;
        } else {
            let section = section.ok_or_else(|| refuse(number, "there is no section above"))?;
            let (name, value) = trimmed
                .split_once(['=', ':'])
                .ok_or_else(|| refuse(number, "expected `key = value`"))?;
            let name = name.trim().to_lowercase().replace('-', "_");
            let value = value.trim();
            let lines = if value.is_empty() { Vec::new() } else { vec![(value, number)] };
            sections.entry(section).or_default().insert(name.clone(), lines);
            key = Some((name, indent));
        }
    }
    Ok(sections)
}
