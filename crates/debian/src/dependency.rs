//! Relations between packages: `Depends`, `Provides` and their kin.

use std::fmt;

use crate::version::{Version, VersionError};

/// One thing a package needs: any one of the alternatives is enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency<'a> {
    /// The alternatives, the preferred one first. Never empty.
    pub alternatives: Vec<Relation<'a>>,
}

/// A package, and which versions of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relation<'a> {
    /// The name, real or provided.
    pub name: &'a str,
    /// The part behind a colon: `any`, or an architecture.
    pub architecture: Option<&'a str>,
    /// Which versions; `None` for all.
    pub version: Option<(Operator, Version<'a>)>,
}

/// How a version must compare to the one given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `<<`
    Earlier,
    /// `<=`
    AtMost,
    /// `=`
    Exactly,
    /// `>=`
    AtLeast,
    /// `>>`
    Later,
}

/// A relation that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RelationError {
    /// It does not have the form `name:architecture (operator version)`.
    #[error("`{text}` is not a relation to a package: {reason}")]
    Malformed {
        /// The relation as written.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Its version is none.
    #[error(transparent)]
    Version(#[from] VersionError),
}

impl<'a> Dependency<'a> {
    /// Reads a comma-separated list of dependencies; empty members are passed over, as dpkg does.
    pub fn list(text: &'a str) -> Result<Vec<Self>, RelationError> {
        text.split(',')
            .map(str::trim)
            .filter(|member| !member.is_empty())
            .map(|member| {
                let alternatives =
                    member.split('|').map(Relation::new).collect::<Result<_, _>>()?;
                Ok(Self { alternatives })
            })
            .collect()
    }
}

impl<'a> Relation<'a> {
    /// Reads `name`, `name:any` or `name (>= version)`.
    pub fn new(text: &'a str) -> Result<Self, RelationError> {
        let text = text.trim();
        let refuse = |reason| Err(RelationError::Malformed { text: text.to_owned(), reason });
        if text.contains(['[', '<']) && !text.contains('(') {
            return refuse("only source packages restrict architectures or build profiles");
        }
        let (name, version) = match text.split_once('(') {
            None => (text, None),
            Some((name, rest)) => {
                let Some(condition) = rest.strip_suffix(')') else {
                    return refuse("its version does not end in `)`");
                };
                let Some((operator, version)) = Operator::split(condition.trim()) else {
                    return refuse("its version has no operator out of <<, <=, =, >=, >>");
                };
                (name.trim_end(), Some((operator, Version::new(version)?)))
            }
        };
        let (name, architecture) = match name.split_once(':') {
            None => (name, None),
            Some((name, architecture)) => (name, Some(architecture)),
        };
        // Debian policy §5.6.1.
        let valid =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte);
        if name.is_empty()
            || !name.bytes().all(valid)
            || architecture.is_some_and(|text| !text.bytes().all(valid))
        {
            return refuse("its name holds something else than a-z, 0-9 and +-.");
        }
        Ok(Self { name, architecture, version })
    }

    /// Whether a package's version will do.
    pub fn accepts(&self, found: &Version<'_>) -> bool {
        self.version.is_none_or(|(operator, wanted)| operator.holds(found, &wanted))
    }
}

impl Operator {
    fn split(condition: &str) -> Option<(Self, &str)> {
        // `<` and `>` alone are old spellings of `<=` and `>=`, which policy forbids and dpkg still reads.
        [
            ("<<", Self::Earlier),
            ("<=", Self::AtMost),
            (">=", Self::AtLeast),
            (">>", Self::Later),
            ("=", Self::Exactly),
            ("<", Self::AtMost),
            (">", Self::AtLeast),
        ]
        .into_iter()
        .find_map(|(text, operator)| Some((operator, condition.strip_prefix(text)?.trim())))
    }

    fn holds(self, found: &Version<'_>, wanted: &Version<'_>) -> bool {
        let order = found.cmp(wanted);
        match self {
            Self::Earlier => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Exactly => order.is_eq(),
            Self::AtLeast => order.is_ge(),
            Self::Later => order.is_gt(),
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Earlier => "<<",
            Self::AtMost => "<=",
            Self::Exactly => "=",
            Self::AtLeast => ">=",
            Self::Later => ">>",
        }
    }
}

impl fmt::Display for Relation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        if let Some(architecture) = self.architecture {
            write!(f, ":{architecture}")?;
        }
        if let Some((operator, version)) = self.version {
            write!(f, " ({} {version})", operator.text())?;
        }
        Ok(())
    }
}

impl fmt::Display for Dependency<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, relation) in self.alternatives.iter().enumerate() {
            if at > 0 {
                f.write_str(" | ")?;
            }
            write!(f, "{relation}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        Dependency::list(text).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn dependencies_are_read_as_dpkg_reads_them() {
        assert_eq!(
            list(
                "libc6 (>= 2.38), python3:any, debconf (>=0.5)|debconf-2.0,\n libx (<<1:2~), y(=1),,z (> 1)"
            ),
            [
                "libc6 (>= 2.38)",
                "python3:any",
                "debconf (>= 0.5) | debconf-2.0",
                "libx (<< 1:2~)",
                "y (= 1)",
                "z (>= 1)"
            ]
        );
        assert_eq!(list(""), [""; 0]);
    }

    #[test]
    fn malformed_relations_are_refused() {
        for text in [
            "a (>= 1",
            "a (1)",
            "a (>= )",
            "a b",
            "A",
            "a |",
            "a [amd64]",
            "a <!nocheck>",
            "a:B",
            "a (>= 1) b",
            "../x",
        ] {
            assert!(Dependency::list(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn operators_hold() {
        let found = Version::new("2.0").unwrap();
        for (text, holds) in [
            ("a", true),
            ("a (<< 2.0)", false),
            ("a (<= 2.0)", true),
            ("a (= 2.00)", true),
            ("a (>= 2.0~rc1)", true),
            ("a (>> 2.0)", false),
            ("a (>> 1:1)", false),
        ] {
            assert_eq!(Relation::new(text).unwrap().accepts(&found), holds, "{text}");
        }
    }
}
