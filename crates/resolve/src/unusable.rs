//! Why none of some versions can be taken, in sentences.

use std::collections::BTreeMap;

use boxwright_requirements::PackageName;
use pep440_rs::Version;

use crate::project::{Candidate, Permits, Project, Unusable};
use crate::provider::Provider;
use crate::resolution::because;
use crate::versions::VersionIds;
use crate::{suggest, words};

/// A project and what may be taken of it.
pub(crate) struct Account<'a> {
    pub(crate) provider: &'a Provider<'a>,
    pub(crate) name: &'a PackageName,
    pub(crate) project: &'a Project,
    pub(crate) permits: &'a Permits,
}

/// A reason that many versions can share.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reason<'a> {
    TooNew,
    OnlySource,
    OtherPlatform,
    OtherPython,
    NeedsPython(&'a str),
    OtherHashes,
    RuledOut,
    Yanked(&'a str),
    PreRelease,
}

impl<'a> Reason<'a> {
    fn of(unusable: &'a Unusable) -> Self {
        match unusable {
            Unusable::TooNew => Self::TooNew,
            Unusable::OnlySource => Self::OnlySource,
            Unusable::OtherPlatform(_) => Self::OtherPlatform,
            Unusable::OtherPython(_) => Self::OtherPython,
            Unusable::NeedsPython(python) => Self::NeedsPython(python),
            Unusable::OtherHashes => Self::OtherHashes,
        }
    }
}

/// More reasons than this are summed up.
const MOST_REASONS: usize = 6;

impl<'a> Account<'a> {
    /// Why versions of a set cannot be taken.
    pub(crate) fn reasons(&self, ids: &VersionIds) -> Vec<String> {
        let name = self.name;
        if !self.project.exists {
            return vec![format!("the index has no project {name}")];
        }
        if self.project.candidates.is_empty() {
            return vec![format!("the index has no release of {name}")];
        }
        self.sentences(ids, |_| true)
    }

    /// The same without those that are pre-releases, and nothing else is against them.
    pub(crate) fn reasons_beside_prereleases(&self, ids: &VersionIds) -> Vec<String> {
        self.sentences(ids, |reason| *reason != Reason::PreRelease)
    }

    fn sentences(&self, ids: &VersionIds, told: impl Fn(&Reason<'_>) -> bool) -> Vec<String> {
        let mut groups: BTreeMap<Reason<'_>, Vec<&Candidate>> = BTreeMap::new();
        for index in ids.among(self.project.candidates.len()) {
            if let Some(reason) = self.reason(index).filter(&told) {
                groups.entry(reason).or_default().push(&self.project.candidates[index]);
            }
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        let newest = |group: &[&Candidate]| group.last().map(|candidate| candidate.version.clone());
        // The newest version is the one that people have in mind.
        groups.sort_by_key(|(_, group)| std::cmp::Reverse(newest(group)));
        let rest = groups.split_off(groups.len().min(MOST_REASONS));
        let mut sentences: Vec<String> =
            groups.iter().map(|(reason, group)| self.sentence(reason, group)).collect();
        let rest: usize = rest.iter().map(|(_, group)| group.len()).sum();
        if rest > 0 {
            let name = self.name;
            sentences.push(format!(
                "{rest} older versions of {name} cannot be used for reasons like these"
            ));
        }
        sentences
    }

    /// The first usable version above the newest of a set, else the last below it; the newest of all
    /// when the set has none.
    pub(crate) fn nearest(&self, ids: &VersionIds) -> Option<&'a Version> {
        let candidates = &self.project.candidates;
        let policy = self.provider.request.policy(self.name);
        let all = VersionIds::all();
        let mut usable = self.project.usable(&all, self.permits, policy);
        let nearest = match ids.among(candidates.len()).next_back() {
            Some(newest) => {
                let (below, above): (Vec<_>, Vec<_>) = usable.partition(|&index| index < newest);
                above.first().or(below.last()).copied()
            }
            None => usable.next_back(),
        };
        nearest.map(|index| &candidates[index].version)
    }

    /// Whether no version has a wheel for the target, whatever else there is against them.
    pub(crate) fn is_without_wheels(&self) -> bool {
        self.project.candidates.iter().all(|candidate| {
            matches!(
                candidate.wheel,
                Err(Unusable::OnlySource | Unusable::OtherPlatform(_) | Unusable::OtherPython(_))
            )
        })
    }

    fn reason(&self, index: usize) -> Option<Reason<'a>> {
        let policy = self.provider.request.policy(self.name);
        let candidate: &'a Candidate = &self.project.candidates[index];
        if let Err(reason) = &candidate.wheel {
            return Some(Reason::of(reason));
        }
        if self.project.is_usable(index, self.permits, policy) {
            return None;
        }
        Some(match &candidate.yanked {
            _ if candidate.ruled_out => Reason::RuledOut,
            Some(reason) => Reason::Yanked(reason),
            None => Reason::PreRelease,
        })
    }

    fn sentence(&self, reason: &Reason<'_>, group: &[&Candidate]) -> String {
        let versions: Vec<&Version> = group.iter().map(|candidate| &candidate.version).collect();
        let count = versions.len();
        let verb = |one, many| words::verb(count, one, many);
        let have = verb("has", "have");
        let subject = format!("{} {}", self.name, words::versions(&versions));
        match reason {
            Reason::TooNew => {
                let were = verb("was", "were");
                format!("{subject} {were} uploaded too late to count, or at an unknown time")
            }
            Reason::OnlySource => {
                let sources = verb("a source distribution", "source distributions");
                format!("{subject} {have} only {sources} (sdist), and no wheel")
            }
            Reason::OtherPlatform | Reason::OtherPython => {
                let target = words::target(&self.provider.request.target);
                format!("{subject} {have} no wheel for {target}{}", but_for(group.last()))
            }
            Reason::NeedsPython(python) => {
                format!("{subject} {} Python {python}", verb("needs", "need"))
            }
            Reason::OtherHashes => {
                format!("{subject} {have} no wheel with a hash that the requirements allow")
            }
            Reason::RuledOut => {
                format!("{subject} {} ruled out by {}", verb("is", "are"), self.ruled_by())
            }
            Reason::Yanked(why) => {
                format!("{subject} {} yanked{}", verb("was", "were"), because(why))
            }
            Reason::PreRelease => {
                let are = verb("is a pre-release", "are pre-releases");
                format!("{subject} {are}, which nothing asks for")
            }
        }
    }

    fn ruled_by(&self) -> String {
        let lines: Vec<String> = self
            .provider
            .roots
            .constraints_on(self.name)
            .map(|line| format!("{} ({})", line.origin, words::wanted(line)))
            .collect();
        words::list(&lines, "and")
    }

    /// What can be done about the newest of some versions, if none of the project can be used.
    pub(crate) fn remedy(&self, ids: &VersionIds, at: &str) -> String {
        let name = self.name;
        let newest = ids.among(self.project.candidates.len()).next_back();
        match newest.and_then(|newest| self.reason(newest)) {
            Some(Reason::NeedsPython(_) | Reason::OtherPython) => {
                format!("build for a Python that {name} is for, or replace it in {at}")
            }
            Some(Reason::OtherHashes) => {
                format!("correct the hashes in {at}, or take them out")
            }
            Some(Reason::TooNew) => {
                format!("let later uploads count, or replace {name} in {at}")
            }
            Some(Reason::Yanked(_)) => {
                format!("pin one version in {at} if it must be ({name}==…), or replace {name}")
            }
            Some(Reason::PreRelease) => {
                format!("let pre-releases of {name} count, or replace it in {at}")
            }
            Some(Reason::RuledOut) | None => {
                format!("change {at} so that some version of {name} is left")
            }
            Some(Reason::OnlySource | Reason::OtherPlatform) => format!(
                "replace {name} in {at}, or build a wheel of it once and name the wheel's URL there"
            ),
        }
    }

    /// Another name that may have been meant, as a question.
    pub(crate) fn did_you_mean(&self) -> Option<String> {
        suggest::instead_of(self.name).map(|other| format!("did you mean {other}?"))
    }
}

/// The wheel of a version that comes closest.
fn but_for(candidate: Option<&&Candidate>) -> String {
    match candidate.map(|candidate| &candidate.wheel) {
        Some(Err(Unusable::OtherPlatform(tag) | Unusable::OtherPython(tag))) => {
            format!(", but for example one for {tag}")
        }
        _ => String::new(),
    }
}
