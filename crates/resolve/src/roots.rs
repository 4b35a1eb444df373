//! The lines of a request that hold for its target, sorted by what they say.

use std::collections::BTreeMap;
use std::str::FromStr;

use boxwright_digest::Digest;
use boxwright_requirements::{Activated, Link, PackageName, Specifiers};
use boxwright_wheel::WheelName;

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
    pub(crate) fn new(request: &'a Request) -> Result<Self, ResolveError> {
        let nothing = Activated::default();
        let holds = |line: &&Wanted| {
            line.marker.as_ref().is_none_or(|marker| marker.holds(&request.target, &nothing))
        };
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
    pub(crate) fn specifiers_of(&self, name: &PackageName) -> Specifiers {
        self.lines()
            .filter(|line| line.name == *name)
            .fold(Specifiers::any(), |all, line| all.and(line.specifiers.clone()))
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

/// The project that a wheel's URL is for.
pub(crate) fn project_of(link: &Link) -> Result<PackageName, UrlProblem> {
    wheel_name(link).map(|name| name.name().clone())
}

fn wheel_name(link: &Link) -> Result<WheelName, UrlProblem> {
    if link.is_vcs() {
        return Err(UrlProblem::VersionControl);
    }
    let scheme = link.scheme();
    if !["http", "https"].contains(&scheme.as_str()) {
        return Err(UrlProblem::Scheme(scheme));
    }
    let file_name = link.file_name();
    if file_name.strip_suffix(".whl").is_none() {
        return Err(UrlProblem::NoWheel);
    }
    WheelName::from_str(&file_name).map_err(|error| UrlProblem::Malformed(error.to_string()))
}

/// The wheel that a requirement's URL stands for.
fn wheel_at(url: &Link, line: &Wanted) -> Result<RemoteFile, UrlProblem> {
    let name = wheel_name(url)?;
    if *name.name() != line.name {
        return Err(UrlProblem::OtherProject(name.name().clone()));
    }
    let stated = match url.fragment("sha256").map(Digest::from_hex) {
        None => None,
        Some(Ok(digest)) => Some(digest),
        Some(Err(error)) => return Err(UrlProblem::Malformed(error.to_string())),
    };
    let sha256 = match (stated, line.hashes.as_slice()) {
        (Some(digest), []) => Some(digest),
        (Some(digest), hashes) if hashes.contains(&digest) => Some(digest),
        (None, []) => None,
        (None, [digest]) => Some(*digest),
        _ => return Err(UrlProblem::Hashes),
    };
    let url = Link::new(url.without_fragment());
    Ok(RemoteFile { name, url, sha256, size: None, metadata: Sidecar::Absent })
}
