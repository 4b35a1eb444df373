//! The wheels of a lock file: no search, only the choice of a file for each package.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use boxwright_digest::Digest;
use boxwright_requirements::{
    Hash, Link, LockedFile, LockedPackage, PYPI, PackageName, Pin, Source, Specifiers, Target,
};

use crate::error::{Explanation, ResolveError, UrlProblem};
use crate::page::{PageFile, ProjectPage, RemoteFile, Sidecar, SourceFile};
use crate::project::{Permits, Project};
use crate::provider::Provider;
use crate::roots::Roots;
use crate::unusable::Account;
use crate::{Index, IndexError, Note, Pinned, Request, Resolution, Wanted, words};

/// Finds the wheel of each locked package that fits the target best.
///
/// The index is asked only for packages whose files the lock does not locate, and for what else
/// there is where they do not fit. It is never asked for metadata: which packages are needed is
/// what the lock has decided. Time is linear in the size of the lock.
///
/// # Errors
/// A package that comes from a directory or a repository; one without a wheel for the target, or
/// without one that has a locked hash.
pub fn choose_locked(
    pins: &[Pin<'_>],
    target: &Target,
    index: &dyn Index,
) -> Result<Resolution, ResolveError> {
    refuse_doubles(pins)?;
    let wanted: Result<Vec<Wanted>, ResolveError> = pins.iter().map(wanted).collect();
    let request = Request::new(*target, wanted?);
    let provider = Provider::new(&request, index, Roots::new(&request)?);
    let choices: Vec<Choice<'_>> = pins
        .iter()
        .zip(&request.requirements)
        .map(|(pin, wanted)| Choice {
            pin,
            wanted,
            located: located(pin.package),
            provider: &provider,
            index,
        })
        .collect();
    let unlocated: Vec<PackageName> = choices
        .iter()
        .filter(|choice| choice.located.is_none() && choice.wanted.url.is_none())
        .map(|choice| choice.wanted.name.clone())
        .collect();
    if !unlocated.is_empty() {
        index.prefetch_projects(&unlocated);
    }
    let mut resolution = Resolution { packages: Vec::new(), notes: Vec::new() };
    for choice in &choices {
        resolution.packages.push(choice.make(&mut resolution.notes)?);
    }
    resolution.packages.sort_by(|a, b| a.name.cmp(&b.name));
    resolution.notes.sort();
    Ok(resolution)
}

/// A target has room for one version of each package.
fn refuse_doubles(pins: &[Pin<'_>]) -> Result<(), ResolveError> {
    let mut seen: BTreeMap<&PackageName, &LockedPackage> = BTreeMap::new();
    for Pin { package, .. } in pins {
        if let Some(other) = seen.insert(&package.name, package) {
            let both = [other, package];
            let problem = format!(
                "{} and {} lock {} and {} for the same target",
                other.origin,
                package.origin,
                label(other),
                label(package)
            );
            let fix =
                format!("keep one of them where they are asked for, and {}", write_anew(package));
            let origins = both.map(|package| package.origin.clone()).into();
            return Err(unsatisfiable(Explanation { problem, facts: Vec::new(), fix, origins }));
        }
    }
    Ok(())
}

/// A locked package as a requirement for just that.
fn wanted(pin: &Pin<'_>) -> Result<Wanted, ResolveError> {
    let LockedPackage { name, version, source, files, origin, .. } = pin.package;
    let refuse = |url: Link, problem| {
        let (origin, name) = (origin.clone(), name.clone());
        ResolveError::Url { origin, name, url, problem }
    };
    let url = match source {
        Source::Index { .. } => None,
        Source::Archive(link) => Some(link.clone()),
        Source::Vcs(link) => return Err(refuse(link.clone(), UrlProblem::VersionControl)),
        Source::Path(path) => return Err(refuse(Link::new(&path.to_string()), UrlProblem::Local)),
    };
    let hashes: BTreeSet<Digest> =
        files.iter().flat_map(|file| &file.hashes).filter_map(Hash::as_sha256).collect();
    let is_hashed = files.iter().any(|file| !file.hashes.is_empty());
    if is_hashed && hashes.is_empty() && url.is_none() {
        return Err(refuse(Link::new(&label(pin.package)), UrlProblem::NoSha256));
    }
    Ok(Wanted {
        name: name.clone(),
        extras: BTreeSet::new(),
        specifiers: match version {
            Some(version) if url.is_none() => Specifiers::exactly(version.clone()),
            _ => Specifiers::any(),
        },
        url,
        marker: None,
        hashes: hashes.into_iter().collect(),
        origin: origin.clone(),
    })
}

/// The files of a package as a page; `None` if the lock does not say where they are.
fn located(package: &LockedPackage) -> Option<Arc<ProjectPage>> {
    let mut page = ProjectPage::default();
    for file in &package.files {
        let Some(Source::Archive(url)) = &file.location else { return None };
        if let Some(file) = page_file(file, url) {
            page.wheels.push(file);
        } else if let Some(version) = &package.version {
            page.sources.push(SourceFile { version: version.clone(), requires_python: None });
        }
    }
    (!package.files.is_empty()).then(|| Arc::new(page))
}

fn page_file(file: &LockedFile, url: &Link) -> Option<PageFile> {
    let file = RemoteFile {
        name: file.name.parse().ok()?,
        url: Link::new(url.without_fragment()),
        sha256: file.hashes.iter().find_map(Hash::as_sha256),
        size: file.size,
        metadata: Sidecar::Absent,
    };
    Some(PageFile { file, requires_python: None, yanked: None, uploaded: None })
}

/// `flask 3.1.0`, or the name alone.
fn label(package: &LockedPackage) -> String {
    let version = package.version.as_ref().map(|version| format!(" {version}"));
    format!("{}{}", package.name, version.unwrap_or_default())
}

/// Nobody edits a lock: its tool does.
fn write_anew(package: &LockedPackage) -> String {
    format!("write {} anew", package.origin.file)
}

fn unsatisfiable(explanation: Explanation) -> ResolveError {
    ResolveError::Unsatisfiable(Box::new(explanation))
}

/// One package, and what decides its wheel.
struct Choice<'a> {
    pin: &'a Pin<'a>,
    wanted: &'a Wanted,
    /// The lock's own files, where it says where they are.
    located: Option<Arc<ProjectPage>>,
    provider: &'a Provider<'a>,
    index: &'a dyn Index,
}

impl Choice<'_> {
    fn make(&self, notes: &mut Vec<Note>) -> Result<Pinned, ResolveError> {
        let project = self.project()?;
        let ids = project.select(&self.wanted.specifiers);
        // A lock names its versions, so pre-releases and yanked ones are meant.
        let chosen = ids.among(project.candidates.len()).rev().find_map(|id| {
            let candidate = &project.candidates[id];
            Some((candidate, candidate.wheel.as_ref().ok()?))
        });
        let Some((candidate, wheel)) = chosen else { return Err(self.explain(&project)) };
        let name = &self.wanted.name;
        if let Some(reason) = &candidate.yanked {
            let (name, version) = (name.clone(), candidate.version.clone());
            notes.push(Note::Yanked { name, version, reason: reason.to_string() });
        }
        Ok(Pinned {
            name: name.clone(),
            version: candidate.version.clone(),
            wheel: wheel.clone(),
            direct: project.direct,
            extras: self.pin.extras.iter().cloned().collect(),
            dependencies: Vec::new(),
            origins: vec![self.wanted.origin.clone()],
        })
    }

    /// The package by its URL, by the lock's own files, or by the index.
    fn project(&self) -> Result<Project, ResolveError> {
        let Self { wanted, provider, .. } = self;
        if let Some(file) = provider.roots.direct.get(&wanted.name) {
            return Ok(Project::from_url(file.clone(), provider.filter()));
        }
        let page = match &self.located {
            Some(page) => Arc::clone(page),
            None => self.page()?,
        };
        Ok(Project::from_page(&page, provider.filter(), &wanted.hashes))
    }

    fn page(&self) -> Result<Arc<ProjectPage>, ResolveError> {
        let name = &self.wanted.name;
        self.refuse_foreign()?;
        if self.pin.package.version.is_none() {
            let fix = format!("{} with a version of {name}", write_anew(self.pin.package));
            return Err(self.unusable(&format!("locks {name} to no version"), Vec::new(), fix));
        }
        self.index.project(name).map_err(|source| match source {
            IndexError::NotFound => self.unusable(
                &format!("locks {}, and the index has no project of that name", self.label()),
                Vec::new(),
                format!("name the index that has {name}"),
            ),
            source => ResolveError::Index { name: name.clone(), source },
        })
    }

    /// Where a lock names an index for a package and no hash, whatever has the same name on the index that
    /// is asked would be taken for it: that is how dependency confusion works.
    fn refuse_foreign(&self) -> Result<(), ResolveError> {
        match &self.pin.package.source {
            Source::Index { index: Some(own) }
                if self.wanted.hashes.is_empty() && own.identity() != PYPI =>
            {
                let own = own.redacted();
                let problem = format!(
                    "locks {} from {own}, and no hash tells its files from others of that name",
                    self.label()
                );
                let fix = format!("{} with hashes", write_anew(self.pin.package));
                Err(self.unusable(&problem, Vec::new(), fix))
            }
            _ => Ok(()),
        }
    }

    /// Why nothing of the package can be taken, and which other version would do. Only now is the
    /// index asked about packages that the lock locates; where it does not answer, what the lock
    /// says is still told.
    fn explain(&self, project: &Project) -> ResolveError {
        let (Self { provider, wanted, .. }, permits) = (self, Permits::default());
        let name = &wanted.name;
        let target = words::target(&provider.request.target);
        let account = |project| Account { provider, name, project, permits: &permits };
        let ids = project.select(&wanted.specifiers);
        let mut facts = account(project).reasons(&ids);
        if facts.is_empty() {
            facts.push(format!("there is no file of {}", self.label()));
        }
        let version = self.pin.package.version.as_ref();
        if !project.direct {
            facts.push(match self.index.project(name) {
                Ok(page) => {
                    let all = Project::from_page(&page, provider.filter(), &[]);
                    match account(&all).nearest(&all.select(&wanted.specifiers)) {
                        Some(other) if Some(other) == version => {
                            format!("by now the index has a wheel of {name} {other} for {target}")
                        }
                        Some(other) => {
                            format!("the nearest version with a wheel for {target} is {other}")
                        }
                        None => format!("no version of {name} has a wheel for {target}"),
                    }
                }
                Err(error) => format!("the index tells of no other version: {error}"),
            });
        }
        let fix = format!(
            "ask for a version that has such a wheel, or build one once and ask for its URL; then {}",
            write_anew(self.pin.package)
        );
        let problem = format!("locks {}, and has no wheel of it that can be used", self.label());
        self.unusable(&problem, facts, fix)
    }

    fn label(&self) -> String {
        label(self.pin.package)
    }

    fn unusable(&self, problem: &str, facts: Vec<String>, fix: String) -> ResolveError {
        let origin = &self.wanted.origin;
        let problem = format!("{origin} {problem}");
        unsatisfiable(Explanation { problem, facts, fix, origins: vec![origin.clone()] })
    }
}
