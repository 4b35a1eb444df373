//! Which files of a package an image does without.

use std::collections::BTreeSet;

use crate::recipe::Flavor;

/// Directories that no image of ours needs: manuals, translations, and what other tools of Debian read.
pub(crate) const DOCUMENTATION: [&str; 9] = [
    "usr/share/bash-completion",
    "usr/share/bug",
    "usr/share/doc-base",
    "usr/share/info",
    "usr/share/lintian",
    "usr/share/locale",
    "usr/share/man",
    "usr/share/menu",
    "usr/share/zsh",
];

/// What a runtime does without: printers for the debugger, the time zones counted with leap seconds,
/// a second copy of the time zones, and the certificates that were joined to one file, with the
/// script that joins them.
const RUNTIME: [&str; 6] = [
    "usr/sbin/update-ca-certificates",
    "usr/share/ca-certificates",
    "usr/share/gcc",
    "usr/share/gdb",
    "usr/share/zoneinfo/posix",
    "usr/share/zoneinfo/right",
];

/// Directories that a runtime does without, below that of the shared libraries: the C library's
/// converters between character sets, of which Python brings its own; and OpenSSL's drivers and
/// broken algorithms, which it loads only when its configuration says so.
const LIBRARIES: [&str; 3] = ["engines-3", "gconv", "ossl-modules"];

/// The sources that the time-zone files were compiled from, and lists of leap seconds.
const ZONE_EXTRAS: [&str; 4] = ["leap-seconds.list", "leapseconds", "posixrules", "tzdata.zi"];

/// Directories of Python's own tests, below `usr/lib/python3.x`.
const PYTHON_TESTS: [&str; 7] = [
    "ctypes/test",
    "distutils/tests",
    "idlelib/idle_test",
    "lib2to3/tests",
    "sqlite3/test",
    "test",
    "unittest/test",
];

/// Modules that nobody can use in a runtime, below `usr/lib/python3.x`: the language reference that
/// the prompt's `help()` shows, half a megabyte, which says so where it is missing (pydoc itself
/// stays: scipy and scikit-learn import it); and drawings that need tkinter, which Debian packages
/// apart.
const PYTHON_UNUSED: [&str; 2] = ["pydoc_data", "turtle.py"];

/// Extension modules that exist for Python's own tests.
const TEST_MODULES: [&str; 4] = ["_ctypes_test", "_xxtestfuzz", "xxlimited", "xxsubtype"];

/// Extension modules that load a library which a runtime leaves out, and its package in either
/// suite. Importing one of them says that there is no such module, as it does on Windows, rather
/// than naming a missing shared object.
const NEEDS: [(&str, [&str; 2]); 6] = [
    ("_crypt", ["libcrypt1", "libcrypt1"]),
    ("_curses", ["libncursesw6", "libncursesw6"]),
    ("_curses_panel", ["libncursesw6", "libncursesw6"]),
    ("_dbm", ["libdb5.3", "libdb5.3t64"]),
    ("nis", ["libnsl2", "libnsl2"]),
    ("readline", ["libreadline8", "libreadline8t64"]),
];

/// Decides which files stay.
#[derive(Debug)]
pub(crate) struct Trim<'a> {
    flavor: Flavor,
    /// The names of all packages in the image.
    packages: BTreeSet<&'a str>,
    /// Those that the flavor brings. Packages that someone asked for keep all but documentation.
    own: BTreeSet<&'a str>,
}

impl<'a> Trim<'a> {
    pub(crate) fn new(flavor: Flavor, packages: BTreeSet<&'a str>, own: BTreeSet<&'a str>) -> Self {
        Self { flavor, packages, own }
    }

    /// Whether a package's file, link or directory goes into the image. The path is where it will
    /// stand, and what lies below a directory that does not stay is asked for all the same.
    pub(crate) fn keeps(&self, package: &str, path: &[u8]) -> bool {
        let Ok(path) = std::str::from_utf8(path) else { return true };
        if below_any(path, &DOCUMENTATION) || is_documentation(path) {
            return false;
        }
        match self.flavor {
            Flavor::Runtime if self.own.contains(package) => self.runs(package, path),
            Flavor::Runtime => true,
            // Tells pip to keep off a system that apt maintains; in a base to build in, pip installs.
            Flavor::Full => python_path(path) != Some("EXTERNALLY-MANAGED"),
        }
    }

    fn runs(&self, package: &str, path: &str) -> bool {
        // Of libc-bin, only the locale C.utf8: its programs maintain a system.
        if package == "libc-bin" {
            return below(path, "usr/lib/locale") || path.starts_with("usr/share/doc");
        }
        if below_any(path, &RUNTIME) || is_library_extra(path) {
            return false;
        }
        if let Some(name) = path.strip_prefix("usr/share/zoneinfo/") {
            return !ZONE_EXTRAS.contains(&name);
        }
        python_path(path).is_none_or(|path| self.python_keeps(path))
    }

    /// The same for a path below `usr/lib/python3.x`.
    fn python_keeps(&self, path: &str) -> bool {
        if below_any(path, &PYTHON_TESTS) || below_any(path, &PYTHON_UNUSED) {
            return false;
        }
        let Some(module) =
            path.strip_prefix("lib-dynload/").and_then(|file| file.split('.').next())
        else {
            return true;
        };
        let tests =
            module.starts_with("_test") || TEST_MODULES.iter().any(|name| module.starts_with(name));
        let library = NEEDS.iter().find(|(name, _)| *name == module);
        !tests
            && library.is_none_or(|(_, packages)| {
                packages.iter().any(|name| self.packages.contains(name))
            })
    }
}

/// Documentation is dropped, except for the copyright files, which licences ask to be kept, and for
/// links that stand in for a package's whole directory.
fn is_documentation(path: &str) -> bool {
    let Some(rest) = path.strip_prefix("usr/share/doc/") else { return false };
    rest.split_once('/').is_some_and(|(_, name)| name != "copyright")
}

fn is_library_extra(path: &str) -> bool {
    let directory = path.strip_prefix("usr/lib/").and_then(|rest| rest.split('/').nth(1));
    directory.is_some_and(|name| LIBRARIES.contains(&name))
}

/// The part of a path below `usr/lib/python3.x/`.
fn python_path(path: &str) -> Option<&str> {
    let (version, rest) = path.strip_prefix("usr/lib/python3.")?.split_once('/')?;
    version.bytes().all(|byte| byte.is_ascii_digit()).then_some(rest)
}

fn below(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn below_any(path: &str, directories: &[&str]) -> bool {
    directories.iter().any(|directory| below(path, directory))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::too_many_lines, reason = "a table")]
    fn what_runs_stays_and_the_rest_goes() {
        let runtime = Trim::new(
            Flavor::Runtime,
            BTreeSet::from(["libreadline8"]),
            BTreeSet::from([
                "ca-certificates",
                "libc-bin",
                "libc6",
                "libssl3",
                "py",
                "tzdata",
                "x",
            ]),
        );
        let full = Trim::new(Flavor::Full, BTreeSet::new(), BTreeSet::new());
        for (package, path, in_runtime, in_full) in [
            ("x", "usr/share/man/man1/x.1.gz", false, false),
            ("x", "usr/share/manual", true, true),
            ("x", "usr/share/doc/x/copyright", true, true),
            ("x", "usr/share/doc/x", true, true),
            ("x", "usr/share/doc/x/changelog.gz", false, false),
            ("x", "usr/share/doc/x/examples/copyright", false, false),
            ("x", "usr/share/common-licenses/GPL-3", true, true),
            ("libc6", "usr/lib/x86_64-linux-gnu/gconv/UTF-7.so", false, true),
            ("libc6", "usr/lib/aarch64-linux-gnu/gconv", false, true),
            ("libc6", "usr/lib/x86_64-linux-gnu/libc.so.6", true, true),
            ("libc-bin", "usr/lib/locale/C.utf8/LC_CTYPE", true, true),
            ("libc-bin", "usr/share/doc/libc-bin/copyright", true, true),
            ("libc-bin", "usr/sbin/ldconfig", false, true),
            ("libssl3", "usr/lib/x86_64-linux-gnu/ossl-modules/legacy.so", false, true),
            ("extra", "usr/lib/x86_64-linux-gnu/ossl-modules/legacy.so", true, true),
            ("ca-certificates", "usr/share/ca-certificates/mozilla/A.crt", false, true),
            ("tzdata", "usr/share/zoneinfo/right/UTC", false, true),
            ("tzdata", "usr/share/zoneinfo/tzdata.zi", false, true),
            ("tzdata", "usr/share/zoneinfo/Europe/Berlin", true, true),
            ("tzdata", "usr/share/zoneinfo/zone.tab", true, true),
            ("py", "usr/lib/python3.13/test/support/__init__.py", false, true),
            ("py", "usr/lib/python3.13/unittest/mock.py", true, true),
            ("py", "usr/lib/python3.11/unittest/test/__main__.py", false, true),
            ("py", "usr/lib/python3.13/EXTERNALLY-MANAGED", true, false),
            ("py", "usr/lib/python3.13/pydoc.py", true, true),
            ("py", "usr/lib/python3.13/pydoc_data/topics.py", false, true),
            ("py", "usr/lib/python3.11/distutils/__init__.py", true, true),
            ("py", "usr/lib/python3/dist-packages/test/x.py", true, true),
            (
                "py",
                "usr/lib/python3.13/lib-dynload/_testcapi.cpython-313-x86_64-linux-gnu.so",
                false,
                true,
            ),
            (
                "py",
                "usr/lib/python3.13/lib-dynload/_curses.cpython-313-x86_64-linux-gnu.so",
                false,
                true,
            ),
            (
                "py",
                "usr/lib/python3.13/lib-dynload/readline.cpython-313-x86_64-linux-gnu.so",
                true,
                true,
            ),
            (
                "py",
                "usr/lib/python3.13/lib-dynload/_ssl.cpython-313-x86_64-linux-gnu.so",
                true,
                true,
            ),
        ] {
            assert_eq!(runtime.keeps(package, path.as_bytes()), in_runtime, "{path} in a runtime");
            assert_eq!(full.keeps(package, path.as_bytes()), in_full, "{path} in a full base");
        }
    }
}
