//! Requirements files against pip's own parser: real files and small edge cases.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use boxwright_requirements::{
    Error, Files, MemoryFiles, PYPI, PackageFilter, ReadOptions, Requirement, RequirementSet,
    Source, SourceKind, Specifiers, read_as,
};
use serde_json::Value;

use super::{Outcome, Suite};

/// The suite over `requirements/`.
pub(crate) const SUITE: Suite = Suite { folder: "requirements", run };

const LEGACY: &str = "a version outside PEP 440, which pip refuses since 24.1";

fn run(folder: &Path) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let placeholders = placeholders(&folder.join("index.tsv"))?;
    for case in cases(&folder.join("expected.jsonl"))? {
        let id = text(&case, "id");
        let path = text(&case, "path");
        let root =
            folder.join(id.strip_suffix(path).context("an id that does not end with its path")?);
        let files = Disk { root, placeholders: placeholders.get(id).cloned().unwrap_or_default() };
        let read = read_as(SourceKind::Requirements, path, &files, &ReadOptions::default());
        let repository = id[..id.len() - path.len()].trim_end_matches('/');
        outcome.check(id, &read, &[&case], &format!("file://${{ROOT}}/{}", quoted(repository)));
    }
    for case in cases(&folder.join("edge.jsonl"))? {
        let mut files = MemoryFiles::new().with("requirements.txt", content(&case)?);
        for (path, content) in case["files"].as_object().into_iter().flatten() {
            files = files.with(path, content.as_str().unwrap_or_default());
        }
        let environment = case["env"].as_object().into_iter().flatten();
        let environment = environment
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect();
        let options = ReadOptions { environment, ..ReadOptions::default() };
        let read = read_as(SourceKind::Requirements, "requirements.txt", &files, &options);
        let answers: Vec<_> = [&case["expected"], &case["expected_pip26"]]
            .into_iter()
            .filter(|a| !a.is_null())
            .collect();
        outcome.check(text(&case, "id"), &read, &answers, "file://$ROOT");
    }
    Ok(outcome)
}

impl Outcome {
    /// Counts the case as passed if ours is one of pip's answers.
    fn check(
        &mut self,
        id: &str,
        read: &Result<RequirementSet, Error>,
        answers: &[&Value],
        root: &str,
    ) {
        let ours = Answer::ours(read, root);
        let mut differences = String::new();
        for answer in answers {
            match ours.differs_from(&Answer::of_pip(answer)) {
                None => {
                    self.passed += 1;
                    return;
                }
                Some(difference) => _ = write!(differences, "{difference}; "),
            }
        }
        if answers.iter().any(|answer| is_legacy(answer, &ours)) {
            self.exceptions.push((id.to_owned(), LEGACY));
        } else {
            self.failures.push(format!("{id}: {differences}"));
        }
    }
}

/// Whether we refuse the first version that is outside PEP 440, and pip takes it.
fn is_legacy(answer: &Value, ours: &Answer) -> bool {
    let legacy = array(answer, "entries")
        .find(|entry| text(entry, "specifier").parse::<Specifiers>().is_err());
    let error = ours.error.as_ref();
    legacy.zip(error).is_some_and(|(entry, error)| {
        *error == (text(entry, "file").to_owned(), entry["line"].as_u64())
    })
}

/// What a parser makes of a file, in a form that can be compared.
#[derive(Debug, Default)]
struct Answer {
    /// File and line of the first error, where they are known.
    error: Option<(String, Option<u64>)>,
    requirements: Vec<String>,
    constraints: Vec<String>,
    index: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Answer {
    fn ours(read: &Result<RequirementSet, Error>, root: &str) -> Self {
        let set = match read {
            Ok(set) => set,
            Err(error) => {
                let origin = error.origin();
                let place = origin.map(|o| (o.file.to_string(), Some(u64::from(o.line))));
                return Self { error: Some(place.unwrap_or_default()), ..Self::default() };
            }
        };
        let lines = |list: &[Requirement]| list.iter().map(|r| our_line(r, root)).collect();
        let index = &set.index;
        let urls = index.primary().into_iter().map(ToOwned::to_owned);
        let extra = index.extra_index_urls.iter().map(|url| url.as_str().to_owned());
        let links = index.find_links.iter().map(|url| url.as_str().to_owned());
        let flag = |on: bool| on.then(|| "true".to_owned()).into_iter().collect();
        let filter = |filter: &PackageFilter| {
            let all = filter.all.then(|| ":all:".to_owned());
            filter.packages.iter().map(ToString::to_string).chain(all).collect()
        };
        Self {
            error: None,
            requirements: lines(&set.requirements),
            constraints: lines(&set.constraints),
            index: BTreeMap::from([
                ("index_urls", urls.chain(extra).collect()),
                ("find_links", links.collect()),
                ("no_index", flag(index.no_index)),
                ("pre", flag(index.pre)),
                ("prefer_binary", flag(index.prefer_binary)),
                ("no_binary", filter(&index.no_binary)),
                ("only_binary", filter(&index.only_binary)),
                ("require_hashes", flag(index.require_hashes)),
                ("trusted_hosts", index.trusted_hosts.clone()),
                ("use_feature", index.features.clone()),
            ]),
        }
    }

    fn of_pip(answer: &Value) -> Self {
        let of_kind = |kind: &str| {
            array(answer, "entries")
                .filter(|entry| text(entry, "kind") == kind)
                .map(pip_line)
                .collect()
        };
        let error = &answer["error"];
        let error =
            (!error.is_null()).then(|| (text(error, "file").to_owned(), error["line"].as_u64()));
        let mut index: BTreeMap<_, BTreeSet<String>> = [
            "index_urls",
            "find_links",
            "no_index",
            "pre",
            "prefer_binary",
            "no_binary",
            "only_binary",
            "require_hashes",
            "trusted_hosts",
            "use_feature",
        ]
        .map(|key| (key, strings(&answer["index"][key])))
        .into();
        if answer["index"]["index_urls"].is_null() {
            index.insert("index_urls", BTreeSet::from([PYPI.to_owned()]));
        }
        Self {
            error,
            requirements: of_kind("requirement"),
            constraints: of_kind("constraint"),
            index,
        }
    }

    /// The first difference to pip's answer.
    fn differs_from(&self, pip: &Self) -> Option<String> {
        match (&self.error, &pip.error) {
            (None, None) => {}
            (Some(_), Some((_, None))) => return None,
            (Some(ours), Some(pip)) if ours == pip => return None,
            (ours, pip) => return Some(format!("error: ours {ours:?}, pip's {pip:?}")),
        }
        let lists =
            [(&self.requirements, &pip.requirements), (&self.constraints, &pip.constraints)];
        for (ours, pip) in lists {
            if ours.len() != pip.len() {
                return Some(format!("{} entries, pip has {}", ours.len(), pip.len()));
            }
            if let Some((ours, pip)) = ours.iter().zip(pip).find(|(ours, pip)| ours != pip) {
                return Some(format!("ours {ours}, pip's {pip}"));
            }
        }
        let ours = self.index.iter().find(|(key, value)| pip.index.get(*key) != Some(value))?;
        Some(format!("ours {ours:?}, pip's {:?}", pip.index.get(ours.0)))
    }
}

fn our_line(requirement: &Requirement, root: &str) -> String {
    let url = match &requirement.source {
        Source::Index { .. } => String::new(),
        Source::Archive(link) | Source::Vcs(link) => link.as_str().to_owned(),
        Source::Path(path) if path.0.is_empty() => root.to_owned(),
        Source::Path(path) => format!("{root}/{}", quoted(&path.0)),
    };
    let config: Vec<_> = requirement.build.config_settings.iter().collect();
    format!(
        "{} {:?} {:?} {} {:?} {url} {:?} {} {config:?}",
        requirement.origin,
        requirement.name.as_ref().map(ToString::to_string).unwrap_or_default(),
        requirement.extras.iter().map(ToString::to_string).collect::<BTreeSet<_>>(),
        requirement.specifiers,
        requirement.marker.as_ref().map(ToString::to_string).unwrap_or_default(),
        requirement.hashes.iter().map(ToString::to_string).collect::<BTreeSet<_>>(),
        requirement.editable,
    )
}

fn pip_line(entry: &Value) -> String {
    let hashes: BTreeSet<_> = entry["hashes"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(name, digests)| {
            strings(digests).into_iter().map(move |d| format!("{name}:{d}"))
        })
        .collect();
    let extras: BTreeSet<_> = strings(&entry["extras"])
        .into_iter()
        .map(|extra| extra.to_lowercase().replace('_', "-"))
        .collect();
    let config = entry["options"]["config_settings"].as_object();
    let config: Vec<_> =
        config.into_iter().flatten().map(|(key, value)| (key, strings(value))).collect();
    let config: Vec<(_, Vec<_>)> =
        config.into_iter().map(|(key, values)| (key, values.into_iter().collect())).collect();
    format!(
        "{}:{} {:?} {extras:?} {} {:?} {} {hashes:?} {} {config:?}",
        text(entry, "file"),
        entry["line"],
        text(entry, "name"),
        text(entry, "specifier"),
        text(entry, "marker"),
        text(entry, "url"),
        entry["editable"],
    )
}

/// The project as it was when pip read it: the files, and empty ones that made it installable.
struct Disk {
    root: PathBuf,
    placeholders: Vec<String>,
}

impl Files for Disk {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.root.join(path))
    }

    fn is_file(&self, path: &str) -> bool {
        self.root.join(path).is_file() || self.placeholders.iter().any(|there| there == path)
    }

    fn is_dir(&self, path: &str) -> bool {
        self.root.join(path).is_dir()
    }
}

/// The paths of empty files that a case needs besides, by the case's name.
fn placeholders(path: &Path) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    let table =
        std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let mut rows = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let Some(header) = rows.next() else { bail!("{} is empty", path.display()) };
    let column = header.iter().position(|name| *name == "placeholders");
    let column =
        column.with_context(|| format!("{} has no column placeholders", path.display()))?;
    Ok(rows
        .filter_map(|row| {
            let paths = row.get(column)?.split(',').filter(|path| !path.is_empty());
            let paths = paths.map(|path| path.trim_start_matches("./").to_owned()).collect();
            Some(((*row.first()?).to_owned(), paths))
        })
        .collect())
}

fn cases(path: &Path) -> anyhow::Result<Vec<Value>> {
    let lines =
        std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    lines
        .lines()
        .zip(1..)
        .map(|(line, number)| {
            serde_json::from_str(line).with_context(|| format!("{}:{number}", path.display()))
        })
        .collect()
}

/// The bytes of an edge case's requirements file.
fn content(case: &Value) -> anyhow::Result<Vec<u8>> {
    match case["content_b64"].as_str() {
        Some(encoded) => base64(encoded).context("content_b64 is not base64"),
        None => Ok(text(case, "content").as_bytes().to_vec()),
    }
}

fn base64(text: &str) -> Option<Vec<u8>> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for digit in text.bytes().filter(|digit| *digit != b'=') {
        let value = DIGITS.iter().position(|known| *known == digit)?;
        bits = (bits << 6) | u32::try_from(value).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xFF).ok()?);
        }
    }
    Some(bytes)
}

/// Quotes a path as `urllib.request.pathname2url` does.
fn quoted(path: &str) -> String {
    path.bytes().fold(String::new(), |mut quoted, byte| {
        if byte.is_ascii_alphanumeric() || b"_.-~/".contains(&byte) {
            quoted.push(char::from(byte));
        } else {
            _ = write!(quoted, "%{byte:02X}");
        }
        quoted
    })
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn array<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

/// The strings of a list, or a single value as one string; `false` and `null` are none.
fn strings(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Array(items) => {
            items.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
        }
        Value::String(text) => BTreeSet::from([text.clone()]),
        Value::Bool(true) => BTreeSet::from(["true".to_owned()]),
        _ => BTreeSet::new(),
    }
}
