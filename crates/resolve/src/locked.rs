//! The wheels of a lock file: no search, only the choice of a file for each package.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use boxwright_digest::Digest;
use boxwright_requirements::{
    Hash, Link, LockedFile, LockedPackage, PackageName, Pin, Source, Specifiers, Target,
};

use crate::error::{ResolveError, UrlProblem};
use crate::page::{PageFile, ProjectPage, RemoteFile, Sidecar, SourceFile};
use crate::provider::Provider;
use crate::resolver::{check_roots, stopped};
use crate::roots::Roots;
use crate::{Index, IndexError, Metadata, Note, Pinned, Request, Resolution, Wanted};

/// Finds the wheel of each locked package that fits the target best.
///
/// The index is asked only for packages whose files the lock does not locate, and never for
/// metadata: which packages are needed is what the lock has decided.
///
/// # Errors
/// A package that comes from a directory or a repository; one without a wheel for the target, or
/// without one that has a locked hash.
pub fn choose_locked(
    pins: &[Pin<'_>],
    target: &Target,
    index: &dyn Index,
) -> Result<Resolution, ResolveError> {
    let wanted: Result<Vec<Wanted>, ResolveError> = pins.iter().map(wanted).collect();
    let request = Request::new(*target, wanted?);
    let located = pins.iter().filter_map(|pin| Some((&pin.package.name, located(pin.package)?)));
    let index = LockIndex { located: located.collect(), index };
    let provider = Provider::new(&request, &index, Roots::new(&request)?);
    check_roots(&provider)?;
    let mut resolution = Resolution { packages: Vec::new(), notes: Vec::new() };
    for pin in pins {
        let pinned = choose(&provider, pin, &mut resolution.notes)?;
        resolution.packages.push(pinned);
    }
    resolution.packages.sort_by(|a, b| a.name.cmp(&b.name));
    resolution.notes.sort();
    Ok(resolution)
}

/// The lock's own files where it says where they are, and the index for the rest.
struct LockIndex<'a> {
    located: BTreeMap<&'a PackageName, Arc<ProjectPage>>,
    index: &'a dyn Index,
}

impl Index for LockIndex<'_> {
    fn project(&self, name: &PackageName) -> Result<Arc<ProjectPage>, IndexError> {
        self.located.get(name).map_or_else(|| self.index.project(name), |page| Ok(Arc::clone(page)))
    }

    fn metadata(&self, file: &RemoteFile) -> Result<Arc<Metadata>, IndexError> {
        self.index.metadata(file)
    }

    fn prefetch_projects(&self, names: &[PackageName]) {
        let missing: Vec<PackageName> =
            names.iter().filter(|name| !self.located.contains_key(name)).cloned().collect();
        if !missing.is_empty() {
            self.index.prefetch_projects(&missing);
        }
    }
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

fn choose(
    provider: &Provider<'_>,
    pin: &Pin<'_>,
    notes: &mut Vec<Note>,
) -> Result<Pinned, ResolveError> {
    let name = &pin.package.name;
    let project = provider.project(name).map_err(stopped)?;
    let ids = project.select(&provider.roots.specifiers_of(name));
    let newest =
        project.usable(&ids, &provider.permits_of(name), provider.request.policy(name)).next_back();
    let changed =
        || ResolveError::Changed { name: name.clone(), reason: "its wheel is gone".to_owned() };
    let candidate = &project.candidates[newest.ok_or_else(changed)?];
    if let Some(reason) = &candidate.yanked {
        let (name, version) = (name.clone(), candidate.version.clone());
        notes.push(Note::Yanked { name, version, reason: reason.to_string() });
    }
    Ok(Pinned {
        name: name.clone(),
        version: candidate.version.clone(),
        wheel: candidate.wheel.clone().map_err(|_| changed())?,
        direct: project.direct,
        extras: pin.extras.iter().cloned().collect(),
        dependencies: Vec::new(),
        origins: vec![pin.package.origin.clone()],
    })
}
