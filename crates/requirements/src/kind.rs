//! The formats of dependency sources, told apart by file name alone.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A format in which a project says what it depends on, in the order in which sources are
/// preferred: locks before manifests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SourceKind {
    /// `pylock.toml` and `pylock.<name>.toml` (PEP 751).
    #[serde(rename = "pylock.toml")]
    Pylock,
    /// `uv.lock`.
    #[serde(rename = "uv.lock")]
    UvLock,
    /// `poetry.lock`.
    #[serde(rename = "poetry.lock")]
    PoetryLock,
    /// `pdm.lock`.
    #[serde(rename = "pdm.lock")]
    PdmLock,
    /// `Pipfile.lock`.
    #[serde(rename = "Pipfile.lock")]
    PipfileLock,
    /// A requirements file of pip, by whatever name.
    #[serde(rename = "requirements.txt")]
    Requirements,
    /// `pyproject.toml`.
    #[serde(rename = "pyproject.toml")]
    Pyproject,
    /// `Pipfile`.
    #[serde(rename = "Pipfile")]
    Pipfile,
    /// `setup.cfg`.
    #[serde(rename = "setup.cfg")]
    SetupCfg,
    /// `setup.py`, which is recognised and refused: only running it would tell.
    #[serde(rename = "setup.py")]
    SetupPy,
}

impl SourceKind {
    /// The kind of the file at `path`; `None` for a file that is no dependency source.
    ///
    /// Requirements files have no fixed name: those of the usual pattern are recognised, such as
    /// `requirements-dev.txt`, `dev-requirements.in`, `requirements/base.txt`, `constraints.txt`.
    pub fn from_file_name(path: &str) -> Option<Self> {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        match name {
            "uv.lock" => return Some(Self::UvLock),
            "poetry.lock" => return Some(Self::PoetryLock),
            "pdm.lock" => return Some(Self::PdmLock),
            "Pipfile.lock" => return Some(Self::PipfileLock),
            "pyproject.toml" => return Some(Self::Pyproject),
            "Pipfile" => return Some(Self::Pipfile),
            "setup.cfg" => return Some(Self::SetupCfg),
            "setup.py" => return Some(Self::SetupPy),
            _ => {}
        }
        if is_pylock(name) {
            return Some(Self::Pylock);
        }
        let (stem, extension) = name.rsplit_once('.')?;
        let in_requirements = directory.rsplit('/').next() == Some("requirements");
        let is_usual = matches!(extension, "txt" | "in" | "pip")
            && (in_requirements || stem.contains("requirements") || stem.contains("constraints"));
        is_usual.then_some(Self::Requirements)
    }

    /// Whether the format records exact versions for all packages.
    pub const fn is_lock(self) -> bool {
        matches!(
            self,
            Self::Pylock | Self::UvLock | Self::PoetryLock | Self::PdmLock | Self::PipfileLock
        )
    }

    /// The name people know the format by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pylock => "pylock.toml",
            Self::UvLock => "uv.lock",
            Self::PoetryLock => "poetry.lock",
            Self::PdmLock => "pdm.lock",
            Self::PipfileLock => "Pipfile.lock",
            Self::Requirements => "requirements.txt",
            Self::Pyproject => "pyproject.toml",
            Self::Pipfile => "Pipfile",
            Self::SetupCfg => "setup.cfg",
            Self::SetupPy => "setup.py",
        }
    }
}

/// `pylock.toml`, or `pylock.<name>.toml` with a name without dots.
fn is_pylock(name: &str) -> bool {
    name.strip_prefix("pylock.").and_then(|rest| rest.strip_suffix("toml")).is_some_and(|middle| {
        middle.is_empty()
            || middle.strip_suffix('.').is_some_and(|name| !name.is_empty() && !name.contains('.'))
    })
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_name() {
        let cases = [
            ("pylock.toml", Some(SourceKind::Pylock)),
            ("pylock.dev.toml", Some(SourceKind::Pylock)),
            ("pylock.a.b.toml", None),
            ("sub/uv.lock", Some(SourceKind::UvLock)),
            ("Pipfile", Some(SourceKind::Pipfile)),
            ("Pipfile.lock", Some(SourceKind::PipfileLock)),
            ("requirements.txt", Some(SourceKind::Requirements)),
            ("requirements/dev.in", Some(SourceKind::Requirements)),
            ("dev-requirements.txt", Some(SourceKind::Requirements)),
            ("requirements/common.pip", Some(SourceKind::Requirements)),
            ("constraints.txt", Some(SourceKind::Requirements)),
            ("requirments.txt", None),
            ("robots.txt", None),
            ("setup.py", Some(SourceKind::SetupPy)),
            ("requirements", None),
        ];
        for (path, kind) in cases {
            assert_eq!(SourceKind::from_file_name(path), kind, "{path}");
        }
    }
}
