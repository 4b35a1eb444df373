//! A refutation retold from the requirements on: who needs what, until nothing fits.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use boxwright_requirements::{Extra, Origin, PackageName};
use pep440_rs::Version;
use pubgrub::{External, VersionSet as _};

use crate::explain::Leaf;
use crate::node::Node;
use crate::provider::Provider;
use crate::unusable::Account;
use crate::versions::VersionIds;
use crate::words;

/// So many ways to need one project are told one by one.
const MOST_WAYS: usize = 3;

/// The facts of a refutation, by whom they are about.
pub(crate) struct Conflict<'a> {
    provider: &'a Provider<'a>,
    /// What versions of a project (or of one of its extras) need of another.
    needs: BTreeMap<Subject, BTreeMap<PackageName, Vec<Need>>>,
    /// The projects that lines ask for.
    wanted: BTreeSet<PackageName>,
    /// The versions that turned out to be unusable.
    missing: BTreeMap<PackageName, Vec<VersionIds>>,
    /// The versions that cannot be used for a reason found in their metadata.
    broken: BTreeMap<PackageName, Vec<(VersionIds, String)>>,
}

type Subject = (PackageName, Option<Extra>);

struct Need {
    versions: VersionIds,
    of: VersionIds,
}

impl<'a> Conflict<'a> {
    pub(crate) fn new(provider: &'a Provider<'a>) -> Self {
        Self {
            provider,
            needs: BTreeMap::new(),
            wanted: BTreeSet::new(),
            missing: BTreeMap::new(),
            broken: BTreeMap::new(),
        }
    }

    pub(crate) fn add(&mut self, leaf: &Leaf) {
        match leaf {
            External::NotRoot(..) => {}
            External::NoVersions(node, ids) => {
                if let Some(name) = node.name() {
                    self.missing.entry(name.clone()).or_default().push(ids.clone());
                }
            }
            External::Custom(node, ids, reason) => {
                if let Some(name) = node.name() {
                    let broken = self.broken.entry(name.clone()).or_default();
                    broken.push((ids.clone(), reason.clone()));
                }
            }
            External::FromDependencyOf(node, versions, other, of) => {
                self.add_need(node, versions, other, of);
            }
        }
    }

    fn add_need(&mut self, node: &Node, versions: &VersionIds, other: &Node, of: &VersionIds) {
        let Some(other) = other.name() else { return };
        let subject = match node {
            Node::Root => {
                self.wanted.insert(other.clone());
                return;
            }
            Node::Project(name) => (name.clone(), None),
            Node::Extra(name, extra) => (name.clone(), Some(extra.clone())),
        };
        // That an extra needs its own project goes without saying.
        if subject.0 != *other {
            let need = Need { versions: versions.clone(), of: of.clone() };
            self.needs.entry(subject).or_default().entry(other.clone()).or_default().push(need);
        }
    }

    /// The facts, from the lines to what cannot be had, and the lines.
    pub(crate) fn tell(&self) -> (Vec<String>, Vec<Origin>) {
        let (mut facts, mut origins) = (Vec::new(), Vec::new());
        let mut queue = VecDeque::new();
        for line in &self.provider.roots.wanted {
            if self.wanted.contains(&line.name) {
                facts.push(format!("{} wants {}", line.origin, words::wanted(line)));
                origins.push(line.origin.clone());
                queue.push_back(line.name.clone());
            }
        }
        let mut told = BTreeSet::new();
        while let Some(name) = queue.pop_front() {
            if !told.insert(name.clone()) {
                continue;
            }
            for (subject, needs) in self.needs.iter().filter(|((subject, _), _)| *subject == name) {
                for (other, ways) in needs {
                    facts.extend(self.tell_needs(subject, other, ways));
                    queue.push_back(other.clone());
                }
            }
            facts.extend(self.tell_shortage(&name));
            origins.extend(self.constraints(&name));
        }
        facts.dedup();
        origins.dedup();
        (facts, origins)
    }

    fn tell_needs(&self, subject: &Subject, other: &PackageName, needs: &[Need]) -> Vec<String> {
        let (name, extra) = subject;
        let label = match extra {
            None => name.to_string(),
            Some(extra) => format!("{name}[{extra}]"),
        };
        let mut ways: BTreeMap<String, VersionIds> = BTreeMap::new();
        for need in needs {
            let text = self.requirement(subject, &need.versions, other);
            ways.entry(text)
                .and_modify(|ids| *ids = ids.union(&need.versions))
                .or_insert_with(|| need.versions.clone());
        }
        let say = |text: &str, ids: &VersionIds| {
            let versions = self.versions(name, ids);
            let verb = words::verb(versions.0, "needs", "need");
            format!("{label} {} {verb} {text}", versions.1)
        };
        if ways.len() <= MOST_WAYS {
            return ways.iter().map(|(text, ids)| say(text, ids)).collect();
        }
        let all = ways.values().fold(VersionIds::none(), |all, ids| all.union(ids));
        let examples: Vec<String> = ways.keys().rev().take(MOST_WAYS).cloned().collect();
        let examples = words::list(&examples, "or");
        vec![say(&format!("one of several versions of {other}, such as {examples}"), &all)]
    }

    /// What the newest of some versions says that it needs of another project.
    fn requirement(&self, subject: &Subject, ids: &VersionIds, other: &PackageName) -> String {
        let (name, extra) = subject;
        let newest = self.provider.project(name).ok().and_then(|project| {
            let newest = ids.among(project.candidates.len()).next_back()?;
            self.provider.metadata(name, u32::try_from(newest).ok()?).ok()?.ok()
        });
        let needs: Vec<String> = newest
            .iter()
            .flat_map(|metadata| self.provider.active(metadata, extra.as_ref()))
            .filter(|dependency| dependency.name == *other)
            .map(|it| words::requirement(&it.name, &it.extras, &it.specifiers, it.url.as_ref()))
            .collect();
        if needs.is_empty() { other.to_string() } else { words::list(&needs, "and") }
    }

    /// How many versions, and which, of those that can be used.
    fn versions(&self, name: &PackageName, ids: &VersionIds) -> (usize, String) {
        let Ok(project) = self.provider.project(name) else { return (1, String::new()) };
        let permits = self.provider.permits_of(name);
        let usable: Vec<&Version> = project
            .usable(ids, &permits, self.provider.request.policy(name))
            .map(|index| &project.candidates[index].version)
            .collect();
        (usable.len(), words::versions(&usable))
    }

    /// Why versions of a project that others need cannot be had.
    fn tell_shortage(&self, name: &PackageName) -> Vec<String> {
        let Ok(project) = self.provider.project(name) else { return Vec::new() };
        let permits = self.provider.permits_of(name);
        let account =
            Account { provider: self.provider, name, project: &project, permits: &permits };
        if project.candidates.is_empty() {
            return account.reasons(&VersionIds::all());
        }
        let mut facts = Vec::new();
        let is_none = |ids: &VersionIds| ids.among(project.candidates.len()).next().is_none();
        if self.asked_for(name).any(is_none) {
            facts.extend(account.nearest(&VersionIds::none()).map(|newest| {
                format!(
                    "there is no such version of {name}: the newest that can be used is {newest}"
                )
            }));
        }
        let missing = self.missing_of(name);
        // Where final releases are in the way of each other, nobody waits for a pre-release.
        if self.needs.keys().any(|(subject, _)| subject == name) {
            facts.extend(account.reasons_beside_prereleases(&missing));
        } else {
            facts.extend(account.reasons(&missing));
        }
        for (ids, reason) in self.broken.get(name).into_iter().flatten() {
            facts.push(format!("{name} {} cannot be used: {reason}", self.versions(name, ids).1));
        }
        facts
    }

    /// The constraints that have a part in it.
    fn constraints(&self, name: &PackageName) -> Vec<Origin> {
        let Ok(project) = self.provider.project(name) else { return Vec::new() };
        let missing = self.missing_of(name);
        if !missing.among(project.candidates.len()).any(|index| project.candidates[index].ruled_out)
        {
            return Vec::new();
        }
        self.provider.roots.constraints_on(name).map(|line| line.origin.clone()).collect()
    }

    fn missing_of(&self, name: &PackageName) -> VersionIds {
        let missing = self.missing.get(name).into_iter().flatten();
        missing.fold(VersionIds::none(), |all, ids| all.union(ids))
    }

    fn asked_for(&self, name: &PackageName) -> impl Iterator<Item = &VersionIds> {
        let needs = self.needs.values().filter_map(|needs| needs.get(name)).flatten();
        needs.map(|need| &need.of)
    }
}
