//! The rules by name.

use std::fmt;
use std::str::FromStr;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It makes the image large, slow to build, or odd; nobody gains access by it.
    Bulk,
    /// Whoever has the image can use it.
    Secret,
}

/// What is looked for. Each can be switched off by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// `private-key`: a private key in PEM, OpenSSH, PuTTY or OpenPGP form.
    PrivateKey,
    /// `dotenv`: a `.env` file with settings, a secret if one of them looks like one.
    DotEnv,
    /// `cloud-credentials`: a key to AWS, Google Cloud, Azure or a Kubernetes cluster.
    CloudCredentials,
    /// `registry-credentials`: a container registry's login in `.docker/config.json`.
    RegistryCredentials,
    /// `access-token`: a token with a well-known form, such as GitHub's, in any file.
    AccessToken,
    /// `npmrc`: credentials in `.npmrc`.
    Npmrc,
    /// `pypirc`: a password or token in `.pypirc`.
    Pypirc,
    /// `pip-conf`: credentials in an index URL in `pip.conf` or `pip.ini`.
    PipConf,
    /// `netrc`: a password in `.netrc`.
    Netrc,
    /// `git`: a `.git` directory, or credentials in its configuration.
    Git,
    /// `database`: a database or a dump of one.
    Database,
    /// `virtualenv`: a Python virtual environment.
    VirtualEnv,
    /// `node-modules`: installed packages of Node.js.
    NodeModules,
    /// `large-file`: a file beyond the limit.
    LargeFile,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 14] = [
        Self::PrivateKey,
        Self::DotEnv,
        Self::CloudCredentials,
        Self::RegistryCredentials,
        Self::AccessToken,
        Self::Npmrc,
        Self::Pypirc,
        Self::PipConf,
        Self::Netrc,
        Self::Git,
        Self::Database,
        Self::VirtualEnv,
        Self::NodeModules,
        Self::LargeFile,
    ];

    /// The name by which it is switched on or off.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PrivateKey => "private-key",
            Self::DotEnv => "dotenv",
            Self::CloudCredentials => "cloud-credentials",
            Self::RegistryCredentials => "registry-credentials",
            Self::AccessToken => "access-token",
            Self::Npmrc => "npmrc",
            Self::Pypirc => "pypirc",
            Self::PipConf => "pip-conf",
            Self::Netrc => "netrc",
            Self::Git => "git",
            Self::Database => "database",
            Self::VirtualEnv => "virtualenv",
            Self::NodeModules => "node-modules",
            Self::LargeFile => "large-file",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no rule has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no leak rule `{0}`; the rules are {names}", names = Rule::ALL.map(Rule::name).join(", "))]
pub struct UnknownRule(pub String);

impl FromStr for Rule {
    type Err = UnknownRule;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|rule| rule.name() == name);
        found.ok_or_else(|| UnknownRule(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        for rule in Rule::ALL {
            assert_eq!(rule.name().parse(), Ok(rule));
        }
        assert!("Private-Key".parse::<Rule>().is_err());
    }
}
