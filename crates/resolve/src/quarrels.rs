//! Who is at odds with whom, and so should be decided first.

use std::collections::BTreeMap;

use boxwright_requirements::PackageName;

/// After so many quarrels the order of decisions changes.
const MANY: u32 = 5;

/// Counts how often a version could not be chosen because of what was decided before.
///
/// Decided in the order of discovery, a project with a hundred releases may be tried release by
/// release against an earlier decision that should have been another one, and end up very old. So
/// after a few such failures the search starts anew, with the victim decided before all others
/// and the culprit after them. uv, which knows the same two roles, decides both before all others
/// and goes on where it is; starting anew, that would decide the culprit first again.
#[derive(Debug, Default)]
pub(crate) struct Quarrels {
    victims: BTreeMap<PackageName, u32>,
    culprits: BTreeMap<PackageName, u32>,
    roles: BTreeMap<PackageName, Role>,
    has_changed: bool,
}

/// What a project was in many quarrels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The one that could not be chosen. It stays that: the roles would swap forever otherwise.
    Victim,
    /// The one that was decided before.
    Culprit,
}

impl Quarrels {
    /// A version of `victim` was at odds with the decided version of `culprit`.
    pub(crate) fn note(&mut self, victim: &PackageName, culprit: &PackageName) {
        if count(&mut self.victims, victim) == MANY
            && self.roles.insert(victim.clone(), Role::Victim) != Some(Role::Victim)
        {
            self.has_changed = true;
        }
        if count(&mut self.culprits, culprit) == MANY && !self.roles.contains_key(culprit) {
            self.roles.insert(culprit.clone(), Role::Culprit);
            self.has_changed = true;
        }
    }

    pub(crate) fn role(&self, name: &PackageName) -> Option<Role> {
        self.roles.get(name).copied()
    }

    /// Whether roles have changed since this was last asked.
    pub(crate) fn take_change(&mut self) -> bool {
        std::mem::take(&mut self.has_changed)
    }
}

fn count(counts: &mut BTreeMap<PackageName, u32>, name: &PackageName) -> u32 {
    let count = counts.entry(name.clone()).or_default();
    *count += 1;
    *count
}
