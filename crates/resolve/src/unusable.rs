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

/// A reason that many versions can share. In this order they are told.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Reason<'a> {
    Wheel(&'a Unusable),
    RuledOut,
    Yanked(&'a str),
    PreRelease,
}

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
        let mut groups: BTreeMap<Reason<'_>, Vec<&Version>> = BTreeMap::new();
        for index in ids.among(self.project.candidates.len()) {
            if let Some(reason) = self.reason(index).filter(&told) {
                groups.entry(reason).or_default().push(&self.project.candidates[index].version);
            }
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        // The newest version is the one that people have in mind.
        groups.sort_by(|(_, a), (_, b)| b.last().cmp(&a.last()));
        groups.iter().map(|(reason, versions)| self.sentence(reason, versions)).collect()
    }

    /// The usable version next to the newest of a set; the newest of all when the set has none.
    pub(crate) fn nearest(&self, ids: &VersionIds) -> Option<&'a Version> {
        let candidates = &self.project.candidates;
        let policy = self.provider.request.policy(self.name);
        let all = VersionIds::all();
        let usable = || self.project.usable(&all, self.permits, policy);
        let nearest = match ids.among(candidates.len()).next_back() {
            Some(newest) => usable().rev().min_by_key(|index| index.abs_diff(newest)),
            None => usable().next_back(),
        };
        nearest.map(|index| &candidates[index].version)
    }

    /// Whether no version has a wheel for the target, whatever else there is against them.
    pub(crate) fn is_without_wheels(&self) -> bool {
        self.project.candidates.iter().all(|candidate| {
            matches!(candidate.wheel, Err(Unusable::OnlySource | Unusable::OtherTags(_)))
        })
    }

    fn reason(&self, index: usize) -> Option<Reason<'a>> {
        let policy = self.provider.request.policy(self.name);
        let candidate: &'a Candidate = &self.project.candidates[index];
        if let Err(reason) = &candidate.wheel {
            return Some(Reason::Wheel(reason));
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

    fn sentence(&self, reason: &Reason<'_>, versions: &[&Version]) -> String {
        let count = versions.len();
        let have = words::verb(count, "has", "have");
        let subject = format!("{} {}", self.name, words::versions(versions));
        match reason {
            Reason::Wheel(Unusable::OnlySource) => format!(
                "{subject} {have} only {} (sdist), and no wheel",
                words::verb(count, "a source distribution", "source distributions")
            ),
            Reason::Wheel(Unusable::OtherTags(tag)) => {
                let target = words::target(&self.provider.request.target);
                format!("{subject} {have} no wheel for {target}, but for example one for {tag}")
            }
            Reason::Wheel(Unusable::NeedsPython(python)) => {
                format!("{subject} {} Python {python}", words::verb(count, "needs", "need"))
            }
            Reason::Wheel(Unusable::OtherHashes) => {
                format!("{subject} {have} no wheel with a hash that the requirements allow")
            }
            Reason::Wheel(Unusable::TooNew) => format!(
                "{subject} {} uploaded too late to count, or at an unknown time",
                words::verb(count, "was", "were")
            ),
            Reason::RuledOut => {
                format!(
                    "{subject} {} ruled out by {}",
                    words::verb(count, "is", "are"),
                    self.ruled_by()
                )
            }
            Reason::Yanked(reason) => {
                let reason = because(reason);
                format!("{subject} {} yanked{reason}", words::verb(count, "was", "were"))
            }
            Reason::PreRelease => format!(
                "{subject} {}, which nothing asks for",
                words::verb(count, "is a pre-release", "are pre-releases")
            ),
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
            Some(Reason::Wheel(Unusable::NeedsPython(_))) => {
                format!("build for a Python that {name} is for, or replace it in {at}")
            }
            Some(Reason::Wheel(Unusable::OtherHashes)) => {
                format!("correct the hashes in {at}, or take them out")
            }
            Some(Reason::Wheel(Unusable::TooNew)) => {
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
            Some(Reason::Wheel(Unusable::OnlySource | Unusable::OtherTags(_))) => format!(
                "replace {name} in {at}, or build a wheel of it once and name the wheel's URL there"
            ),
        }
    }

    /// Another name that may have been meant, as a question.
    pub(crate) fn did_you_mean(&self) -> Option<String> {
        suggest::instead_of(self.name).map(|other| format!("did you mean {other}?"))
    }
}
