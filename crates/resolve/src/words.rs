//! Small phrases that explanations are made of.

use std::collections::BTreeSet;

use boxwright_requirements::{Extra, Libc, Link, PackageName, Specifiers, Target};
use pep440_rs::Version;

use crate::Wanted;

/// `CPython 3.13 on linux/amd64 (glibc 2.41)`.
pub(crate) fn target(target: &Target) -> String {
    let libc = match target.libc {
        Libc::Glibc { major, minor } => format!("glibc {major}.{minor}"),
        Libc::Musl { major, minor } => format!("musl {major}.{minor}"),
    };
    format!("CPython {} on linux/{} ({libc})", target.python.short(), target.architecture)
}

/// `flask[async]>=3`, or with its URL.
pub(crate) fn wanted(line: &Wanted) -> String {
    requirement(&line.name, &line.extras, &line.specifiers, line.url.as_ref())
}

pub(crate) fn requirement(
    name: &PackageName,
    extras: &BTreeSet<Extra>,
    specifiers: &Specifiers,
    url: Option<&Link>,
) -> String {
    let extras: Vec<String> = extras.iter().map(ToString::to_string).collect();
    let extras = if extras.is_empty() { String::new() } else { format!("[{}]", extras.join(",")) };
    let url = url.map(|url| format!(" @ {url}")).unwrap_or_default();
    format!("{name}{extras}{specifiers}{url}")
}

/// `2.0`, `2.0 and 2.1`, `2.0 to 2.9 (8 versions)`, from versions in ascending order.
pub(crate) fn versions(versions: &[&Version]) -> String {
    match versions {
        [] => "no version".to_owned(),
        [first, .., last] if versions.len() > 3 => {
            format!("{first} to {last} ({} versions)", versions.len())
        }
        few => list(&few.iter().map(ToString::to_string).collect::<Vec<_>>(), "and"),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list(items: &[String], conjunction: &str) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} {conjunction} {last}", rest.join(", ")),
    }
}

/// The verb that fits so many versions.
pub(crate) fn verb(count: usize, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}
