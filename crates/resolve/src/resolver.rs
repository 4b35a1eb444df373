//! The search, from a request to an answer or an explanation.

use std::collections::{BTreeMap, BTreeSet};

use boxwright_requirements::{Extra, PackageName};
use pubgrub::{PubGrubError, SelectedDependencies};

use crate::error::ResolveError;
use crate::explain;
use crate::node::Node;
use crate::provider::{Provider, Stopped};
use crate::roots::Roots;
use crate::{Index, Note, Pinned, Request, Resolution};

/// Finds one wheel for each project that the request needs.
///
/// # Errors
/// [`ResolveError`] says in words which lines cannot be met, and what to change.
pub fn resolve(request: &Request, index: &dyn Index) -> Result<Resolution, ResolveError> {
    let roots = Roots::new(request)?;
    let provider = Provider::new(request, index, roots);
    check_roots(&provider)?;
    loop {
        let permits = provider.permits();
        provider.rewind();
        match pubgrub::resolve(&provider, Node::Root, 0_u32) {
            Ok(solution) => return conclude(&provider, &solution),
            Err(PubGrubError::NoSolution(tree)) => {
                // A requirement found on the way may have permitted what was passed over before.
                if permits == provider.permits() {
                    return Err(explain::conflict(&provider, tree));
                }
                explain::dismantle(tree);
            }
            Err(PubGrubError::ErrorInShouldCancel(Stopped::Anew)) => {}
            Err(
                PubGrubError::ErrorRetrievingDependencies { source, .. }
                | PubGrubError::ErrorChoosingVersion { source, .. }
                | PubGrubError::ErrorInShouldCancel(source),
            ) => return Err(stopped(source)),
        }
    }
}

pub(crate) fn stopped(stopped: Stopped) -> ResolveError {
    match stopped {
        Stopped::Index { name, source } => ResolveError::Index { name, source },
        Stopped::TooHard | Stopped::Anew => ResolveError::TooHard,
    }
}

/// What no search is needed for: a line that nothing can meet, even alone.
pub(crate) fn check_roots(provider: &Provider<'_>) -> Result<(), ResolveError> {
    let names: BTreeSet<&PackageName> =
        provider.roots.wanted.iter().map(|line| &line.name).collect();
    provider.prefetch(provider.roots.wanted.iter().map(|line| &line.name));
    for name in names {
        let project = provider.project(name).map_err(stopped)?;
        let specifiers = provider.roots.specifiers_of(name);
        let ids = project.select(&specifiers);
        let permits = project.permits(&specifiers, &ids);
        if project.usable(&ids, &permits, provider.request.policy(name)).next().is_none() {
            return Err(explain::unsatisfiable(provider, name, &project, &ids, &permits));
        }
        provider.grant(name, permits);
    }
    Ok(())
}

fn conclude(
    provider: &Provider<'_>,
    solution: &SelectedDependencies<Node, u32>,
) -> Result<Resolution, ResolveError> {
    let mut chosen: BTreeMap<&PackageName, (u32, BTreeSet<&Extra>)> = BTreeMap::new();
    for (node, &id) in solution.iter() {
        match node {
            Node::Root => {}
            Node::Project(name) => chosen.entry(name).or_default().0 = id,
            Node::Extra(name, extra) => {
                chosen.entry(name).or_default().1.insert(extra);
            }
        }
    }
    let mut resolution = Resolution { packages: Vec::new(), notes: Vec::new() };
    for (name, (id, extras)) in chosen {
        let pinned = pin(provider, name, id, &extras, &mut resolution.notes)?;
        resolution.packages.push(pinned);
    }
    resolution.notes.sort();
    check_hashes(provider, &resolution)?;
    Ok(resolution)
}

fn pin(
    provider: &Provider<'_>,
    name: &PackageName,
    id: u32,
    extras: &BTreeSet<&Extra>,
    notes: &mut Vec<Note>,
) -> Result<Pinned, ResolveError> {
    let project = provider.project(name).map_err(stopped)?;
    let candidate = &project.candidates[id as usize];
    let unusable = |reason: String| ResolveError::Changed { name: name.clone(), reason };
    let metadata = provider.metadata(name, id).map_err(stopped)?.map_err(unusable)?;
    let wheel = candidate.wheel.clone().map_err(|reason| unusable(format!("{reason:?}")))?;
    let mut dependencies: BTreeSet<&PackageName> =
        provider.active(&metadata, None).map(|dependency| &dependency.name).collect();
    for extra in extras {
        dependencies
            .extend(provider.active(&metadata, Some(extra)).map(|dependency| &dependency.name));
        if !metadata.extras.contains(*extra) {
            notes.push(Note::UnknownExtra {
                name: name.clone(),
                version: candidate.version.clone(),
                extra: (*extra).clone(),
                wanted_by: explain::who_wants_extra(provider, name, extra),
            });
        }
    }
    dependencies.remove(name);
    for (id, reason) in provider.passed_over(name, id) {
        let version = project.candidates[id as usize].version.clone();
        notes.push(Note::PassedOver { name: name.clone(), version, reason });
    }
    if provider.request.no_binary.contains(name) {
        notes.push(Note::NotBuilt { name: name.clone(), version: candidate.version.clone() });
    }
    if let Some(reason) = &candidate.yanked {
        let (name, version) = (name.clone(), candidate.version.clone());
        notes.push(Note::Yanked { name, version, reason: reason.to_string() });
    }
    Ok(Pinned {
        name: name.clone(),
        version: candidate.version.clone(),
        wheel,
        direct: project.direct,
        extras: extras.iter().map(|&extra| extra.clone()).collect(),
        dependencies: dependencies.into_iter().cloned().collect(),
        origins: provider.roots.wanting(name).map(|line| line.origin.clone()).collect(),
    })
}

fn check_hashes(provider: &Provider<'_>, resolution: &Resolution) -> Result<(), ResolveError> {
    if !provider.request.require_hashes {
        return Ok(());
    }
    let unhashed: Vec<String> = resolution
        .packages
        .iter()
        .filter(|pinned| {
            let has_own = pinned.direct && pinned.wheel.sha256.is_some();
            !has_own && provider.roots.hashes_of(&pinned.name).is_empty()
        })
        .map(|pinned| format!("{}=={}", pinned.name, pinned.version))
        .collect();
    if unhashed.is_empty() { Ok(()) } else { Err(ResolveError::Unhashed { unhashed }) }
}
