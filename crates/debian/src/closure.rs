//! Which packages a set of packages needs.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::dependency::{Dependency, Relation};
use crate::index::PackageIndex;
use crate::package::{Package, PackageError, PackageFile};
use crate::version::Version;

/// What the resolution may take for granted.
#[derive(Debug, Clone, Default)]
pub struct Policy<'a> {
    /// Packages never to be pulled in, each with the reason. A dependency on one counts as settled.
    pub left_out: BTreeMap<&'a str, &'a str>,
    /// Packages that are there already, as below a layer of additions. A dependency on one of them
    /// counts as settled when its version fits.
    pub installed: &'a [PackageFile],
}

/// The packages that were asked for, and all they need.
#[derive(Debug, Clone)]
pub struct Closure<'a> {
    /// By name. None of them is among the installed.
    pub packages: BTreeMap<&'a str, Package<'a>>,
    /// The packages left out where something wanted them: each with who did.
    pub left_out: BTreeMap<String, BTreeSet<String>>,
}

/// Why no set of packages will do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClosureError {
    /// Something needed does not exist.
    #[error("no package satisfies `{wanted}`, which {by} needs: {reason}")]
    Missing {
        /// The dependency as written.
        wanted: String,
        /// The chain of packages that led to it, the one asked for first.
        by: Chain,
        /// What came nearest.
        reason: String,
    },
    /// A package that was asked for does not exist.
    #[error(
        "there is no package `{name}` among the {entries} of the index: look its name up at packages.debian.org"
    )]
    Unknown {
        /// The name.
        name: String,
        /// How many entries the index has.
        entries: usize,
    },
    /// Two packages exclude each other.
    #[error("`{package}` cannot be installed beside `{other}`: it conflicts with `{relation}`")]
    Conflict {
        /// The package that says so.
        package: String,
        /// The one it excludes.
        other: String,
        /// The relation as written.
        relation: String,
    },
    /// The index is malformed.
    #[error(transparent)]
    Package(#[from] PackageError),
}

/// Who wanted something: the package asked for, what it needs, and so on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain(pub Vec<String>);

impl std::fmt::Display for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.join(" → "))
    }
}

impl<'a> PackageIndex<'a> {
    /// The wanted packages with all that they depend on, and nothing that is only recommended.
    ///
    /// Of alternatives, one already chosen is taken, else the first that exists and may be
    /// installed; of a name that several packages provide, the real package of that name, else the
    /// most needed provider. Where the one so found is to be left out, the dependency counts as
    /// settled, and no other is taken in its place. So the result depends on the index and the request alone.
    pub fn closure(
        &self,
        wanted: &[&str],
        policy: &Policy<'_>,
    ) -> Result<Closure<'a>, ClosureError> {
        let mut resolution = Resolution::new(self, wanted, policy);
        for name in wanted {
            resolution.want(name)?;
        }
        while let Some(name) = resolution.queue.pop_front() {
            let package = resolution.closure.packages[name].clone();
            for dependency in package.needs() {
                resolution.need(dependency, name)?;
            }
        }
        resolution.check_conflicts()?;
        Ok(resolution.closure)
    }
}

struct Resolution<'i, 'a, 'p> {
    index: &'i PackageIndex<'a>,
    policy: &'p Policy<'p>,
    /// Asked for by name: the policy's omissions do not touch these.
    wanted: BTreeSet<&'p str>,
    closure: Closure<'a>,
    /// Who brought a package in; the packages asked for are not in it.
    parents: BTreeMap<&'a str, &'a str>,
    queue: VecDeque<&'a str>,
}

impl<'i, 'a, 'p> Resolution<'i, 'a, 'p> {
    fn new(index: &'i PackageIndex<'a>, wanted: &[&'p str], policy: &'p Policy<'p>) -> Self {
        Self {
            index,
            policy,
            wanted: wanted.iter().copied().collect(),
            closure: Closure { packages: BTreeMap::new(), left_out: BTreeMap::new() },
            parents: BTreeMap::new(),
            queue: VecDeque::new(),
        }
    }

    /// Takes a package that was asked for by name; a virtual one brings its first provider.
    fn want(&mut self, name: &str) -> Result<(), ClosureError> {
        if self.policy.installed.iter().any(|package| package.name == name) {
            return Ok(());
        }
        let package = match self.index.get(name)? {
            Some(package) => Some(package),
            None => self.index.providers(name)?.into_iter().next(),
        };
        let unknown = || ClosureError::Unknown { name: name.to_owned(), entries: self.index.len() };
        self.take(package.ok_or_else(unknown)?, None);
        Ok(())
    }

    fn take(&mut self, package: Package<'a>, parent: Option<&'a str>) {
        let name = package.name;
        if self.closure.packages.insert(name, package).is_none() {
            self.queue.push_back(name);
            if let Some(parent) = parent {
                self.parents.insert(name, parent);
            }
        }
    }

    /// Settles one dependency of the package `by`.
    fn need(&mut self, dependency: &Dependency<'a>, by: &'a str) -> Result<(), ClosureError> {
        if dependency.alternatives.iter().any(|relation| self.is_settled(relation)) {
            return Ok(());
        }
        let mut reasons = Vec::new();
        for relation in &dependency.alternatives {
            match self.choose(relation)? {
                Choice::Take(package) => self.take(*package, Some(by)),
                Choice::LeaveOut(name) => {
                    self.closure.left_out.entry(name).or_default().insert(by.to_owned());
                }
                Choice::Installed => {}
                Choice::Nothing(reason) => {
                    reasons.push(reason);
                    continue;
                }
            }
            return Ok(());
        }
        Err(ClosureError::Missing {
            wanted: dependency.to_string(),
            by: self.chain(by),
            reason: reasons.join("; "),
        })
    }

    /// Whether what was chosen or is installed satisfies a relation.
    fn is_settled(&self, relation: &Relation<'_>) -> bool {
        self.closure.packages.values().any(|package| satisfies(package, relation).is_ok())
            || self.policy.installed.iter().any(|package| {
                package.name == relation.name
                    && Version::new(&package.version)
                        .is_ok_and(|version| relation.accepts(&version))
            })
    }

    fn is_left_out(&self, name: &str) -> bool {
        self.policy.left_out.contains_key(name) && !self.wanted.contains(name)
    }

    /// What to do about a relation that nothing chosen so far satisfies.
    fn choose(&self, relation: &Relation<'_>) -> Result<Choice<'a>, PackageError> {
        if self.is_left_out(relation.name) {
            return Ok(Choice::LeaveOut(relation.name.to_owned()));
        }
        let mut reason = format!("there is no package `{}`", relation.name);
        if let Some(package) = self.index.get(relation.name)? {
            match satisfies(&package, relation) {
                Ok(()) => return Ok(Choice::Take(Box::new(package))),
                Err(why) => reason = why,
            }
        }
        let mut providers = self.index.providers(relation.name)?;
        providers.retain(|package| satisfies(package, relation).is_ok());
        let installed =
            |package: &Package<'_>| self.policy.installed.iter().any(|it| it.name == package.name);
        Ok(match providers.into_iter().min_by_key(|package| !installed(package)) {
            None => Choice::Nothing(reason),
            Some(package) if installed(&package) => Choice::Installed,
            Some(package) if self.is_left_out(package.name) => {
                Choice::LeaveOut(package.name.to_owned())
            }
            Some(package) => Choice::Take(Box::new(package)),
        })
    }

    fn chain(&self, name: &'a str) -> Chain {
        let mut names = vec![name.to_owned()];
        let mut at = name;
        while let Some(parent) = self.parents.get(at) {
            names.push((*parent).to_owned());
            at = parent;
        }
        names.reverse();
        Chain(names)
    }

    fn check_conflicts(&self) -> Result<(), ClosureError> {
        let packages = &self.closure.packages;
        for package in packages.values() {
            for relation in &package.conflicts {
                // A package may exclude what it itself provides: that is how only one of several is allowed.
                let hit = packages
                    .values()
                    .find(|it| it.name != package.name && satisfies(it, relation).is_ok());
                if let Some(other) = hit {
                    return Err(ClosureError::Conflict {
                        package: package.name.to_owned(),
                        other: other.name.to_owned(),
                        relation: relation.to_string(),
                    });
                }
            }
        }
        Ok(())
    }
}

/// What to do about a dependency.
enum Choice<'a> {
    /// Take this package.
    Take(Box<Package<'a>>),
    /// Nothing: the package that would be taken is left out.
    LeaveOut(String),
    /// Nothing: a package that is there provides it.
    Installed,
    /// There is no such package; why not.
    Nothing(String),
}

/// Whether a package satisfies a relation, by its own name or one it provides; else why not.
fn satisfies(package: &Package<'_>, relation: &Relation<'_>) -> Result<(), String> {
    match relation.architecture {
        Some("any") if !package.multi_arch_allowed => {
            return Err(format!("`{}` of any architecture will not do", package.name));
        }
        Some(wanted) if wanted != "any" && wanted != package.architecture => {
            return Err(format!("`{}` is there for {} only", package.name, package.architecture));
        }
        _ => {}
    }
    if package.name == relation.name {
        return if relation.accepts(&package.version) {
            Ok(())
        } else {
            Err(format!("the archive has `{}` in version {}", package.name, package.version))
        };
    }
    let provided = package.provides.iter().any(|provided| {
        provided.name == relation.name
            && match (relation.version, provided.version) {
                (None, _) => true,
                // Debian policy §7.5: a provision without a version satisfies none that asks for one.
                (Some(_), None) => false,
                (Some(_), Some((_, version))) => relation.accepts(&version),
            }
    });
    provided.then_some(()).ok_or_else(|| format!("`{}` does not provide it", package.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(packages: &[(&str, &str)]) -> String {
        let hex = "0".repeat(64);
        packages
            .iter()
            .map(|(name, more)| {
                let (name, version) = name.split_once('=').unwrap_or((name, "1"));
                format!("Package: {name}\nVersion: {version}\nArchitecture: amd64\nFilename: pool/{name}.deb\nSize: 9\nSHA256: {hex}\n{more}\n\n")
            })
            .collect::<Vec<_>>()
            .concat()
    }

    fn names(
        text: &str,
        wanted: &[&str],
        left_out: &[(&'static str, &'static str)],
    ) -> Result<String, String> {
        let policy = Policy { left_out: left_out.iter().copied().collect(), installed: &[] };
        PackageIndex::new(&[text])
            .closure(wanted, &policy)
            .map(|found| found.packages.keys().copied().collect::<Vec<_>>().join(" "))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_closure_follows_dependencies_alternatives_and_provisions() {
        let text = index(&[
            ("app", "Depends: lib1 (>= 2), shell | bash, awk, cyclic:any"),
            ("lib1=2", "Pre-Depends: libc6"),
            ("libc6", ""),
            ("bash", "Depends: libc6"),
            ("mawk", "Provides: awk\nPriority: required"),
            ("gawk", "Provides: awk"),
            ("cyclic", "Depends: app\nMulti-Arch: allowed"),
            ("unwanted", ""),
        ]);
        assert_eq!(names(&text, &["app"], &[]).unwrap(), "app bash cyclic lib1 libc6 mawk");
        assert_eq!(names(&text, &["app", "gawk"], &[]).unwrap(), "app bash cyclic gawk lib1 libc6");
        assert_eq!(
            names(&text, &["app"], &[("mawk", ""), ("lib1", "")]).unwrap(),
            "app bash cyclic libc6"
        );
        assert_eq!(
            names(&text, &["app"], &[("gawk", ""), ("awk", "the virtual name")]).unwrap(),
            "app bash cyclic lib1 libc6"
        );
        assert_eq!(names(&text, &["awk"], &[("mawk", "asked for, so left in")]).unwrap(), "mawk");
    }

    #[test]
    fn what_is_missing_is_named_with_who_wants_it() {
        let text = index(&[
            ("app", "Depends: middle"),
            ("middle", "Depends: lib1 (>= 3) | lib2, x"),
            ("lib1=2", ""),
            ("any", "Depends: lib1:any"),
            ("foreign", "Depends: lib1:arm64"),
            ("virt", "Depends: thing (>= 2)"),
            ("thing-impl", "Provides: thing"),
            ("thing-old", "Provides: thing (= 1)"),
        ]);
        insta::assert_snapshot!(names(&text, &["app"], &[]).unwrap_err(), @"no package satisfies `lib1 (>= 3) | lib2`, which app → middle needs: the archive has `lib1` in version 2; there is no package `lib2`");
        insta::assert_snapshot!(names(&text, &["any"], &[]).unwrap_err(), @"no package satisfies `lib1:any`, which any needs: `lib1` of any architecture will not do");
        insta::assert_snapshot!(names(&text, &["foreign"], &[]).unwrap_err(), @"no package satisfies `lib1:arm64`, which foreign needs: `lib1` is there for amd64 only");
        insta::assert_snapshot!(names(&text, &["virt"], &[]).unwrap_err(), @"no package satisfies `thing (>= 2)`, which virt needs: there is no package `thing`");
        insta::assert_snapshot!(names(&text, &["nothing"], &[]).unwrap_err(), @"there is no package `nothing` among the 8 of the index: look its name up at packages.debian.org");
    }

    #[test]
    fn packages_that_exclude_each_other_are_not_composed() {
        let text = index(&[
            ("mta1", "Provides: mta\nConflicts: mta"),
            ("mta2", "Provides: mta\nConflicts: mta"),
            ("old", "Breaks: mta1 (<< 2)"),
        ]);
        assert_eq!(names(&text, &["mta1"], &[]).unwrap(), "mta1");
        insta::assert_snapshot!(names(&text, &["mta1", "mta2"], &[]).unwrap_err(), @"`mta1` cannot be installed beside `mta2`: it conflicts with `mta`");
        assert!(names(&text, &["mta1", "old"], &[]).is_err());
    }

    #[test]
    fn what_is_installed_is_not_installed_again() {
        let text = index(&[
            ("app", "Depends: libc6 (>= 2), libx, virtual"),
            ("libc6=2", "Provides: virtual"),
            ("another", "Provides: virtual\nPriority: required"),
            ("libx", "Depends: libc6"),
        ]);
        let index = PackageIndex::new(&[&text]);
        let mut installed = [index.get("libc6").unwrap().unwrap().file()];
        let found = index
            .closure(&["app", "libc6"], &Policy { installed: &installed, ..Policy::default() })
            .unwrap();
        assert_eq!(found.packages.keys().copied().collect::<Vec<_>>(), ["app", "libx"]);

        installed[0].version = "1".to_owned();
        let found = index
            .closure(&["app"], &Policy { installed: &installed, ..Policy::default() })
            .unwrap();
        assert!(found.packages.contains_key("libc6"), "the installed version is too old");
    }
}
