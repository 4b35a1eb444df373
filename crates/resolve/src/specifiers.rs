//! Which versions a specifier takes, as PEP 440 and the `packaging` library have it.
//!
//! `VersionSpecifier::contains` of `pep440_rs` is not used: it finds `1` in `==1.1.*`, and no
//! `1.0rc1` in `<1.0rc2`. Every operator but `===` takes one unbroken run of the version order, or
//! (`!=`) all but one, so that a set of sorted versions needs two binary searches.

use std::str::FromStr;

use boxwright_requirements::Specifiers;
use pep440_rs::{Operator, Version, VersionSpecifier};

use crate::versions::VersionIds;

/// Whether all clauses take a version. Whether a pre-release should be taken is not asked here.
pub(crate) fn take(specifiers: &Specifiers, version: &Version) -> bool {
    let clauses = specifiers.versions();
    clauses.iter().all(|clause| {
        let is_within = is_from(clause, version) && is_up_to(clause, version);
        is_within != excludes(clause)
    }) && specifiers.arbitrary().all(|text| is_identical(text, version))
}

/// The numbers of those among the sorted `versions` that all clauses take.
pub(crate) fn select<T>(
    specifiers: &Specifiers,
    versions: &[T],
    version: impl Fn(&T) -> &Version,
) -> VersionIds {
    let mut ids = VersionIds::all();
    for clause in specifiers.versions().iter() {
        let start = versions.partition_point(|item| !is_from(clause, version(item)));
        let end = versions.partition_point(|item| is_up_to(clause, version(item)));
        let run = VersionIds::run(start..end.max(start));
        ids = ids.both(&if excludes(clause) { run.others() } else { run });
    }
    for text in specifiers.arbitrary() {
        let index = versions.iter().position(|item| is_identical(text, version(item)));
        let ids_of = |index| VersionIds::run(index..index + 1);
        ids = ids.both(&index.map_or_else(VersionIds::none, ids_of));
    }
    ids
}

/// Whether a clause names a pre-release and thereby asks for pre-releases.
pub(crate) fn name_prerelease(specifiers: &Specifiers) -> bool {
    let versions = specifiers.versions();
    let named = versions.iter().filter(|clause| {
        !matches!(
            clause.operator(),
            Operator::NotEqual | Operator::NotEqualStar | Operator::EqualStar
        )
    });
    let mut named = named.map(|clause| clause.version().clone());
    named.any(|version| version.any_prerelease())
        || specifiers
            .arbitrary()
            .filter_map(|text| Version::from_str(text).ok())
            .any(|version| version.any_prerelease())
}

/// Whether a clause names exactly one version, and thereby takes it even if it was yanked.
pub(crate) fn pin(specifiers: &Specifiers) -> bool {
    specifiers.arbitrary().next().is_some()
        || specifiers.versions().iter().any(|clause| *clause.operator() == Operator::Equal)
}

fn is_identical(text: &str, version: &Version) -> bool {
    text.eq_ignore_ascii_case(&version.to_string())
}

fn excludes(clause: &VersionSpecifier) -> bool {
    matches!(clause.operator(), Operator::NotEqual | Operator::NotEqualStar)
}

/// Whether a version lies at or above the lower end: no below some version, yes from there on.
fn is_from(clause: &VersionSpecifier, version: &Version) -> bool {
    let bound = clause.version();
    match clause.operator() {
        Operator::LessThan | Operator::LessThanEqual => true,
        Operator::EqualStar | Operator::NotEqualStar => *version >= prefix(bound, bound.release()),
        Operator::GreaterThan => is_after(bound, version),
        _ => version >= bound,
    }
}

/// Whether a version lies at or below the upper end: yes up to some version, no from there on.
fn is_up_to(clause: &VersionSpecifier, version: &Version) -> bool {
    let bound = clause.version();
    match clause.operator() {
        Operator::GreaterThan | Operator::GreaterThanEqual => true,
        Operator::EqualStar | Operator::NotEqualStar => *version < next(bound, bound.release()),
        Operator::TildeEqual => {
            let [kept @ .., _] = bound.release() else { return false };
            *version < next(bound, kept)
        }
        // The pre-releases of a final version lie below it, and are not meant.
        Operator::LessThan if bound.any_prerelease() => version < bound,
        Operator::LessThan => *version < bound.clone().with_dev(Some(0)),
        _ if bound.is_local() => version <= bound,
        _ => version.clone().without_local() <= *bound,
    }
}

/// `>`: neither the version itself, nor a local version or a post-release of it.
fn is_after(bound: &Version, version: &Version) -> bool {
    if let Some(dev) = bound.dev() {
        return *version >= bound.clone().with_dev(Some(dev.saturating_add(1)));
    }
    if let Some(post) = bound.post() {
        let next = bound.clone().with_post(Some(post.saturating_add(1))).with_dev(Some(0));
        return *version >= next;
    }
    let base = version.clone().without_local().with_post(None).with_dev(None);
    let is_post_release = version.is_post() && base == *bound;
    !is_post_release && version.clone().without_local() > *bound
}

/// The first of all versions that begin with these numbers: `1.2.dev0` for `1.2.*`.
fn prefix(like: &Version, release: &[u64]) -> Version {
    Version::new(release).with_epoch(like.epoch()).with_dev(Some(0))
}

/// The first version after all those that begin with these numbers: `1.3.dev0` for `1.2.*`.
fn next(like: &Version, release: &[u64]) -> Version {
    let mut release = release.to_vec();
    if let Some(last) = release.last_mut() {
        *last = last.saturating_add(1);
    }
    prefix(like, &release)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line: specifiers, whether they ask for pre-releases, and the versions they take.
    const TABLE: &str = include_str!("../tests/data/specifiers.tsv");

    #[test]
    fn packaging_takes_the_same_versions() {
        let mut lines = TABLE.lines().skip(1);
        let versions: Vec<&str> =
            lines.next().unwrap().trim_start_matches("versions\t").split(' ').collect();
        let mut sorted: Vec<Version> = versions.iter().map(|text| text.parse().unwrap()).collect();
        sorted.sort();
        for line in lines {
            let [text, policy, taken] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
            let specifiers: Specifiers = text.parse().unwrap();
            let taken: Vec<&str> = taken.split(' ').filter(|version| !version.is_empty()).collect();
            let ours: Vec<&str> = versions
                .iter()
                .copied()
                .filter(|version| take(&specifiers, &version.parse().unwrap()))
                .collect();
            assert_eq!(ours, taken, "{text}");
            assert_eq!(name_prerelease(&specifiers), policy == "pre", "{text}");

            // `===` tells equal versions apart by their spelling, which no sorted list does.
            if !text.starts_with("===") {
                let ids = select(&specifiers, &sorted, |version| version);
                for (id, version) in (0..).zip(&sorted) {
                    assert_eq!(ids.has(id), take(&specifiers, version), "{text} and {version}");
                }
            }
        }
    }

    #[test]
    fn numbers_at_the_end_of_their_range_do_not_overflow() {
        let most = u64::MAX;
        for text in [
            format!("=={most}.*"),
            format!("~=1.{most}.1"),
            format!(">1.0.post{most}"),
            format!(">1.0.dev{most}"),
        ] {
            let specifiers: Specifiers = text.parse().unwrap();
            assert!(!take(&specifiers, &Version::new([0])), "{text}");
        }
    }

    #[test]
    fn only_equality_pins() {
        for (text, is_pin) in [
            ("==1.0", true),
            ("===1.0", true),
            (">=1,==1.5", true),
            ("==1.*", false),
            ("~=1.0", false),
            (">=1,<=1", false),
            ("", false),
        ] {
            assert_eq!(pin(&text.parse().unwrap()), is_pin, "{text}");
        }
    }
}
