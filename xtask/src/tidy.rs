//! Checks the promises of ARCHITECTURE.md that no compiler checks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use walkdir::WalkDir;

/// The packages from the lowest to the highest: one may depend only on those before it.
const ORDER: &[&str] = &[
    "boxwright-digest",
    "boxwright-tar",
    "boxwright-context",
    "boxwright-requirements",
    "boxwright-dockerfile",
    "boxwright-image",
    "boxwright-wheel",
    "boxwright-debian",
    "boxwright-resolve",
    "boxwright-plan",
    "boxwright-engine",
    "boxwright",
    "xtask",
    "boxwright-e2e",
];

/// Packages that may not touch the network, a daemon or an asynchronous runtime.
const NETWORKED: &[&str] = &["reqwest", "tokio", "bollard", "rustls", "hyper"];
/// The packages for which that is their purpose.
const MAY_BE_NETWORKED: &[&str] = &["boxwright-engine", "boxwright", "xtask", "boxwright-e2e"];

/// A file with more lines than this has an idea missing.
const FILE_LINES: usize = 500;

/// Runs every check over the workspace at `root` and fails with all that is wrong.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut problems = Vec::new();
    let manifests = manifests(root)?;
    for (name, (path, manifest)) in &manifests {
        check_arrows(name, path, manifest, &mut problems);
        check_manifest(name, path, manifest, &mut problems);
    }
    let known: Vec<_> = manifests.keys().map(String::as_str).collect();
    problems.extend(
        ORDER
            .iter()
            .filter(|name| !known.contains(name))
            .map(|name| format!("{name}: no such package")),
    );
    check_fuzz_targets(root, &mut problems)?;
    for file in source_files(root) {
        check_source(root, &file, &mut problems)?;
    }
    if problems.is_empty() {
        println!("tidy: {} packages and their sources are in order", manifests.len());
        return Ok(());
    }
    for problem in &problems {
        println!("{problem}");
    }
    bail!("{} places are not tidy", problems.len())
}

/// Every package's manifest, by package name.
fn manifests(root: &Path) -> Result<BTreeMap<String, (PathBuf, toml::Table)>> {
    let mut paths = vec![root.join("xtask/Cargo.toml"), root.join("tests/Cargo.toml")];
    for entry in std::fs::read_dir(root.join("crates")).context("cannot list crates/")? {
        paths.push(entry?.path().join("Cargo.toml"));
    }
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let manifest: toml::Table =
                text.parse().with_context(|| format!("{} is no TOML", path.display()))?;
            let name = manifest
                .get("package")
                .and_then(|package| package.get("name"))
                .and_then(toml::Value::as_str);
            let name =
                name.with_context(|| format!("{} names no package", path.display()))?.to_owned();
            Ok((name, (path, manifest)))
        })
        .collect()
}

/// Arrows run from higher to lower packages, and the network stays in its place.
fn check_arrows(name: &str, path: &Path, manifest: &toml::Table, problems: &mut Vec<String>) {
    let place = |package: &str| ORDER.iter().position(|known| *known == package);
    let Some(own) = place(name) else {
        problems.push(format!(
            "{}: {name} has no place in the order of packages (xtask/src/tidy.rs)",
            path.display()
        ));
        return;
    };
    let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
    for table in tables {
        let dependencies = manifest.get(table).and_then(toml::Value::as_table);
        for dependency in dependencies.into_iter().flat_map(toml::Table::keys) {
            if place(dependency).is_some_and(|other| other >= own) {
                problems.push(format!(
                    "{}: {name} may not depend on {dependency}, which is above it",
                    path.display()
                ));
            }
            let networked = NETWORKED.contains(&dependency.as_str()) && table == "dependencies";
            if networked && !MAY_BE_NETWORKED.contains(&name) {
                problems.push(format!(
                    "{}: {name} is pure and may not depend on {dependency}",
                    path.display()
                ));
            }
        }
    }
}

/// Packages share what the workspace says.
fn check_manifest(name: &str, path: &Path, manifest: &toml::Table, problems: &mut Vec<String>) {
    let inherits = |table: &str| {
        manifest.get(table).and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool)
            == Some(true)
    };
    if !inherits("lints") {
        problems.push(format!("{}: {name} does not say `lints.workspace = true`", path.display()));
    }
    let description = manifest.get("package").and_then(|package| package.get("description"));
    if description.and_then(toml::Value::as_str).is_none_or(str::is_empty) {
        problems.push(format!("{}: {name} has no description", path.display()));
    }
}

/// Every file among the fuzz targets is one: cargo-fuzz runs what the manifest names.
fn check_fuzz_targets(root: &Path, problems: &mut Vec<String>) -> Result<()> {
    let manifest = std::fs::read_to_string(root.join("fuzz/Cargo.toml"))
        .context("cannot read fuzz/Cargo.toml")?;
    for entry in std::fs::read_dir(root.join("fuzz/fuzz_targets"))
        .context("cannot list fuzz/fuzz_targets")?
    {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !manifest.contains(&format!("path = \"fuzz_targets/{name}\"")) {
            problems.push(format!("fuzz/Cargo.toml: fuzz_targets/{name} is no target"));
        }
    }
    Ok(())
}

fn source_files(root: &Path) -> Vec<PathBuf> {
    let places = ["crates", "xtask", "tests", "fuzz"].map(|folder| root.join(folder));
    let entries = places.iter().flat_map(|place| {
        let walk = WalkDir::new(place).sort_by_file_name().into_iter();
        walk.filter_entry(|entry| entry.file_name() != "target").filter_map(Result::ok)
    });
    entries
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .collect()
}

/// Every module says what it is for, no file outgrows its idea, and a crate opens with an example.
fn check_source(root: &Path, path: &Path, problems: &mut Vec<String>) -> Result<()> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let shown = path.strip_prefix(root).unwrap_or(path).display();
    let lines = text.lines().count();
    if lines > FILE_LINES {
        problems.push(format!(
            "{shown}: {lines} lines; look for the idea that is missing ({FILE_LINES} at most)"
        ));
    }
    let first = text.lines().find(|line| !line.starts_with("#!"));
    if !first.is_some_and(|line| line.starts_with("//!")) {
        problems.push(format!("{shown}: no module documentation (`//! …`) at the top"));
    }
    let is_library = path.ends_with("src/lib.rs") && shown.to_string().starts_with("crates/");
    let documented = text
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .any(|line| line.starts_with("//! ```"));
    if is_library && !documented {
        problems.push(format!("{shown}: the crate documentation has no runnable example"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(name: &str, manifest: &str) -> Vec<String> {
        let mut problems = Vec::new();
        let manifest = manifest.parse().unwrap();
        check_arrows(name, Path::new("Cargo.toml"), &manifest, &mut problems);
        problems
    }

    #[test]
    fn an_arrow_that_runs_upward_is_found() {
        let upward = "[dependencies]\nboxwright-engine.workspace = true";
        assert_eq!(problems("boxwright-image", upward).len(), 1);
        assert_eq!(problems("boxwright", upward), [""; 0]);
        assert_eq!(
            problems("boxwright-engine", upward).len(),
            1,
            "a package cannot depend on itself"
        );
        assert_eq!(problems("boxwright-new", "").len(), 1, "a package without a place");
    }

    #[test]
    fn a_pure_package_with_a_client_is_found() {
        let client = "[dependencies]\nreqwest.workspace = true";
        assert_eq!(problems("boxwright-debian", client).len(), 1);
        assert_eq!(problems("boxwright-engine", client), [""; 0]);
    }
}
