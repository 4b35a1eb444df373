//! Where a base's Python keeps its parts, for whoever compiles bytecode with it.

use boxwright_image::{LayerPath, PathError};
use boxwright_requirements::{Architecture, Target};

/// The paths that running a base's interpreter from outside takes, all below the root of the base.
///
/// On a machine with the base's processor, no container is needed. Below the directory `ROOT` to
/// which the base was extracted, start `loader` with `--library-path` and `library_path`, give it
/// `interpreter`, and set `PYTHONHOME` to `ROOT/usr`. With `-B -m compileall`, and
/// `PYTHONPYCACHEPREFIX` set to a directory, the bytecode of `ROOT/a.py` lands in that directory
/// under the whole path of `ROOT`, named as [`PythonPaths::pyc`] names it.
///
/// ```
/// use boxwright_debian::PythonPaths;
/// use boxwright_image::LayerPath;
/// use boxwright_requirements::{Architecture, Libc, PythonVersion, Target};
///
/// let target = Target {
///     python: PythonVersion { major: 3, minor: 13, patch: 5 },
///     architecture: Architecture::Amd64,
///     libc: Libc::Glibc { major: 2, minor: 41 },
/// };
/// let paths = PythonPaths::of(&target)?;
/// assert_eq!(paths.loader.to_string(), "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2");
/// assert_eq!(
///     paths.pyc(&LayerPath::new("usr/lib/python3.13/os.py")?).unwrap().to_string(),
///     "usr/lib/python3.13/__pycache__/os.cpython-313.pyc"
/// );
/// # Ok::<(), boxwright_image::PathError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonPaths {
    /// The program that loads programs: the real file, as the links to it are absolute.
    pub loader: LayerPath,
    /// The directory of shared libraries.
    pub library_path: LayerPath,
    /// The interpreter's real file.
    pub interpreter: LayerPath,
    /// The directory of the standard library.
    pub stdlib: LayerPath,
    /// The part of a bytecode file's name that tells interpreters apart: `cpython-313`.
    pub cache_tag: String,
}

impl PythonPaths {
    /// The paths in a base for this target.
    pub fn of(target: &Target) -> Result<Self, PathError> {
        let (triplet, loader) = match target.architecture {
            Architecture::Amd64 => ("x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
            Architecture::Arm64 => ("aarch64-linux-gnu", "ld-linux-aarch64.so.1"),
        };
        let library_path = LayerPath::new(format!("usr/lib/{triplet}"))?;
        let short = target.python.short();
        Ok(Self {
            loader: library_path.join(loader)?,
            library_path,
            interpreter: LayerPath::new(format!("usr/bin/python{short}"))?,
            stdlib: LayerPath::new(format!("usr/lib/python{short}"))?,
            cache_tag: format!("cpython-{}{}", target.python.major, target.python.minor),
        })
    }

    /// Where the bytecode of a source file goes (PEP 3147); `None` for what is no Python source.
    pub fn pyc(&self, source: &LayerPath) -> Option<LayerPath> {
        let name = source.file_name().strip_suffix(b".py").filter(|name| !name.is_empty())?;
        let name = [name, b".", self.cache_tag.as_bytes(), b".pyc"].concat();
        match source.parent() {
            Some(directory) => directory.join(b"__pycache__").and_then(|it| it.join(name)),
            None => LayerPath::new([b"__pycache__/", &name[..]].concat()),
        }
        .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boxwright_requirements::{Libc, PythonVersion};

    #[test]
    fn bytecode_lies_beside_its_source() {
        let paths = PythonPaths::of(&Target {
            python: PythonVersion { major: 3, minor: 11, patch: 2 },
            architecture: Architecture::Arm64,
            libc: Libc::Glibc { major: 2, minor: 36 },
        })
        .unwrap();
        assert_eq!(paths.loader.to_string(), "usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1");
        assert_eq!(paths.interpreter.to_string(), "usr/bin/python3.11");
        let pyc =
            |path: &str| paths.pyc(&LayerPath::new(path).unwrap()).map(|path| path.to_string());
        assert_eq!(pyc("a/b.py").as_deref(), Some("a/__pycache__/b.cpython-311.pyc"));
        assert_eq!(pyc("b.py").as_deref(), Some("__pycache__/b.cpython-311.pyc"));
        for path in ["a/b.pyc", "a/.py", "a/b", "a/b.py/c"] {
            assert_eq!(pyc(path), None, "{path}");
        }
    }
}
