//! The Debian releases a base is made of, and where their parts are published.

use std::fmt;
use std::str::FromStr;

/// A Debian release that a base can be composed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suite {
    /// Debian 12, with Python 3.11.
    Bookworm,
    /// Debian 13, with Python 3.13.
    Trixie,
}

/// A suite that no base can be composed from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a Debian release that a base can be composed from: use `trixie` (Python 3.13) or `bookworm` (Python 3.11)"
)]
pub struct UnknownSuite(pub String);

impl Suite {
    /// All of them, the newest first.
    pub const ALL: [Self; 2] = [Self::Trixie, Self::Bookworm];

    /// The name that Debian's archive uses.
    pub const fn codename(self) -> &'static str {
        match self {
            Self::Bookworm => "bookworm",
            Self::Trixie => "trixie",
        }
    }

    /// The Python that the suite ships, as in the names of its packages: `3.13`.
    pub const fn python(self) -> &'static str {
        match self {
            Self::Bookworm => "3.11",
            Self::Trixie => "3.13",
        }
    }

    /// The suite that ships a Python, named as `3.13`.
    pub fn for_python(short: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.python() == short)
    }

    /// The archives whose packages make the suite: the release, its updates, its security updates.
    pub const fn archives(self) -> [Archive; 3] {
        let [release, updates, security] = match self {
            Self::Bookworm => ["bookworm", "bookworm-updates", "bookworm-security"],
            Self::Trixie => ["trixie", "trixie-updates", "trixie-security"],
        };
        [
            Archive { repository: Repository::Debian, distribution: release },
            Archive { repository: Repository::Debian, distribution: updates },
            Archive { repository: Repository::Security, distribution: security },
        ]
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.codename())
    }
}

impl FromStr for Suite {
    type Err = UnknownSuite;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|suite| suite.codename() == text)
            .ok_or_else(|| UnknownSuite(text.to_owned()))
    }
}

/// A tree of files on a mirror, with `dists/` and `pool/` below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Repository {
    /// The main archive.
    Debian,
    /// Security updates, published apart.
    Security,
}

impl Repository {
    /// Where Debian's own content network serves it. Plain HTTP is enough: everything is verified.
    pub const fn default_url(self) -> &'static str {
        match self {
            Self::Debian => "http://deb.debian.org/debian",
            Self::Security => "http://deb.debian.org/debian-security",
        }
    }
}

/// One signed collection of packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Archive {
    /// Where its files lie.
    pub repository: Repository,
    /// Its name under `dists/`, which is also the codename its release file must give.
    pub distribution: &'static str,
}

impl Archive {
    /// The path of the signed release file, below the repository's URL.
    pub fn in_release_path(&self) -> String {
        format!("dists/{}/InRelease", self.distribution)
    }

    /// The path of a file that the release file lists, below the repository's URL.
    pub fn path(&self, listed: &str) -> String {
        format!("dists/{}/{listed}", self.distribution)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_python_picks_its_suite() {
        for suite in Suite::ALL {
            assert_eq!(Suite::for_python(suite.python()), Some(suite));
            assert_eq!(suite.to_string().parse(), Ok(suite));
            assert!(
                suite
                    .archives()
                    .iter()
                    .all(|archive| archive.distribution.starts_with(suite.codename()))
            );
        }
        assert_eq!(Suite::for_python("3.12"), None);
        assert!("sid".parse::<Suite>().is_err());
        assert_eq!(
            Suite::Trixie.archives()[2].in_release_path(),
            "dists/trixie-security/InRelease"
        );
    }
}
