//! A root file system out of packages.

use std::collections::{BTreeMap, BTreeSet};

use boxwright_image::{LayerPath, Tree, TreeError};
use boxwright_requirements::{Libc, PythonVersion, Target};

use crate::assembly::Assembly;
use crate::database;
use crate::deb::{Deb, Script};
use crate::deb822;
use crate::dependency::Dependency;
use crate::made;
use crate::package::PackageFile;
use crate::pip;
use crate::recipe::{BaseRecipe, Flavor};
use crate::record::{self, InstalledPackage};
use crate::trim::Trim;
use crate::version::Version;

/// Stands for everything that decides which files come of the same packages: what is trimmed, made
/// by hand, recorded. It belongs into the key under which a composed base is kept, and is raised
/// whenever a base changes; a test pins one.
pub const COMPOSITION: u32 = 1;

/// A root file system with a Python.
#[derive(Debug, Clone)]
pub struct Base {
    /// Its files.
    pub tree: Tree,
    /// What wheels must fit: the exact Python, the processor, the C library.
    pub target: Target,
    /// What it was made of, by name.
    pub packages: Vec<InstalledPackage>,
    /// What the extra packages would have done and nobody did.
    pub notes: Vec<Note>,
}

/// Packages laid out as a layer above a base.
#[derive(Debug, Clone)]
pub struct Extra {
    /// Their files.
    pub tree: Tree,
    /// What it was made of, by name.
    pub packages: Vec<InstalledPackage>,
    /// What the packages would have done and nobody did.
    pub notes: Vec<Note>,
}

/// A package whose maintainer scripts were not run. Often they only restart a service or refresh a
/// cache that an image does without; where they make a file or a user, it is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The package.
    pub package: String,
    /// The scripts that dpkg would have run when it installed the package.
    pub scripts: Vec<Script>,
}

/// Why packages do not make a root file system.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// A package without which there is no base.
    #[error("`{package}` is not among the packages given: fetch all that the recipe resolves to")]
    Missing {
        /// The package.
        package: String,
    },
    /// One package, two files.
    #[error("`{package}` was given twice")]
    Twice {
        /// The package.
        package: String,
    },
    /// A package for other processors.
    #[error("`{package}` is built for {found}, and the base for {wanted}")]
    Architecture {
        /// The package.
        package: String,
        /// What it is built for.
        found: String,
        /// What the recipe asks for.
        wanted: &'static str,
    },
    /// A version whose numbers wheels cannot be chosen by.
    #[error("`{package}` has version `{version}`, which does not start with numbers")]
    Version {
        /// The package.
        package: String,
        /// Its version.
        version: String,
    },
    /// Two packages claim one path.
    #[error(
        "both `{other}` and `{package}` want to put something at `{path}`: leave one of them out"
    )]
    Conflict {
        /// The path.
        path: LayerPath,
        /// The package that came second.
        package: String,
        /// The package that had it.
        other: String,
    },
    /// An added package would replace one of the base.
    #[error(
        "adding `{package}` {version} would replace {installed} of the base: compose the base anew, with newer packages"
    )]
    Replaces {
        /// The package.
        package: String,
        /// The version that was to be added.
        version: String,
        /// The version in the base.
        installed: String,
    },
    /// pip cannot be installed from Debian's wheel.
    #[error("cannot install pip from `{path}` of python3-pip-whl: {reason}")]
    Pip {
        /// The wheel.
        path: LayerPath,
        /// What is wrong with it.
        reason: String,
    },
    /// The package cannot be laid out.
    #[error("`{package}` cannot be laid out")]
    Tree {
        /// The package; `(made by hand)` for what no package brings.
        package: String,
        /// What is wrong.
        source: TreeError,
    },
}

impl BaseRecipe {
    /// Composes the base out of the packages that [`BaseRecipe::resolve`] named, in any order.
    pub fn compose(&self, debs: &[Deb]) -> Result<Base, ComposeError> {
        self.check(debs)?;
        let own = self.own(debs);
        let names = debs.iter().map(|deb| deb.file.name.as_str()).collect();
        let mut assembly = Assembly::of(debs, &Trim::new(self.flavor, names, own.clone()))?;
        let by_hand = |source| ComposeError::Tree { package: "(made by hand)".to_owned(), source };
        made::make(&mut assembly.tree, self, debs).map_err(by_hand)?;
        if self.flavor == Flavor::Full {
            pip::install(&mut assembly.tree, self.suite.python())?;
        }
        match self.flavor {
            Flavor::Runtime => record::status_d(&mut assembly, debs),
            Flavor::Full => database::write(&mut assembly, debs),
        }
        .map_err(by_hand)?;
        Ok(Base {
            tree: assembly.tree,
            target: self.target(&debs.iter().map(|deb| &deb.file))?,
            packages: installed(debs),
            notes: notes(debs.iter().filter(|deb| !own.contains(deb.file.name.as_str()))),
        })
    }

    fn check(&self, debs: &[Deb]) -> Result<(), ComposeError> {
        let wanted = self.architecture.oci();
        let foreign = debs
            .iter()
            .find(|deb| deb.file.architecture != "all" && deb.file.architecture != wanted);
        if let Some(deb) = foreign {
            return Err(ComposeError::Architecture {
                package: deb.file.name.clone(),
                found: deb.file.architecture.clone(),
                wanted,
            });
        }
        for package in self.wanted() {
            find(debs, &package)?;
        }
        Ok(())
    }

    /// What wheels must fit, out of the packages that the recipe resolved to: the exact Python and
    /// C library are the versions of their packages, so nothing need be fetched to know them.
    pub fn target<'a>(
        &self,
        files: &(impl IntoIterator<Item = &'a PackageFile> + Clone),
    ) -> Result<Target, ComposeError> {
        let find = |name: &str| {
            let found = files.clone().into_iter().find(|file| file.name == name);
            found.ok_or_else(|| ComposeError::Missing { package: name.to_owned() })
        };
        let [major, minor, patch] =
            numbers(find(&format!("python{}-minimal", self.suite.python()))?)?;
        let python = PythonVersion { major, minor, patch };
        let [major, minor] = numbers(find("libc6")?)?;
        Ok(Target { python, architecture: self.architecture, libc: Libc::Glibc { major, minor } })
    }

    /// The packages that the flavor itself brings: those it names, and what they depend on as far
    /// as it is not left out. The work of their scripts is done by hand.
    fn own<'a>(&self, debs: &'a [Deb]) -> BTreeSet<&'a str> {
        let by_name: BTreeMap<&str, &Deb> =
            debs.iter().map(|deb| (deb.file.name.as_str(), deb)).collect();
        let left_out: BTreeSet<&str> = self.left_out().iter().map(|(name, _)| *name).collect();
        let wanted = self.wanted();
        let mut queue: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let mut own = BTreeSet::new();
        while let Some(name) = queue.pop() {
            let Some(deb) = by_name.get(name).filter(|deb| own.insert(deb.file.name.as_str()))
            else {
                continue;
            };
            for field in ["Depends", "Pre-Depends"] {
                // A relation that cannot be read leads nowhere; the index it came from was read before.
                let list = Dependency::list(deb822::field(&deb.control, field).unwrap_or_default());
                let names =
                    list.into_iter().flatten().flat_map(|it| it.alternatives).map(|it| it.name);
                queue.extend(names.filter(|name| !left_out.contains(name)));
            }
        }
        own
    }
}

/// Lays out packages as a layer above a base, of which only the list of packages is needed.
pub fn compose_extra(installed: &[PackageFile], debs: &[Deb]) -> Result<Extra, ComposeError> {
    for deb in debs {
        if let Some(present) = installed.iter().find(|present| present.name == deb.file.name) {
            return Err(ComposeError::Replaces {
                package: deb.file.name.clone(),
                version: deb.file.version.clone(),
                installed: present.version.clone(),
            });
        }
    }
    let names: BTreeSet<&str> = debs.iter().map(|deb| deb.file.name.as_str()).collect();
    let mut assembly = Assembly::of(debs, &Trim::new(Flavor::Full, names, BTreeSet::new()))?;
    record::status_d(&mut assembly, debs)
        .map_err(|source| ComposeError::Tree { package: "(made by hand)".to_owned(), source })?;
    Ok(Extra { tree: assembly.tree, packages: self::installed(debs), notes: notes(debs.iter()) })
}

fn find<'a>(debs: &'a [Deb], name: &str) -> Result<&'a Deb, ComposeError> {
    debs.iter()
        .find(|deb| deb.file.name == name)
        .ok_or_else(|| ComposeError::Missing { package: name.to_owned() })
}

/// The leading numbers of a package's upstream version.
fn numbers<const N: usize>(file: &PackageFile) -> Result<[u16; N], ComposeError> {
    let unreadable =
        || ComposeError::Version { package: file.name.clone(), version: file.version.clone() };
    let version = Version::new(&file.version).map_err(|_| unreadable())?;
    let parts = version.upstream().split('.').take(N).map(|part| part.parse().ok());
    let parts: Option<Vec<u16>> = parts.collect();
    parts.and_then(|parts| parts.try_into().ok()).ok_or_else(unreadable)
}

fn installed(debs: &[Deb]) -> Vec<InstalledPackage> {
    let mut installed: Vec<_> = debs.iter().map(InstalledPackage::of).collect();
    installed.sort();
    installed
}

fn notes<'a>(debs: impl Iterator<Item = &'a Deb>) -> Vec<Note> {
    let runs = |script: &Script| matches!(script, Script::Preinst | Script::Postinst);
    let mut notes: Vec<Note> = debs
        .map(|deb| Note {
            package: deb.file.name.clone(),
            scripts: deb.scripts.iter().copied().filter(runs).collect(),
        })
        .filter(|note| !note.scripts.is_empty())
        .collect();
    notes.sort_by(|left, right| left.package.cmp(&right.package));
    notes
}
