//! The dependencies of directories that a requirement names, such as `-e .`: installing the
//! directory installs them too, so a key without them would hit when they change.

use std::collections::BTreeSet;

use crate::files::{Files, join};
use crate::kind::SourceKind;
use crate::manifest::{both, pyproject, setup_cfg};
use crate::read::ReadOptions;
use crate::requirement::{LocalPath, Requirement, Source};
use crate::set::{RequirementSet, Rule};

/// More directories than any project installs.
const MAX_DIRECTORIES: usize = 100;

/// Reads the manifests of all directories among the requirements, and of those that these name.
///
/// A manifest that cannot be read is a warning: pip would build the directory to know.
pub(crate) fn follow(set: &mut RequirementSet, files: &dyn Files, options: &ReadOptions) {
    let mut waiting: Vec<Requirement> =
        set.requirements.iter().filter(|r| is_directory(r)).cloned().collect();
    let mut seen = BTreeSet::new();
    while let Some(requirement) = waiting.pop() {
        let Source::Path(LocalPath(path)) = &requirement.source else { continue };
        let visit = (path.clone(), requirement.extras.clone(), requirement.marker.clone());
        if !files.is_dir(path) || !seen.insert(visit) || seen.len() > MAX_DIRECTORIES {
            continue;
        }
        let options = ReadOptions {
            extras: requirement.extras.iter().map(ToString::to_string).collect(),
            groups: Vec::new(),
            environment: options.environment.clone(),
        };
        match manifest(path, files, &options) {
            Ok(read) => {
                for mut needed in read.requirements {
                    needed.marker = both(requirement.marker.clone(), needed.marker);
                    if is_directory(&needed) {
                        waiting.push(needed.clone());
                    }
                    set.of_directories.push(needed);
                }
                for source in read.sources {
                    if !set.sources.contains(&source) {
                        set.sources.push(source);
                    }
                }
            }
            Err(reason) => {
                let message = format!(
                    "what `{}` depends on is no part of the key: {reason}",
                    LocalPath(path.clone())
                );
                set.warn(Rule::Ignored, &requirement.origin, message);
            }
        }
    }
}

fn is_directory(requirement: &Requirement) -> bool {
    matches!(requirement.source, Source::Path(_))
}

fn manifest(
    directory: &str,
    files: &dyn Files,
    options: &ReadOptions,
) -> Result<RequirementSet, String> {
    let inside = |name: &str| join(directory, name).unwrap_or_default();
    let [pyproject_toml, setup_cfg_file] =
        [SourceKind::Pyproject, SourceKind::SetupCfg].map(|kind| inside(kind.name()));
    let mut failed = None;
    if files.is_file(&pyproject_toml) {
        match pyproject::read(&pyproject_toml, files, options) {
            Ok(set) => return Ok(set),
            Err(error) => failed = Some(error.to_string()),
        }
    }
    if files.is_file(&setup_cfg_file) {
        match setup_cfg::read(&setup_cfg_file, files, options) {
            Ok(set) => return Ok(set),
            Err(error) => failed = failed.or(Some(error.to_string())),
        }
    }
    Err(failed.unwrap_or_else(|| "only running its setup.py would tell".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::MemoryFiles;
    use crate::read::read;

    #[test]
    fn directories_bring_their_dependencies_with_them() {
        let files = MemoryFiles::new()
            .with("requirements.txt", "-e .[web] ; os_name == 'posix'\n./lib\n./old\n")
            .with("pyproject.toml", "[project]\nname = 'a'\ndependencies = ['flask>=3']\n[project.optional-dependencies]\nweb = ['gunicorn==22']\n")
            .with("lib/setup.cfg", "[options]\ninstall_requires =\n    six\n    a @ file:./x\n")
            .with("lib/setup.py", "")
            .with("old/setup.py", "");
        let set = read("requirements.txt", &files, &ReadOptions::default()).unwrap();
        let lines: BTreeSet<_> = set
            .of_directories
            .iter()
            .map(|r| format!("{} {} {}", r.label(), r.specifiers, r.origin))
            .collect();
        let expected = [
            "a  lib/setup.cfg:4",
            "flask >=3 pyproject.toml:3",
            "gunicorn ==22 pyproject.toml:5",
            "six  lib/setup.cfg:3",
        ];
        assert_eq!(lines, expected.map(ToOwned::to_owned).into());
        assert!(set.warnings.iter().any(|w| w.rule == Rule::Ignored && w.origin.line == 3));
        assert_eq!(set.sources, ["requirements.txt", "lib/setup.cfg", "pyproject.toml"]);
    }
}
