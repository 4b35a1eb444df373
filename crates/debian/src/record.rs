//! What an image says about the packages in it, where scanners look.

use std::collections::BTreeSet;

use boxwright_image::{LayerPath, Node, TreeError};

use crate::assembly::{Assembly, merged};
use crate::deb::Deb;
use crate::deb822;
use crate::package::PackageFile;

/// A package that was put into an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InstalledPackage {
    /// The file it came from.
    pub file: PackageFile,
    /// The source package it was built from; vulnerabilities are published by this name.
    pub source: String,
    /// The version of the source package, where it differs from the package's own.
    pub source_version: Option<String>,
}

impl InstalledPackage {
    pub(crate) fn of(deb: &Deb) -> Self {
        let source = deb822::field(&deb.control, "Source").unwrap_or(&deb.file.name);
        // `Source: gcc-14 (14.2.0-19)`, with the version only where it is another.
        let (source, version) = match source.split_once('(') {
            Some((source, version)) => {
                (source.trim(), Some(version.trim_end_matches(')').trim().to_owned()))
            }
            None => (source, None),
        };
        Self { file: deb.file.clone(), source: source.to_owned(), source_version: version }
    }
}

/// Writes `/var/lib/dpkg/status.d`, as distroless images do and as trivy, grype and syft read it:
/// a package's control paragraph under its name, and the sums of the files that were kept.
pub(crate) fn status_d(assembly: &mut Assembly<'_>, debs: &[Deb]) -> Result<(), TreeError> {
    for deb in debs {
        let path = format!("var/lib/dpkg/status.d/{}", deb.file.name);
        let none = BTreeSet::new();
        let kept = assembly.kept.get(deb.file.name.as_str()).unwrap_or(&none);
        let sums = kept_sums(&deb.md5sums, kept);
        assembly.tree.insert(&path, Node::file(format!("{}\n", deb.control.trim_end())))?;
        assembly.tree.insert(format!("{path}.md5sums"), Node::file(sums))?;
    }
    Ok(())
}

/// The lines of a package's sums whose files were kept.
pub(crate) fn kept_sums(sums: &str, kept: &BTreeSet<LayerPath>) -> String {
    let is_kept = |line: &&str| {
        let path = line.split_once("  ").and_then(|(_, path)| LayerPath::new(path).ok());
        let path = path.and_then(|path| merged(&path, &Node::file("")).ok());
        path.is_some_and(|path| kept.contains(&path))
    };
    sums.lines().filter(is_kept).flat_map(|line| [line, "\n"]).collect()
}
