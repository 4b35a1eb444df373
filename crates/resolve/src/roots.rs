//! The lines of a request that hold for its target, sorted by what they say.

use std::collections::BTreeMap;
use std::str::FromStr;

use boxwright_digest::Digest;
use boxwright_wheel::WheelName;
use pep440_rs::VersionSpecifiers;
use pep508_rs::{MarkerEnvironment, PackageName};
use url::Url;

use crate::error::{ResolveError, UrlProblem};
use crate::page::{RemoteFile, Sidecar};
use crate::{Request, Wanted};

pub(crate) struct Roots<'a> {
    /// The requirements, in order.
    pub(crate) wanted: Vec<&'a Wanted>,
    /// The constraints, in order.
    constraints: Vec<&'a Wanted>,
    /// The projects whose wheel's URL a line gives.
    pub(crate) direct: BTreeMap<PackageName, RemoteFile>,
    hashes: BTreeMap<PackageName, Vec<Digest>>,
}

impl<'a> Roots<'a> {
    pub(crate) fn new(
        request: &'a Request,
        environment: &MarkerEnvironment,
    ) -> Result<Self, ResolveError> {
        let holds = |line: &&Wanted| line.marker.evaluate(environment, &[]);
        let mut roots = Self {
            wanted: request.requirements.iter().filter(holds).collect(),
            constraints: request.constraints.iter().filter(holds).collect(),
            direct: BTreeMap::new(),
            hashes: BTreeMap::new(),
        };
        let lines: Vec<&Wanted> = roots.lines().collect();
        for line in lines {
            roots.note_hashes(line);
            roots.note_url(line)?;
        }
        Ok(roots)
    }

    /// Requirements, then constraints.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &'a Wanted> {
        self.wanted.iter().chain(&self.constraints).copied()
    }

    /// The requirements of a project.
    pub(crate) fn wanting(&self, name: &PackageName) -> impl Iterator<Item = &'a Wanted> {
        self.wanted.iter().copied().filter(move |line| line.name == *name)
    }

    /// The constraints on a project.
    pub(crate) fn constraints_on(&self, name: &PackageName) -> impl Iterator<Item = &'a Wanted> {
        self.constraints.iter().copied().filter(move |line| line.name == *name)
    }

    /// What a project's wheel may hash to; empty for anything.
    pub(crate) fn hashes_of(&self, name: &PackageName) -> &[Digest] {
        self.hashes.get(name).map_or(&[], Vec::as_slice)
    }

    /// All that requirements and constraints say about a project's version.
    pub(crate) fn specifiers_of(&self, name: &PackageName) -> VersionSpecifiers {
        self.lines()
            .filter(|line| line.name == *name)
            .flat_map(|line| line.specifiers.iter().cloned())
            .collect()
    }

    /// Two lines with hashes leave what is in both, as for pip.
    fn note_hashes(&mut self, line: &Wanted) {
        if line.hashes.is_empty() {
            return;
        }
        self.hashes
            .entry(line.name.clone())
            .and_modify(|known| known.retain(|hash| line.hashes.contains(hash)))
            .or_insert_with(|| line.hashes.clone());
    }

    fn note_url(&mut self, line: &Wanted) -> Result<(), ResolveError> {
        let Some(url) = &line.url else { return Ok(()) };
        let refuse = |problem| ResolveError::Url {
            origin: line.origin.clone(),
            name: line.name.clone(),
            url: url.clone(),
            problem,
        };
        let file = wheel_at(url, line).map_err(refuse)?;
        match self.direct.get(&line.name) {
            Some(known) if known.url != file.url || known.sha256 != file.sha256 => {
                Err(refuse(UrlProblem::Another { url: known.url.clone() }))
            }
            _ => {
                self.direct.insert(line.name.clone(), file);
                Ok(())
            }
        }
    }
}

/// The wheel that a requirement's URL stands for.
fn wheel_at(url: &str, line: &Wanted) -> Result<RemoteFile, UrlProblem> {
    let mut url = Url::parse(url).map_err(|error| UrlProblem::Malformed(error.to_string()))?;
    match url.scheme() {
        "http" | "https" | "file" => {}
        scheme if scheme.contains('+') => return Err(UrlProblem::VersionControl),
        scheme => return Err(UrlProblem::Scheme(scheme.to_owned())),
    }
    let last = url.path_segments().and_then(Iterator::last).unwrap_or_default().to_owned();
    let file_name = percent_decoded(&last);
    if file_name.strip_suffix(".whl").is_none() {
        return Err(UrlProblem::NoWheel);
    }
    let name = WheelName::from_str(&file_name)
        .map_err(|error| UrlProblem::Malformed(error.to_string()))?;
    if *name.name() != line.name {
        return Err(UrlProblem::OtherProject(name.name().clone()));
    }
    let sha256 = match url.fragment().and_then(sha256_of) {
        Some(hex) => {
            Some(Digest::from_hex(&hex).map_err(|error| UrlProblem::Malformed(error.to_string()))?)
        }
        None => None,
    };
    url.set_fragment(None);
    let sha256 = match (sha256, line.hashes.as_slice()) {
        (Some(digest), []) => Some(digest),
        (Some(digest), hashes) if hashes.contains(&digest) => Some(digest),
        (None, []) => None,
        (None, [digest]) => Some(*digest),
        _ => return Err(UrlProblem::Hashes),
    };
    Ok(RemoteFile { name, url: url.into(), sha256, size: None, metadata: Sidecar::Absent })
}

fn sha256_of(fragment: &str) -> Option<String> {
    fragment.split('&').find_map(|part| part.strip_prefix("sha256=")).map(str::to_owned)
}

fn percent_decoded(text: &str) -> String {
    // `form_urlencoded` would turn `+`, which local versions have, into a space.
    let escaped = format!("name={}", text.replace('+', "%2B"));
    let decoded = url::form_urlencoded::parse(escaped.as_bytes()).next();
    decoded.map(|(_, value)| value.into_owned()).unwrap_or_default()
}
