//! Sets of versions, as the search handles them.

use std::fmt;
use std::ops::Range;

use pubgrub::{Ranges, VersionSet};

/// A set of versions of one project, as numbers into its sorted list of versions.
///
/// The index tells all versions there are, so that a set can be of numbers: exact where local
/// versions and `===` make intervals of versions wrong, and far faster to compare. Every interval
/// is closed below and open above, which makes equal sets equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VersionIds(Ranges<u32>);

impl VersionIds {
    pub(crate) fn all() -> Self {
        Self(Ranges::full())
    }

    pub(crate) fn none() -> Self {
        Self(Ranges::empty())
    }

    pub(crate) fn run(ids: Range<usize>) -> Self {
        if ids.is_empty() {
            return Self::none();
        }
        // A project has thousands of versions, not billions.
        let id = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        Self(Ranges::between(id(ids.start), id(ids.end)))
    }

    pub(crate) fn others(&self) -> Self {
        Self(self.0.complement())
    }

    pub(crate) fn both(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0))
    }

    pub(crate) fn has(&self, id: u32) -> bool {
        self.0.contains(&id)
    }

    /// Those of the numbers below `count` that are in the set, in ascending order.
    pub(crate) fn among(&self, count: usize) -> impl DoubleEndedIterator<Item = usize> {
        (0..count).filter(|&index| u32::try_from(index).is_ok_and(|id| self.has(id)))
    }
}

impl fmt::Display for VersionIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl VersionSet for VersionIds {
    type V = u32;

    fn empty() -> Self {
        Self::none()
    }

    fn full() -> Self {
        Self::all()
    }

    fn singleton(id: u32) -> Self {
        Self(Ranges::between(id, id.saturating_add(1)))
    }

    fn complement(&self) -> Self {
        self.others()
    }

    fn intersection(&self, other: &Self) -> Self {
        self.both(other)
    }

    fn contains(&self, id: &u32) -> bool {
        self.has(*id)
    }

    fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0))
    }

    fn is_disjoint(&self, other: &Self) -> bool {
        self.0.is_disjoint(&other.0)
    }

    fn subset_of(&self, other: &Self) -> bool {
        self.0.subset_of(&other.0)
    }
}
