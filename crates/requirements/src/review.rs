//! What is worth a warning in a set that was read without an error.

use std::collections::BTreeMap;

use pep440_rs::Version;

use crate::kind::SourceKind;
use crate::link::Link;
use crate::name::PackageName;
use crate::origin::Origin;
use crate::requirement::{Requirement, Source};
use crate::set::{RequirementSet, Rule, Warning};
use crate::target::Target;

/// So many names are listed in one message.
const LISTED: usize = 5;

/// Adds the warnings that the set itself gives cause for.
pub(crate) fn review(set: &mut RequirementSet) {
    let mut warnings = Vec::new();
    for requirement in set.requirements.iter().chain(&set.constraints) {
        review_one(requirement, set.kind, &mut warnings);
    }
    if set.lock.is_some() {
        unhashed_pins(set, &mut warnings);
    } else {
        unpinned(set, &mut warnings);
        unhashed(set, &mut warnings);
        conflicts(set, &mut warnings);
    }
    set.warnings.append(&mut warnings);
}

fn review_one(requirement: &Requirement, kind: SourceKind, warnings: &mut Vec<Warning>) {
    let origin = &requirement.origin;
    let mut warn = |rule, message| warnings.push(Warning { rule, origin: origin.clone(), message });
    let label = requirement.label();
    if let Source::Archive(link) | Source::Vcs(link) = &requirement.source
        && link.has_credentials()
    {
        let message = format!(
            "credentials stand in the URL of {label}: write them as ${{USER}}:${{PASSWORD}} and set these where the image is built"
        );
        warn(Rule::Credentials, message);
    }
    let Some(marker) = &requirement.marker else { return };
    if marker.asks_for_kernel() {
        warn(
            Rule::KernelMarker,
            format!(
                "the marker of {label} asks for the kernel, which is unknown before the image runs; it is taken to be an empty text"
            ),
        );
    }
    // The metadata in uv.lock states the extras in markers, and they can be asked for there.
    if marker.asks_for_extra() && !kind.is_lock() {
        warn(
            Rule::ExtraMarker,
            format!(
                "the marker of {label} asks for an extra, and none can be asked for in this file, so it never holds"
            ),
        );
    }
}

/// One warning for all requirements that accept several versions.
fn unpinned(set: &RequirementSet, warnings: &mut Vec<Warning>) {
    let moving: Vec<_> = set.requirements.iter().filter(|requirement| moves(requirement)).collect();
    let Some(first) = moving.first() else { return };
    let message = format!(
        "{} of {} requirements accept more than one version ({}): the same file installs other versions later; pin them, or add a lock file",
        moving.len(),
        set.requirements.len(),
        listed(&moving),
    );
    warnings.push(Warning { rule: Rule::Unpinned, origin: first.origin.clone(), message });
}

/// Whether the same text can mean something else tomorrow.
fn moves(requirement: &Requirement) -> bool {
    match &requirement.source {
        Source::Index { .. } => !requirement.specifiers.is_pinned(),
        Source::Vcs(link) => !is_at_commit(link),
        Source::Archive(_) | Source::Path(_) => false,
    }
}

/// Whether a repository is named with a full commit.
fn is_at_commit(link: &Link) -> bool {
    let url = link.without_fragment();
    url.rsplit_once('@').is_some_and(|(_, revision)| {
        revision.len() >= 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// One warning for all pins of a requirements file whose files are not pinned.
fn unhashed(set: &RequirementSet, warnings: &mut Vec<Warning>) {
    if set.kind != SourceKind::Requirements {
        return;
    }
    let is_bare = |requirement: &&Requirement| {
        matches!(requirement.source, Source::Index { .. })
            && requirement.specifiers.is_pinned()
            && requirement.hashes.is_empty()
    };
    let bare: Vec<_> = set.requirements.iter().filter(is_bare).collect();
    let Some(first) = bare.first() else { return };
    let message = format!(
        "{} of {} requirements are pinned without hashes ({}): whoever controls the index controls the files; `pip-compile --generate-hashes` or `uv pip compile --generate-hashes` add them",
        bare.len(),
        set.requirements.len(),
        listed(&bare),
    );
    warnings.push(Warning { rule: Rule::PinWithoutHash, origin: first.origin.clone(), message });
}

/// The same for locks.
fn unhashed_pins(set: &RequirementSet, warnings: &mut Vec<Warning>) {
    let packages = set.lock.iter().flat_map(|lock| &lock.packages);
    let bare: Vec<_> = packages
        .filter(|package| {
            matches!(package.source, Source::Index { .. }) && package.version.is_some()
        })
        .filter(|package| package.files.iter().all(|file| file.hashes.is_empty()))
        .collect();
    let Some(first) = bare.first() else { return };
    let message = format!(
        "{} packages are locked without hashes, {} among them: lock again with an index that gives hashes",
        bare.len(),
        first.name,
    );
    warnings.push(Warning { rule: Rule::PinWithoutHash, origin: first.origin.clone(), message });
}

fn listed(requirements: &[&Requirement]) -> String {
    let mut names: Vec<_> = requirements.iter().take(LISTED).map(|r| r.label()).collect();
    if requirements.len() > LISTED {
        names.push("…".to_owned());
    }
    names.join(", ")
}

/// Pins of one package that exclude each other wherever they apply.
fn conflicts(set: &RequirementSet, warnings: &mut Vec<Warning>) {
    let mut pins: BTreeMap<&PackageName, (&Version, &Origin)> = BTreeMap::new();
    for requirement in set.requirements.iter().chain(&set.constraints) {
        let (Some(name), None) = (&requirement.name, &requirement.marker) else { continue };
        let Some(version) = requirement.specifiers.pin() else { continue };
        let (earlier, place) = *pins.entry(name).or_insert((version, &requirement.origin));
        if earlier != version {
            let message = format!(
                "{name} is pinned to {version} here and to {earlier} at {place}: nothing can satisfy both"
            );
            let origin = requirement.origin.clone();
            warnings.push(Warning { rule: Rule::SourcesDisagree, origin, message });
        }
    }
}

/// What a manifest asks for, and a lock or list of pins beside it does not give.
///
/// Compares the requirements from the index that apply to `target` with the versions that `pinned`
/// holds. A lock that was written before the manifest changed shows here.
pub fn disagreements(
    manifest: &RequirementSet,
    pinned: &RequirementSet,
    target: &Target,
) -> Vec<Warning> {
    let source = pinned.sources.first().map_or_else(|| pinned.kind.to_string(), Clone::clone);
    let mut versions: BTreeMap<PackageName, Vec<Option<Version>>> = BTreeMap::new();
    match pinned.pins_for(target) {
        Some(pins) => {
            for pin in pins {
                versions
                    .entry(pin.package.name.clone())
                    .or_default()
                    .push(pin.package.version.clone());
            }
        }
        None => {
            for requirement in pinned.requirements_for(target) {
                if let Some(name) = requirement.name.clone() {
                    versions.entry(name).or_default().push(requirement.specifiers.pin().cloned());
                }
            }
        }
    }
    let wanted =
        manifest.requirements_for(target).filter(|r| matches!(r.source, Source::Index { .. }));
    wanted
        .filter_map(|requirement| {
            let name = requirement.name.as_ref()?;
            let message = match versions.get(name) {
                None => {
                    format!("{name} is wanted here, and is not in {source}: write {source} anew")
                }
                Some(versions) => {
                    let accepts = |version: &Option<Version>| {
                        version
                            .as_ref()
                            .is_none_or(|version| requirement.specifiers.contains(version))
                    };
                    if versions.iter().any(accepts) {
                        return None;
                    }
                    let found: Vec<_> =
                        versions.iter().flatten().map(ToString::to_string).collect();
                    format!(
                        "{name}{} is wanted here, and {source} has {}: write {source} anew",
                        requirement.specifiers,
                        found.join(" and ")
                    )
                }
            };
            let origin = requirement.origin.clone();
            Some(Warning { rule: Rule::SourcesDisagree, origin, message })
        })
        .collect()
}

/// What an index says of a pinned version that somebody should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexFact {
    /// The version was withdrawn, perhaps with a reason.
    Yanked(Option<String>),
    /// There is no wheel for the target, so that it would have to be built from source.
    NoWheel,
}

impl Warning {
    /// A warning about the pin of `name` to `version` at `origin`, for whoever asked the index.
    pub fn from_index(
        name: &PackageName,
        version: &Version,
        origin: Origin,
        fact: &IndexFact,
    ) -> Self {
        let (rule, message) = match fact {
            IndexFact::Yanked(None) => (
                Rule::Yanked,
                format!("{name} {version} was yanked from the index: choose another version"),
            ),
            IndexFact::Yanked(Some(reason)) => (
                Rule::Yanked,
                format!(
                    "{name} {version} was yanked from the index ({reason}): choose another version"
                ),
            ),
            IndexFact::NoWheel => (
                Rule::NoWheel,
                format!(
                    "{name} {version} has no wheel for the target, and would have to be built from source: choose a version that has one, or build it elsewhere"
                ),
            ),
        };
        Self { rule, origin, message }
    }
}
