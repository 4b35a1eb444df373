//! What an image is built for: the Python, the processor and the C library.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A processor architecture that images are built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Architecture {
    /// 64-bit x86: `amd64` to container engines and Debian, `x86_64` to Python.
    Amd64,
    /// 64-bit Arm: `arm64` to container engines and Debian, `aarch64` to Python.
    Arm64,
}

impl Architecture {
    /// The name that OCI images and Debian use.
    pub const fn oci(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    /// The name that Python's `platform.machine()` and wheel tags use.
    pub const fn machine(self) -> &'static str {
        match self {
            Self::Amd64 => "x86_64",
            Self::Arm64 => "aarch64",
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.oci())
    }
}

/// A platform or architecture that Boxwright does not build for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a platform that images can be built for: use `linux/amd64` or `linux/arm64`")]
pub struct UnknownPlatform(pub String);

impl FromStr for Architecture {
    type Err = UnknownPlatform;

    /// Reads `linux/amd64` as container engines write it, or the bare name of either family.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("linux/").unwrap_or(text) {
            "amd64" | "x86_64" => Ok(Self::Amd64),
            "arm64" | "aarch64" | "arm64/v8" => Ok(Self::Arm64),
            _ => Err(UnknownPlatform(text.to_owned())),
        }
    }
}

/// A C library and its version, which decide the wheels that load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Libc {
    /// The GNU C library, as on Debian: `manylinux` wheels of at most this version.
    Glibc {
        /// The 2 of 2.41.
        major: u16,
        /// The 41 of 2.41.
        minor: u16,
    },
    /// musl, as on Alpine: `musllinux` wheels of at most this version.
    Musl {
        /// The 1 of 1.2.
        major: u16,
        /// The 2 of 1.2.
        minor: u16,
    },
}

/// A CPython version. Markers and wheel tags need no more than its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PythonVersion {
    /// The 3 of 3.13.5.
    pub major: u16,
    /// The 13 of 3.13.5.
    pub minor: u16,
    /// The 5 of 3.13.5.
    pub patch: u16,
}

impl PythonVersion {
    /// `3.13`, as in `lib/python3.13`.
    pub fn short(self) -> String {
        format!("{}.{}", self.major, self.minor)
    }
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { major, minor, patch } = self;
        write!(f, "{major}.{minor}.{patch}")
    }
}

/// What an image is built for. Markers are evaluated and wheels are chosen for this, never for the
/// machine that builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Target {
    /// The interpreter in the image.
    pub python: PythonVersion,
    /// The processor.
    pub architecture: Architecture,
    /// The C library of the base.
    pub libc: Libc,
}
