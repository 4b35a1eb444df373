//! What a base is made of.

use boxwright_requirements::Architecture;

use crate::closure::{Closure, ClosureError, Policy};
use crate::index::PackageIndex;
use crate::package::{Package, PackageFile};
use crate::suite::Suite;

/// What a base is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flavor {
    /// To run an application: the interpreter, its standard library, and the libraries they and
    /// most wheels load. No shell, no package manager.
    Runtime,
    /// To build in: a shell, compilers, headers, pip, and apt, so that `RUN` works.
    Full,
}

/// What a base is made of; the same recipe and the same packages give the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseRecipe {
    /// The Debian release, and with it the Python.
    pub suite: Suite,
    /// What it runs on.
    pub architecture: Architecture,
    /// What it is for.
    pub flavor: Flavor,
    /// More Debian packages to put in, by name.
    pub extra: Vec<String>,
}

/// The packages that a runtime is asked for by name, beside the interpreter's own.
///
/// What they depend on follows by itself; netbase and media-types are named as only one suite's
/// Python depends on either; libstdc++6 is there as most compiled wheels load it, and
/// of libc-bin nothing but the locale `C.utf8` is kept.
const RUNTIME: [&str; 8] = [
    "base-files",
    "ca-certificates",
    "libc-bin",
    "libc6",
    "libstdc++6",
    "media-types",
    "netbase",
    "tzdata",
];

/// What a runtime's packages depend on and an interpreter in a container does not need.
///
/// Measured: nothing here is reached by a NEEDED entry of the interpreter, of the libraries kept,
/// or of the extension modules kept (`trim` drops those whose library is not there).
const LEFT_OUT: [(&str, &str); 13] = [
    ("debconf", "asks questions on behalf of maintainer scripts, and none is run"),
    (
        "libcrypt1",
        "loaded by the module crypt alone, deprecated in Python 3.11 and removed in 3.13",
    ),
    ("libdb5.3", "loaded by the module dbm.ndbm alone; dbm falls back to its own format"),
    ("libdb5.3t64", "loaded by the module dbm.ndbm alone; dbm falls back to SQLite"),
    ("libncursesw6", "draws on terminals; loaded by the module curses alone"),
    ("libnsl2", "loaded by the module nis alone, removed in Python 3.13"),
    ("libreadline8", "edits lines on terminals; loaded by the module readline alone"),
    ("libreadline8t64", "edits lines on terminals; loaded by the module readline alone"),
    ("libtinfo6", "describes terminals; loaded by the modules curses and readline alone"),
    ("libtirpc3", "loaded by the module nis alone, removed in Python 3.13"),
    ("mawk", "wanted by maintainer scripts, and none is run"),
    (
        "openssl",
        "the command line; ca-certificates wants it to rehash, which a joined file does not need",
    ),
    (
        "openssl-provider-legacy",
        "broken algorithms, which OpenSSL loads only when its configuration says so",
    ),
];

/// What packages added to a base depend on for the sake of their maintainer scripts alone.
const LEFT_OUT_OF_EXTRAS: [(&str, &str); 6] = [
    ("adduser", "makes users on behalf of maintainer scripts, and none is run"),
    ("debconf", "asks questions on behalf of maintainer scripts, and none is run"),
    ("dpkg", "installs packages; a finished image installs none"),
    (
        "init-system-helpers",
        "starts services on behalf of maintainer scripts; a container has its own start command",
    ),
    ("libc-bin", "wanted for ldconfig, whose cache the loader does without"),
    ("ucf", "merges configuration files on behalf of maintainer scripts, and none is run"),
];

/// What a full base is asked for, beside the interpreter's own: all of Debian's essential packages,
/// as no package says that it depends on those; compilers, headers, pip, git and curl; apt.
const FULL: [&str; 47] = [
    "apt",
    "base-files",
    "base-passwd",
    "bash",
    "bsdutils",
    "bzip2",
    "ca-certificates",
    "coreutils",
    "curl",
    "dash",
    "debianutils",
    "diffutils",
    "dpkg",
    "findutils",
    "g++",
    "gcc",
    "git",
    "grep",
    "gzip",
    "hostname",
    "init-system-helpers",
    "libc-bin",
    "libc6-dev",
    "libffi-dev",
    "libssl-dev",
    "login",
    "make",
    "mawk",
    "ncurses-base",
    "ncurses-bin",
    "netbase",
    "passwd",
    "patch",
    "perl-base",
    "pkgconf",
    "procps",
    "python-is-python3",
    "python3-dev",
    "python3-pip-whl",
    "python3-venv",
    "sed",
    "sysvinit-utils",
    "tar",
    "tzdata",
    "usr-is-merged",
    "util-linux",
    "xz-utils",
];

impl BaseRecipe {
    /// A runtime base without extra packages.
    pub const fn new(suite: Suite, architecture: Architecture) -> Self {
        Self { suite, architecture, flavor: Flavor::Runtime, extra: Vec::new() }
    }

    /// The packages that are asked for by name, the extra ones not counted; sorted.
    pub fn wanted(&self) -> Vec<String> {
        let python = self.suite.python();
        let mut wanted: Vec<String> = match self.flavor {
            Flavor::Runtime => RUNTIME.iter().map(|&name| name.to_owned()).collect(),
            Flavor::Full => FULL.iter().map(|&name| name.to_owned()).collect(),
        };
        wanted.push(format!("python{python}-minimal"));
        wanted.push(format!("libpython{python}-stdlib"));
        wanted.sort();
        wanted
    }

    /// The packages deliberately left out, each with the reason.
    pub fn left_out(&self) -> &'static [(&'static str, &'static str)] {
        match self.flavor {
            Flavor::Runtime => &LEFT_OUT,
            Flavor::Full => &[],
        }
    }

    /// The packages that make the base.
    ///
    /// What is left out is left out of the base alone: whatever an extra package depends on comes
    /// along with it.
    pub fn resolve<'a>(&self, index: &PackageIndex<'a>) -> Result<Closure<'a>, ClosureError> {
        let wanted = self.wanted();
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let left_out = self.left_out().iter().copied().collect();
        let mut closure = index.closure(&wanted, &Policy { left_out, installed: &[] })?;
        let extra: Vec<&str> = self.extra.iter().map(String::as_str).collect();
        let base: Vec<PackageFile> = closure.packages.values().map(Package::file).collect();
        let more = resolve_extra(index, &extra, &base)?;
        closure.packages.extend(more.packages);
        for (name, by) in more.left_out {
            closure.left_out.entry(name).or_default().extend(by);
        }
        Ok(closure)
    }
}

/// The packages that must join `installed` for the packages `wanted` to work, as for a layer of
/// additions above a base.
pub fn resolve_extra<'a>(
    index: &PackageIndex<'a>,
    wanted: &[&str],
    installed: &[PackageFile],
) -> Result<Closure<'a>, ClosureError> {
    let left_out = LEFT_OUT_OF_EXTRAS.into_iter().collect();
    index.closure(wanted, &Policy { left_out, installed })
}
