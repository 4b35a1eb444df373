//! What a resolver is asked for.

use std::collections::{BTreeMap, BTreeSet};

use boxwright_digest::Digest;
use boxwright_requirements::{
    Dependency, Extra, InvalidRequirement, Link, Marker, Origin, PackageFilter, PackageName,
    Requirement, RequirementSet, Source, Specifiers, Target,
};

use crate::Timestamp;
use crate::error::UrlProblem;
use crate::roots::project_of;

/// A requirement or a constraint, and the line that it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The project.
    pub name: PackageName,
    /// Its extras.
    pub extras: BTreeSet<Extra>,
    /// Its versions.
    pub specifiers: Specifiers,
    /// Where its wheel is, instead of on the index.
    pub url: Option<Link>,
    /// When it is wanted; `None` is always.
    pub marker: Option<Marker>,
    /// What its wheel may hash to; empty for anything.
    pub hashes: Vec<Digest>,
    /// Where it is written.
    pub origin: Origin,
}

/// A requirement that wheels alone cannot meet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin} wants {label}: {problem}")]
pub struct WantedError {
    /// The line.
    pub origin: Origin,
    /// What it wants.
    pub label: String,
    /// What is wrong with that, and the fix.
    pub problem: UrlProblem,
}

impl Wanted {
    /// Reads a dependency specifier, such as `flask[async]>=3; python_version >= "3.9"`.
    pub fn parse(text: &str, origin: Origin) -> Result<Self, InvalidRequirement> {
        let Dependency { name, extras, specifiers, url, marker } = text.parse()?;
        Ok(Self { name, extras, specifiers, url, marker, hashes: Vec::new(), origin })
    }

    /// Takes a requirement as any of the dependency files has it.
    pub fn from_requirement(requirement: &Requirement) -> Result<Self, WantedError> {
        let refuse = |problem| WantedError {
            origin: requirement.origin.clone(),
            label: requirement.label(),
            problem,
        };
        let url = match &requirement.source {
            Source::Index { .. } => None,
            Source::Archive(link) => Some(link.clone()),
            Source::Vcs(_) => return Err(refuse(UrlProblem::VersionControl)),
            Source::Path(_) => return Err(refuse(UrlProblem::Local)),
        };
        let name = match (&requirement.name, &url) {
            (Some(name), _) => name.clone(),
            (None, Some(link)) => project_of(link).map_err(refuse)?,
            (None, None) => return Err(refuse(UrlProblem::NoWheel)),
        };
        let hashes: Vec<Digest> =
            requirement.hashes.iter().filter_map(boxwright_requirements::Hash::as_sha256).collect();
        if hashes.is_empty() && !requirement.hashes.is_empty() {
            return Err(refuse(UrlProblem::NoSha256));
        }
        Ok(Self {
            name,
            extras: requirement.extras.clone(),
            specifiers: requirement.specifiers.clone(),
            url,
            marker: requirement.marker.clone(),
            hashes,
            origin: requirement.origin.clone(),
        })
    }
}

/// When alpha, beta, candidate and development releases are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PreReleases {
    /// As pip does: when a specifier of the project names one, or when no final release satisfies.
    #[default]
    WhenNamed,
    /// Like any other release.
    Always,
    /// Not at all.
    Never,
}

/// All that a resolution depends on, but for the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is wanted, in the order of the files.
    pub requirements: Vec<Wanted>,
    /// What is not wanted for itself, but restricts what is.
    pub constraints: Vec<Wanted>,
    /// What the wheels must run on.
    pub target: Target,
    /// When pre-releases are taken.
    pub prereleases: PreReleases,
    /// The projects for which another rule holds.
    pub prereleases_of: BTreeMap<PackageName, PreReleases>,
    /// The projects that should rather be built from source. That never happens; a
    /// [`Note`](crate::Note) says so.
    pub no_binary: PackageFilter,
    /// Files uploaded at this time or later do not count; nor do, then, files without a time.
    pub exclude_newer: Option<Timestamp>,
    /// Whether every project must have hashes, as pip's hash-checking mode asks.
    pub require_hashes: bool,
}

impl Request {
    /// Asks for `requirements` with pip's defaults.
    pub fn new(target: Target, requirements: Vec<Wanted>) -> Self {
        Self {
            requirements,
            constraints: Vec::new(),
            target,
            prereleases: PreReleases::default(),
            prereleases_of: BTreeMap::new(),
            no_binary: PackageFilter::default(),
            exclude_newer: None,
            require_hashes: false,
        }
    }

    /// Asks for what a set of requirements asks for on `target`. Which indexes are asked is the
    /// [`Index`](crate::Index)'s business, and what its lock pins needs no resolver.
    pub fn from_set(set: &RequirementSet, target: &Target) -> Result<Self, WantedError> {
        let wanted: Result<_, _> =
            set.requirements_for(target).map(Wanted::from_requirement).collect();
        let limits: Result<_, _> =
            set.constraints_for(target).map(Wanted::from_requirement).collect();
        let mut request = Self { constraints: limits?, ..Self::new(*target, wanted?) };
        let options = &set.index;
        request.prereleases =
            match (options.pre || options.all_releases.all, options.only_final.all) {
                (_, true) => PreReleases::Never,
                (true, false) => PreReleases::Always,
                (false, false) => PreReleases::WhenNamed,
            };
        let taken = options.all_releases.packages.iter().map(|name| (name, PreReleases::Always));
        let refused = options.only_final.packages.iter().map(|name| (name, PreReleases::Never));
        request.prereleases_of =
            taken.chain(refused).map(|(name, policy)| (name.clone(), policy)).collect();
        request.no_binary = options.no_binary.clone();
        // One hash turns pip's hash-checking mode on for all.
        let has_hashes = request.requirements.iter().any(|wanted| !wanted.hashes.is_empty());
        request.require_hashes = options.require_hashes || has_hashes;
        Ok(request)
    }

    /// When pre-releases of a project are taken.
    pub(crate) fn policy(&self, name: &PackageName) -> PreReleases {
        self.prereleases_of.get(name).copied().unwrap_or(self.prereleases)
    }
}
