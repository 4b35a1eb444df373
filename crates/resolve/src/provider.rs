//! The search's view of the index: PubGrub asks, this answers.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use boxwright_requirements::{Activated, Dependency, Extra, PackageName, Specifiers};
use pubgrub::{Dependencies, DependencyProvider, PackageResolutionStatistics};

use crate::metadata::Metadata;
use crate::node::Node;
use crate::project::{Filter, Permits, Project};
use crate::quarrels::{Quarrels, Role};
use crate::roots::Roots;
use crate::versions::VersionIds;
use crate::{Index, IndexError, Request, specifiers};

/// So many decisions are not made for any set that people write.
const MOST_DECISIONS: usize = 100_000;

pub(crate) struct Provider<'a> {
    pub(crate) request: &'a Request,
    pub(crate) roots: Roots<'a>,
    index: &'a dyn Index,
    filter: Filter,
    state: RefCell<State>,
}

/// What is learnt during the search.
#[derive(Default)]
struct State {
    projects: BTreeMap<PackageName, Rc<Project>>,
    metadata: BTreeMap<(PackageName, u32), Arc<Metadata>>,
    permits: BTreeMap<PackageName, Permits>,
    /// When each project was first heard of.
    order: BTreeMap<PackageName, usize>,
    /// Projects that a requirement pins to one version.
    pinned: BTreeSet<PackageName>,
    /// What was last decided for each project.
    decided: BTreeMap<PackageName, u32>,
    decisions: usize,
    quarrels: Quarrels,
    /// Versions whose metadata is of no use, and why.
    broken: BTreeMap<PackageName, BTreeMap<u32, String>>,
}

/// Why the search ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stopped {
    #[error("{name}: {source}")]
    Index { name: PackageName, source: IndexError },
    #[error("there is a better order of decisions")]
    Anew,
    #[error("no answer after {MOST_DECISIONS} decisions")]
    TooHard,
}

/// The order of decisions, the last first: what is given, then who suffered from earlier decisions,
/// then by the order of discovery, and at last whose decision others suffered from. A project
/// comes before its extras.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Priority {
    Culprit(Reverse<usize>, bool),
    Ordinary(Reverse<usize>, bool),
    Victim(Reverse<usize>, bool),
    Pinned(Reverse<usize>, bool),
    Direct(Reverse<usize>, bool),
    Root,
}

/// What a node needs, each with the versions that will do.
pub(crate) type Needs = Vec<(Node, VersionIds)>;

impl<'a> Provider<'a> {
    pub(crate) fn new(request: &'a Request, index: &'a dyn Index, roots: Roots<'a>) -> Self {
        let filter = Filter::new(&request.target, request.exclude_newer.clone());
        Self { request, roots, index, filter, state: RefCell::default() }
    }

    /// What files are judged by.
    pub(crate) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Forgets the order of discovery and keeps the facts, for another search.
    pub(crate) fn rewind(&self) {
        let mut state = self.state.borrow_mut();
        state.order.clear();
        state.pinned.clear();
        state.decided.clear();
    }

    /// What requirements permit, as far as they are known.
    pub(crate) fn permits(&self) -> BTreeMap<PackageName, Permits> {
        self.state.borrow().permits.clone()
    }

    /// What requirements permit for one project.
    pub(crate) fn permits_of(&self, name: &PackageName) -> Permits {
        self.state.borrow().permits.get(name).cloned().unwrap_or_default()
    }

    /// Adds to what requirements permit.
    pub(crate) fn grant(&self, name: &PackageName, permits: Permits) {
        self.state.borrow_mut().permits.entry(name.clone()).or_default().extend(permits);
    }

    /// Fetches the projects in parallel, where the index can.
    pub(crate) fn prefetch<'n>(&self, names: impl Iterator<Item = &'n PackageName>) {
        let state = self.state.borrow();
        let mut seen = BTreeSet::new();
        let missing: Vec<PackageName> = names
            .filter(|name| !state.projects.contains_key(*name))
            .filter(|name| !self.roots.direct.contains_key(*name) && seen.insert(*name))
            .cloned()
            .collect();
        if !missing.is_empty() {
            self.index.prefetch_projects(&missing);
        }
    }

    /// A project, fetched and judged once.
    pub(crate) fn project(&self, name: &PackageName) -> Result<Rc<Project>, Stopped> {
        if let Some(project) = self.state.borrow().projects.get(name) {
            return Ok(Rc::clone(project));
        }
        let project = Rc::new(self.load(name)?);
        self.state.borrow_mut().projects.insert(name.clone(), Rc::clone(&project));
        Ok(project)
    }

    fn load(&self, name: &PackageName) -> Result<Project, Stopped> {
        let mut project = if let Some(file) = self.roots.direct.get(name) {
            Project::from_url(file.clone(), &self.filter)
        } else {
            match self.index.project(name) {
                Ok(page) => Project::from_page(&page, &self.filter, self.roots.hashes_of(name)),
                Err(IndexError::NotFound) => Project::default(),
                Err(source) => return Err(Stopped::Index { name: name.clone(), source }),
            }
        };
        for constraint in self.roots.constraints_on(name) {
            project.constrain(&constraint.specifiers);
        }
        Ok(project)
    }

    /// The metadata of a version, or in words why it cannot be used.
    pub(crate) fn metadata(
        &self,
        name: &PackageName,
        id: u32,
    ) -> Result<Result<Arc<Metadata>, String>, Stopped> {
        let key = (name.clone(), id);
        if let Some(metadata) = self.state.borrow().metadata.get(&key) {
            return Ok(Ok(Arc::clone(metadata)));
        }
        let project = self.project(name)?;
        let Some(candidate) = project.candidates.get(id as usize) else {
            return Ok(Err("it does not exist".to_owned()));
        };
        let Ok(file) = &candidate.wheel else {
            return Ok(Err("it has no usable wheel".to_owned()));
        };
        let metadata = match self.index.metadata(file) {
            Ok(metadata) => metadata,
            Err(IndexError::Metadata(error)) => {
                return Ok(Err(self.note_broken(name, id, error.to_string())));
            }
            Err(source) => return Err(Stopped::Index { name: name.clone(), source }),
        };
        if metadata.name != *name || metadata.version != candidate.version {
            let (other, version) = (&metadata.name, &metadata.version);
            let reason = format!("its metadata is that of {other} {version}");
            return Ok(Err(self.note_broken(name, id, reason)));
        }
        let python = metadata.requires_python.as_deref();
        if let Some(python) = python.filter(|python| !self.filter.takes_python(python)) {
            return Ok(Err(format!("it needs Python {python}")));
        }
        self.state.borrow_mut().metadata.insert(key, Arc::clone(&metadata));
        Ok(Ok(metadata))
    }

    /// Takes note of a version that needs another than the decided one of a project.
    fn note_quarrel(&self, name: &PackageName, other: &PackageName, ids: &VersionIds) {
        let mut state = self.state.borrow_mut();
        if name != other && state.decided.get(other).is_some_and(|&id| !ids.has(id)) {
            state.quarrels.note(name, other);
        }
    }

    fn note_broken(&self, name: &PackageName, id: u32, reason: String) -> String {
        let mut state = self.state.borrow_mut();
        state.broken.entry(name.clone()).or_default().insert(id, reason.clone());
        reason
    }

    /// The versions above `id` that would have been preferred, had their metadata been of use.
    pub(crate) fn passed_over(&self, name: &PackageName, id: u32) -> Vec<(u32, String)> {
        let state = self.state.borrow();
        let broken = state.broken.get(name).into_iter().flatten();
        broken.filter(|&(&other, _)| other > id).map(|(id, reason)| (*id, reason.clone())).collect()
    }

    /// The dependencies that hold for the target, of a project or of one of its extras.
    pub(crate) fn active<'m>(
        &self,
        metadata: &'m Metadata,
        extra: Option<&Extra>,
    ) -> impl Iterator<Item = &'m Dependency> {
        let activated = Activated::new(extra.map(Extra::as_str), None::<&str>);
        metadata.dependencies.iter().filter(move |dependency| {
            let marker = dependency.marker.as_ref();
            marker.is_none_or(|marker| marker.holds(&self.request.target, &activated))
        })
    }

    fn root_needs(&self) -> Result<Needs, Stopped> {
        self.prefetch(self.roots.wanted.iter().map(|wanted| &wanted.name));
        let mut needs = Needs::new();
        for wanted in &self.roots.wanted {
            let ids = self.admit(&wanted.name, &wanted.specifiers)?;
            push_needs(&mut needs, &wanted.name, &wanted.extras, &ids);
        }
        Ok(needs)
    }

    /// Takes note of a requirement, and tells which versions will do.
    fn admit(&self, name: &PackageName, specifiers: &Specifiers) -> Result<VersionIds, Stopped> {
        let project = self.project(name)?;
        let ids = project.select(specifiers);
        let permits = project.permits(specifiers, &ids);
        let newest = {
            let mut state = self.state.borrow_mut();
            let next = state.order.len();
            state.order.entry(name.clone()).or_insert(next);
            if specifiers::pin(specifiers) {
                state.pinned.insert(name.clone());
            }
            let known = state.permits.entry(name.clone()).or_default();
            known.extend(permits);
            project.usable(&ids, known, self.request.policy(name)).next_back()
        };
        if let Some(newest) = newest
            && let Ok(file) = &project.candidates[newest].wheel
        {
            self.index.prefetch_metadata(file);
        }
        Ok(ids)
    }

    fn needs(
        &self,
        name: &PackageName,
        extra: Option<&Extra>,
        id: u32,
    ) -> Result<Result<Needs, String>, Stopped> {
        let metadata = match self.metadata(name, id)? {
            Ok(metadata) => metadata,
            Err(reason) => return Ok(Err(reason)),
        };
        self.prefetch(self.active(&metadata, extra).map(|dependency| &dependency.name));
        let mut needs = Needs::new();
        if extra.is_some() {
            needs
                .push((Node::Project(name.clone()), VersionIds::run(id as usize..id as usize + 1)));
        }
        for dependency in self.active(&metadata, extra) {
            if let Some(url) = &dependency.url
                && self
                    .roots
                    .direct
                    .get(&dependency.name)
                    .is_none_or(|file| file.url.as_str() != url.without_fragment())
            {
                let other = &dependency.name;
                return Ok(Err(format!("it needs {other} from {url}, which no requirement names")));
            }
            let ids = self.admit(&dependency.name, &dependency.specifiers)?;
            self.note_quarrel(name, &dependency.name, &ids);
            push_needs(&mut needs, &dependency.name, &dependency.extras, &ids);
        }
        let this = match extra {
            None => Node::Project(name.clone()),
            Some(extra) => Node::Extra(name.clone(), extra.clone()),
        };
        // PubGrub knows no dependency of a version on itself.
        if needs.iter().any(|(node, ids)| *node == this && !ids.has(id)) {
            return Ok(Err("it needs another version of itself".to_owned()));
        }
        needs.retain(|(node, _)| *node != this);
        Ok(Ok(needs))
    }
}

fn push_needs(needs: &mut Needs, name: &PackageName, extras: &BTreeSet<Extra>, ids: &VersionIds) {
    let project = std::iter::once(Node::Project(name.clone()));
    let extras = extras.iter().map(|extra| Node::Extra(name.clone(), extra.clone()));
    for node in project.chain(extras) {
        if let Some((_, known)) = needs.iter_mut().find(|(known, _)| *known == node) {
            *known = known.both(ids);
        } else {
            needs.push((node, ids.clone()));
        }
    }
}

impl DependencyProvider for Provider<'_> {
    type P = Node;
    type V = u32;
    type VS = VersionIds;
    type Priority = Priority;
    type M = String;
    type Err = Stopped;

    fn prioritize(&self, node: &Node, _: &VersionIds, _: &PackageResolutionStatistics) -> Priority {
        let Some(name) = node.name() else { return Priority::Root };
        let state = self.state.borrow();
        let age = Reverse(state.order.get(name).copied().unwrap_or(usize::MAX));
        let is_project = matches!(node, Node::Project(_));
        if self.roots.direct.contains_key(name) {
            Priority::Direct(age, is_project)
        } else if state.pinned.contains(name) {
            Priority::Pinned(age, is_project)
        } else {
            match state.quarrels.role(name) {
                Some(Role::Victim) => Priority::Victim(age, is_project),
                Some(Role::Culprit) => Priority::Culprit(age, is_project),
                None => Priority::Ordinary(age, is_project),
            }
        }
    }

    fn choose_version(&self, node: &Node, ids: &VersionIds) -> Result<Option<u32>, Stopped> {
        let Some(name) = node.name() else { return Ok(Some(0)) };
        let project = self.project(name)?;
        let mut state = self.state.borrow_mut();
        state.decisions += 1;
        // An extra follows its project: any other version would only be taken back.
        if let (Node::Extra(..), Some(&id)) = (node, state.decided.get(name))
            && ids.has(id)
        {
            return Ok(Some(id));
        }
        let permits = state.permits.entry(name.clone()).or_default();
        let newest = project.usable(ids, permits, self.request.policy(name)).next_back();
        let newest = newest.and_then(|index| u32::try_from(index).ok());
        if let (Node::Project(_), Some(id)) = (node, newest) {
            state.decided.insert(name.clone(), id);
        }
        Ok(newest)
    }

    fn get_dependencies(
        &self,
        node: &Node,
        id: &u32,
    ) -> Result<Dependencies<Node, VersionIds, String>, Stopped> {
        let needs = match node {
            Node::Root => Ok(self.root_needs()?),
            Node::Project(name) => self.needs(name, None, *id)?,
            Node::Extra(name, extra) => self.needs(name, Some(extra), *id)?,
        };
        Ok(match needs {
            Ok(needs) => Dependencies::Available(needs.into_iter().collect()),
            Err(reason) => Dependencies::Unavailable(reason),
        })
    }

    fn should_cancel(&self) -> Result<(), Stopped> {
        let mut state = self.state.borrow_mut();
        if state.decisions > MOST_DECISIONS {
            return Err(Stopped::TooHard);
        }
        if state.quarrels.take_change() {
            return Err(Stopped::Anew);
        }
        Ok(())
    }
}
