//! Version specifiers (PEP 440), read as strictly as pip reads them.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use pep440_rs::{Operator, Version, VersionSpecifier, VersionSpecifiers};

/// The versions a requirement accepts: a set of comparisons that must all hold.
///
/// Equal when the clauses are, whatever their order and the spelling of their versions: `<2,>=1.0RC1`
/// is `>=1.0rc1,<2`. Prints the clauses as they were written, as pip does.
#[derive(Debug, Clone, Default)]
pub struct Specifiers {
    /// Each clause as written, without white space; sorted, without duplicates.
    written: BTreeSet<Box<str>>,
    /// The clauses that PEP 440's ordering decides.
    versions: Vec<VersionSpecifier>,
    /// What stood behind `===`: compared as text.
    arbitrary: BTreeSet<Box<str>>,
}

/// A clause that is no version specifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{clause}` is not a version specifier: {reason}")]
pub struct InvalidSpecifier {
    /// The clause.
    pub clause: String,
    /// What is wrong with it, and what to write.
    pub reason: String,
}

/// The operators, longer ones before those they begin with.
pub(crate) const OPERATORS: [&str; 8] = ["===", "~=", "==", "!=", "<=", ">=", "<", ">"];

impl Specifiers {
    /// Accepts every version.
    pub fn any() -> Self {
        Self::default()
    }

    /// Accepts exactly `version`.
    pub fn exactly(version: Version) -> Self {
        let mut this = Self::default();
        this.written.insert(format!("=={version}").into());
        this.versions.push(VersionSpecifier::equals_version(version));
        this
    }

    /// Whether there is no clause.
    pub fn is_any(&self) -> bool {
        self.written.is_empty()
    }

    /// Whether `version` satisfies all clauses.
    pub fn contains(&self, version: &Version) -> bool {
        self.versions.iter().all(|clause| clause.contains(version))
            && (self.arbitrary.is_empty()
                || self
                    .arbitrary
                    .iter()
                    .all(|text| text.eq_ignore_ascii_case(&version.to_string())))
    }

    /// The clauses that PEP 440's ordering decides. Clauses of arbitrary equality (`===`) are
    /// not among them: see [`Specifiers::arbitrary`].
    pub fn versions(&self) -> VersionSpecifiers {
        self.versions.iter().cloned().collect()
    }

    /// What stood behind `===`.
    pub fn arbitrary(&self) -> impl Iterator<Item = &str> {
        self.arbitrary.iter().map(AsRef::as_ref)
    }

    /// The one version that is accepted, if there is a clause `==X`.
    pub fn pin(&self) -> Option<&Version> {
        self.versions.iter().find_map(|clause| match clause.operator() {
            Operator::Equal => Some(clause.version()),
            _ => None,
        })
    }

    /// Whether only one version is accepted.
    pub fn is_pinned(&self) -> bool {
        self.pin().is_some() || !self.arbitrary.is_empty()
    }

    /// All clauses of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        let Self { written, versions, arbitrary } = other;
        self.written.extend(written);
        self.arbitrary.extend(arbitrary);
        self.versions.extend(versions);
        self
    }

    /// The clauses with normalised versions, sorted: equal for equal meaning of each clause.
    pub fn canonical(&self) -> String {
        let versions = self.versions.iter().map(ToString::to_string);
        let arbitrary = self.arbitrary.iter().map(|text| format!("==={}", text.to_lowercase()));
        versions.chain(arbitrary).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(",")
    }

    /// Adds one clause: an operator and its operand, without white space around them.
    pub(crate) fn push(&mut self, operator: &str, operand: &str) -> Result<(), InvalidSpecifier> {
        let clause = format!("{operator}{operand}");
        if operator == "===" {
            if operand.is_empty() {
                return Err(invalid("===", "===", "a version is missing behind `===`"));
            }
            // Compared as text, so that `===1.0` does not accept 1.0.0.
            self.arbitrary.insert(operand.into());
        } else {
            let parsed = VersionSpecifier::from_str(&clause)
                .map_err(|error| invalid(&clause, operator, &error.to_string()))?;
            if !self.written.contains(&*clause) {
                self.versions.push(parsed);
            }
        }
        self.written.insert(clause.into());
        Ok(())
    }
}

fn invalid(clause: &str, operator: &str, reason: &str) -> InvalidSpecifier {
    let operand = clause.strip_prefix(operator).unwrap_or(clause);
    let reason = match operand.trim_end_matches(['.', '-', '_', '*']) {
        fixed
            if fixed != operand && !operand.ends_with(".*") && Version::from_str(fixed).is_ok() =>
        {
            format!("write `{operator}{fixed}`")
        }
        _ => reason.lines().next().unwrap_or_default().to_owned(),
    };
    InvalidSpecifier { clause: clause.to_owned(), reason }
}

impl FromStr for Specifiers {
    type Err = InvalidSpecifier;

    /// Reads clauses separated by commas, as `requires-python` and lock files hold them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut specifiers = Self::default();
        for clause in text.split(',').map(str::trim).filter(|clause| !clause.is_empty()) {
            let Some(operator) = OPERATORS.into_iter().find(|op| clause.starts_with(op)) else {
                return Err(InvalidSpecifier {
                    clause: clause.to_owned(),
                    reason: "it begins with none of `==`, `>=`, `<=`, `~=`, `!=`, `<`, `>`, `===`"
                        .to_owned(),
                });
            };
            specifiers.push(operator, clause[operator.len()..].trim())?;
        }
        Ok(specifiers)
    }
}

impl fmt::Display for Specifiers {
    /// The clauses as written, sorted as text, as Python's `packaging` prints them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, clause) in self.written.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "," })?;
            f.write_str(clause)?;
        }
        Ok(())
    }
}

impl PartialEq for Specifiers {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl Eq for Specifiers {}
