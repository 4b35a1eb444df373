//! What a wheel says about itself: `METADATA` and `WHEEL`.

use std::str::FromStr;

use boxwright_requirements::PackageName;
use pep440_rs::Version;

use crate::WheelName;
use crate::error::Problem;

/// Finds the wheel's own `.dist-info` directory among its top-level directories.
pub(crate) fn directory<'a>(
    name: &WheelName,
    paths: impl Iterator<Item = &'a str>,
) -> Result<String, Problem> {
    let mut found: Vec<&str> = paths
        .filter_map(|path| path.split_once('/'))
        .map(|(top, _)| top)
        .filter(|top| top.strip_suffix(".dist-info").is_some())
        .collect();
    found.sort_unstable();
    found.dedup();
    match *found.as_slice() {
        [only] if is_of(name, only) => Ok(only.to_owned()),
        ref others => Err(Problem::DistInfo {
            expected: format!(
                "{}-{}.dist-info",
                name.name().as_str().replace('-', "_"),
                name.version()
            ),
            found: if others.is_empty() { "none".to_owned() } else { others.join(", ") },
        }),
    }
}

/// Whether a directory is the `.dist-info` of a wheel, however it spells name and version.
pub(crate) fn is_of(name: &WheelName, directory: &str) -> bool {
    let stem = directory.strip_suffix(".dist-info");
    stem.and_then(|stem| stem.split_once('-')).is_some_and(|(project, version)| {
        PackageName::new(project).is_ok_and(|project| project == *name.name())
            && is_version(version, name.version())
    })
}

fn is_version(text: &str, version: &Version) -> bool {
    let is_it = |text: &str| Version::from_str(text).is_ok_and(|other| other == *version);
    is_it(text) || is_it(&text.replace('_', "-"))
}

/// Checks that METADATA is of the project and version that the file name says.
pub(crate) fn check_identity(name: &WheelName, metadata: &[u8]) -> Result<(), Problem> {
    let [project, version] = ["Name", "Version"].map(|field| header(metadata, field));
    let is_same = project
        .as_deref()
        .is_some_and(|text| PackageName::new(text).is_ok_and(|it| it == *name.name()))
        && version.as_deref().is_some_and(|text| is_version(text, name.version()));
    if is_same {
        return Ok(());
    }
    let said = [project, version].map(|field| field.unwrap_or_else(|| "nothing".to_owned()));
    Err(Problem::Identity {
        name: format!("{} {}", name.name(), name.version()),
        metadata: said.join(" "),
    })
}

/// Reads the WHEEL file: whether the wheel is for any platform.
pub(crate) fn is_purelib(wheel: &[u8]) -> Result<bool, Problem> {
    let version = header(wheel, "Wheel-Version")
        .ok_or_else(|| Problem::Format("has no Wheel-Version".to_owned()))?;
    let major = version.split('.').next().unwrap_or(&version);
    if major != "1" {
        return Err(Problem::Format(format!(
            "is of version {version}, and only version 1 is known: use an older wheel"
        )));
    }
    match header(wheel, "Root-Is-Purelib").map(|value| value.to_ascii_lowercase()).as_deref() {
        Some("true") => Ok(true),
        Some("false") | None => Ok(false),
        Some(other) => Err(Problem::Format(format!("says Root-Is-Purelib: {other}"))),
    }
}

/// The first header field of that name, before the first empty line.
fn header(contents: &[u8], field: &str) -> Option<String> {
    let text = String::from_utf8_lossy(contents);
    text.lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim_end().eq_ignore_ascii_case(field))
        .map(|(_, value)| value.trim().to_owned())
}
