//! Poetry's version constraints, in PEP 440's terms.
//!
//! `^1.2` and `~1.2` are ranges up to the next breaking version; a bare version is exact; `||` is a
//! choice, which PEP 440 does not have: it is kept where its ranges meet, and refused elsewhere.

use std::fmt::Write as _;
use std::str::FromStr;

use pep440_rs::{Operator, Version};

use crate::specifiers::{InvalidSpecifier, Specifiers};

/// A constraint: at least one of the alternatives must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Constraint(pub(crate) Vec<Specifiers>);

impl Constraint {
    /// Whether `version` satisfies it.
    pub(crate) fn contains(&self, version: &Version) -> bool {
        self.0.iter().any(|alternative| alternative.contains(version))
    }

    /// The constraint as one set of clauses; an error where alternatives leave a gap.
    pub(crate) fn specifiers(&self) -> Result<Specifiers, InvalidSpecifier> {
        let mut alternatives = self.0.iter().cloned();
        let first = alternatives.next().unwrap_or_default();
        alternatives.try_fold(first, |all, next| joined(&all, &next))
    }

    /// The constraint on Python as a marker's text; `None` if every version will do.
    pub(crate) fn python_marker(&self) -> Option<String> {
        let alternatives = self.0.iter().map(|alternative| {
            let versions = alternative.versions();
            let clauses: Vec<_> = versions
                .iter()
                .map(|clause| {
                    let star =
                        matches!(clause.operator(), Operator::EqualStar | Operator::NotEqualStar);
                    let (operator, star) =
                        (clause.operator().to_string(), if star { ".*" } else { "" });
                    let operator = operator.trim_end_matches(".*");
                    format!("python_full_version {operator} '{}{star}'", clause.version())
                })
                .collect();
            (!clauses.is_empty()).then(|| format!("({})", clauses.join(" and ")))
        });
        let alternatives: Option<Vec<_>> = alternatives.collect();
        Some(alternatives?.join(" or "))
    }
}

impl FromStr for Constraint {
    type Err = InvalidSpecifier;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split('|')
            .filter(|part| !part.trim().is_empty())
            .map(alternative)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// Reads clauses that are divided by commas or spaces.
fn alternative(text: &str) -> Result<Specifiers, InvalidSpecifier> {
    let mut specifiers = Specifiers::any();
    let mut words = text.split([',', ' ']).filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        let operator_len = word.find(|c: char| !"^~=<>!".contains(c)).unwrap_or(word.len());
        let (operator, mut version) = word.split_at(operator_len);
        if version.is_empty() {
            version = words.next().unwrap_or_default();
        }
        clause(&mut specifiers, operator, version)?;
    }
    Ok(specifiers)
}

fn clause(
    specifiers: &mut Specifiers,
    operator: &str,
    version: &str,
) -> Result<(), InvalidSpecifier> {
    let malformed = || InvalidSpecifier {
        clause: format!("{operator}{version}"),
        reason: "expected a version, such as `^1.2`, `~1.2`, `>=1.2,<2` or `1.2.*`".to_owned(),
    };
    if version == "*" {
        return if matches!(operator, "" | "==") { Ok(()) } else { Err(malformed()) };
    }
    match operator {
        "" | "=" => specifiers.push("==", version),
        "^" | "~" => {
            let from = Version::from_str(version).map_err(|_| malformed())?;
            let release = from.release();
            let significant = match operator {
                "^" => release.iter().position(|part| *part != 0).unwrap_or(release.len() - 1),
                _ => usize::from(release.len() > 1),
            };
            specifiers.push(">=", version)?;
            specifiers.push("<", &next(release, significant).ok_or_else(malformed)?)
        }
        ">" | "<" | "==" if version.ends_with(".*") && operator != "==" => Err(malformed()),
        ">=" if version.ends_with(".*") => specifiers.push(">=", version.trim_end_matches(".*")),
        _ => specifiers.push(operator, version),
    }
}

/// The release whose part at `significant` is one higher, and whose later parts are zero.
fn next(release: &[u64], significant: usize) -> Option<String> {
    let mut text = String::new();
    for (index, part) in release.iter().enumerate() {
        let part = match index.cmp(&significant) {
            std::cmp::Ordering::Less => *part,
            std::cmp::Ordering::Equal => part.checked_add(1)?,
            std::cmp::Ordering::Greater => 0,
        };
        let _ = write!(text, "{}{part}", if index == 0 { "" } else { "." });
    }
    Some(text)
}

/// One range for two that meet: `>=2,<3` and `>=3,<4` are `>=2,<4`; `<1.5.7` and `>1.5.7` are `!=1.5.7`.
fn joined(one: &Specifiers, other: &Specifiers) -> Result<Specifiers, InvalidSpecifier> {
    let gap = || {
        InvalidSpecifier {
        clause: format!("{one} || {other}"),
        reason: "a choice of ranges that do not meet cannot be written in PEP 440; write one range, and `!=` for what is excluded".to_owned(),
    }
    };
    let (Some(first), Some(second)) = (Range::of(one), Range::of(other)) else { return Err(gap()) };
    let (first, second) =
        if first.lower <= second.lower { (first, second) } else { (second, first) };
    let mut specifiers = Specifiers::any();
    let mut excluded = Vec::new();
    match (&first.upper, &second.lower) {
        (None, _) => return bounded(specifiers, &first, None),
        (Some((upper, closed)), Some((lower, open))) if upper == lower => {
            if !closed && *open {
                excluded.push(upper.to_string());
            }
        }
        (Some((upper, false)), Some((lower, false))) if upper < lower => {
            excluded = between(upper, lower).ok_or_else(gap)?;
        }
        (Some((upper, _)), Some((lower, _))) if upper < lower => return Err(gap()),
        (Some(_), _) => {}
    }
    let further = match (&first.upper, &second.upper) {
        (Some(one), Some(other)) if one.0 > other.0 => &first,
        _ => &second,
    };
    specifiers = bounded(specifiers, &first, Some(further))?;
    for version in excluded {
        specifiers.push("!=", &version)?;
    }
    Ok(specifiers)
}

/// The releases from one bound to another as wildcards: 3.9 to 3.12 are `3.9.*`, `3.10.*` and `3.11.*`.
/// `None` where the bounds differ in more than their last part.
fn between(upper: &Version, lower: &Version) -> Option<Vec<String>> {
    const MOST: u64 = 20;
    let trimmed = |version: &Version| -> Vec<u64> {
        let release = version.release();
        let len = release.iter().rposition(|part| *part != 0).map_or(1, |last| last + 1);
        release[..len].to_vec()
    };
    let (from, to) = (trimmed(upper), trimmed(lower));
    let (from_last, prefix) = from.split_last()?;
    let (to_last, to_prefix) = to.split_last()?;
    let plain = upper.is_stable() && lower.is_stable() && upper.epoch() == lower.epoch();
    if prefix != to_prefix
        || !plain
        || upper.epoch() != 0
        || to_last.checked_sub(*from_last)? > MOST
    {
        return None;
    }
    let release = |last: u64| -> String {
        let parts: Vec<_> = prefix.iter().chain([&last]).map(ToString::to_string).collect();
        format!("{}.*", parts.join("."))
    };
    Some((*from_last..*to_last).map(release).collect())
}

/// Adds the lower bound of one range and the upper bound of another.
fn bounded(
    mut specifiers: Specifiers,
    from: &Range,
    to: Option<&Range>,
) -> Result<Specifiers, InvalidSpecifier> {
    if let Some((version, open)) = &from.lower {
        specifiers.push(if *open { ">" } else { ">=" }, &version.to_string())?;
    }
    if let Some((version, closed)) = to.and_then(|range| range.upper.as_ref()) {
        specifiers.push(if *closed { "<=" } else { "<" }, &version.to_string())?;
    }
    Ok(specifiers)
}

/// A plain range.
struct Range {
    /// The lowest version, and whether it is itself outside.
    lower: Option<(Version, bool)>,
    /// The highest version, and whether it is itself inside.
    upper: Option<(Version, bool)>,
}

impl Range {
    /// The range that clauses describe, if they do nothing but bound it.
    fn of(specifiers: &Specifiers) -> Option<Self> {
        let mut range = Self { lower: None, upper: None };
        if specifiers.arbitrary().next().is_some() {
            return None;
        }
        for clause in specifiers.versions().iter() {
            let bound = match clause.operator() {
                Operator::GreaterThan => (&mut range.lower, true),
                Operator::GreaterThanEqual => (&mut range.lower, false),
                Operator::LessThan => (&mut range.upper, false),
                Operator::LessThanEqual => (&mut range.upper, true),
                _ => return None,
            };
            if bound.0.replace((clause.version().clone(), bound.1)).is_some() {
                return None;
            }
        }
        Some(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_become_specifiers() {
        let cases = [
            ("^1.2.3", "<2.0.0,>=1.2.3"),
            ("^1", "<2,>=1"),
            ("^0.2.3", "<0.3.0,>=0.2.3"),
            ("^0.0.3", "<0.0.4,>=0.0.3"),
            ("^0.0", "<0.1,>=0.0"),
            ("^0", "<1,>=0"),
            ("~1.2.3", "<1.3.0,>=1.2.3"),
            ("~1.2", "<1.3,>=1.2"),
            ("~1", "<2,>=1"),
            ("~=1.2", "~=1.2"),
            ("1.2.3", "==1.2.3"),
            ("1.2.*", "==1.2.*"),
            ("*", ""),
            (">=1.2, <2 !=1.5", "!=1.5,<2,>=1.2"),
            (">= 1.2", ">=1.2"),
            ("^2.0 || ^3.0", "<4.0,>=2.0"),
            (">=1.5.6,<1.5.7 || >1.5.7", "!=1.5.7,>=1.5.6"),
            ("^1.2 | ^1.4", "<2.0,>=1.2"),
            ("^3 || ^5.0", "!=4.*,<6.0,>=3"),
            ("<3.9 || >=3.11", "!=3.10.*,!=3.9.*"),
        ];
        for (text, expected) in cases {
            let constraint: Constraint = text.parse().unwrap();
            assert_eq!(constraint.specifiers().unwrap().to_string(), expected, "{text}");
        }
        for text in ["^", "latest", "^x", ">*", "<1.*"] {
            assert!(text.parse::<Constraint>().is_err(), "{text} was accepted");
        }
        assert!("^3.1 || >5.2".parse::<Constraint>().unwrap().specifiers().is_err());
        let marker = |text: &str| text.parse::<Constraint>().unwrap().python_marker();
        assert_eq!(marker("*"), None);
        assert_eq!(
            marker("~3.9 || 3.12.*").as_deref(),
            Some(
                "(python_full_version >= '3.9' and python_full_version < '3.10') or (python_full_version == '3.12.*')"
            )
        );
    }
}
