//! Which wheels share a layer.
//!
//! A layer is written anew, pushed and pulled as a whole, so a wheel that is
//! heavy has one of its own, and the light ones share. They are not shared out
//! in turn: then one new package would move all that follow it. Instead the
//! bits of a hash of each name lead down a binary tree, and a node whose wheels
//! are too heavy together is split in two. So a new package touches one layer,
//! or splits it, and leaves the others alone.

use boxwright_digest::Digest;

/// A wheel, as far as grouping looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Weight<'a> {
    /// The normalised name of its project.
    pub(crate) name: &'a str,
    /// Its size in bytes, as downloaded.
    pub(crate) bytes: u64,
}

/// From this size on, a wheel has a layer of its own.
const HEAVY: u64 = 1 << 20;
/// Light wheels of more than this together do not share a layer.
const SHARED: u64 = 4 << 20;

/// The wheels of each layer, by position: at most `budget` layers (at least one), in a fixed order,
/// and in each the positions ascend. `wheels` must be sorted by name.
///
/// Where the budget is too small, both limits are doubled until it is not.
pub(crate) fn group(wheels: &[Weight<'_>], budget: usize) -> Vec<Vec<usize>> {
    let mut scale = 1;
    loop {
        let groups =
            group_within(wheels, HEAVY.saturating_mul(scale), SHARED.saturating_mul(scale));
        if groups.len() <= budget.max(1) || scale == u64::MAX {
            return groups;
        }
        scale = scale.saturating_mul(2);
    }
}

fn group_within(wheels: &[Weight<'_>], heavy: u64, shared: u64) -> Vec<Vec<usize>> {
    let (alone, light): (Vec<_>, Vec<_>) =
        (0..wheels.len()).partition(|&position| wheels[position].bytes >= heavy);
    let mut groups: Vec<_> = alone.into_iter().map(|position| vec![position]).collect();
    split(wheels, light, shared, 0, &mut groups);
    groups
}

/// Splits the wheels at `positions` by bit after bit of their names' hashes.
fn split(
    wheels: &[Weight<'_>],
    positions: Vec<usize>,
    shared: u64,
    bit: usize,
    groups: &mut Vec<Vec<usize>>,
) {
    let together: u64 = positions.iter().map(|&position| wheels[position].bytes).sum();
    if positions.len() <= 1 || together <= shared || bit == 256 {
        groups.extend((!positions.is_empty()).then_some(positions));
        return;
    }
    let goes_right = |position: &usize| {
        let digest = Digest::of(wheels[*position].name);
        digest.as_bytes()[bit / 8] >> (7 - bit % 8) & 1 == 1
    };
    let (right, left) = positions.into_iter().partition(goes_right);
    split(wheels, left, shared, bit + 1, groups);
    split(wheels, right, shared, bit + 1, groups);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const MIB: u64 = 1 << 20;

    fn wheels(count: usize, bytes: u64) -> Vec<(String, u64)> {
        (0..count).map(|number| (format!("package-{number:03}"), bytes)).collect()
    }

    fn named(wheels: &[(String, u64)], budget: usize) -> BTreeSet<Vec<String>> {
        let weights: Vec<_> =
            wheels.iter().map(|(name, bytes)| Weight { name, bytes: *bytes }).collect();
        let names = |group: Vec<usize>| {
            group.into_iter().map(|position| wheels[position].0.clone()).collect()
        };
        group(&weights, budget).into_iter().map(names).collect()
    }

    #[test]
    fn heavy_wheels_stand_alone_and_light_ones_share() {
        let wheels = [("numpy", 17 * MIB), ("flask", MIB / 10), ("gunicorn", MIB / 10)]
            .map(|(name, bytes)| (name.to_owned(), bytes));
        let expected = [vec!["numpy"], vec!["flask", "gunicorn"]];
        let expected =
            expected.map(|names| names.into_iter().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(named(&wheels, 20), BTreeSet::from(expected));
    }

    #[test]
    fn nothing_needs_no_layer() {
        assert_eq!(named(&[], 20), BTreeSet::new());
    }

    #[test]
    fn a_new_package_leaves_the_other_layers_alone() {
        for count in 1..120 {
            let before = named(&wheels(count, MIB / 4), 64);
            let after = named(&wheels(count + 1, MIB / 4), 64);
            let gone = before.difference(&after).count();
            let new = after.difference(&before).count();
            assert!(
                gone <= 1 && new <= 3,
                "with {count} packages, {gone} layers went and {new} came"
            );
        }
    }

    #[test]
    fn the_budget_holds_and_nothing_is_lost() {
        for budget in [1, 2, 5, 19] {
            let mut many = wheels(60, 3 * MIB);
            many.extend(
                wheels(90, MIB / 8)
                    .into_iter()
                    .map(|(name, bytes)| (format!("light-{name}"), bytes)),
            );
            let groups = named(&many, budget);
            assert!(groups.len() <= budget);
            assert_eq!(groups.iter().map(Vec::len).sum::<usize>(), many.len());
        }
    }
}
