//! A project as the target sees it: every version, and the wheel to take or why there is none.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use boxwright_digest::Digest;
use boxwright_requirements::{PythonVersion, Specifiers, Target};
use boxwright_wheel::{BuildTag, TagRank, Tags};
use pep440_rs::Version;

use crate::page::{PageFile, ProjectPage, RemoteFile};
use crate::versions::VersionIds;
use crate::{PreReleases, Timestamp, specifiers};

/// Why a version has no wheel that could be taken. The later in this order, the closer it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// Every file of it was uploaded too late.
    TooNew,
    /// It has source distributions and no wheel.
    OnlySource,
    /// No wheel is for the target's platform; the tag of one of them.
    OtherPlatform(Box<str>),
    /// No wheel for the target's platform is for its Python; the tag of the newest Python's.
    OtherPython(Box<str>),
    /// Its files are for other Python versions.
    NeedsPython(Box<str>),
    /// No wheel has one of the hashes asked for.
    OtherHashes,
}

/// One version.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) version: Version,
    pub(crate) wheel: Result<RemoteFile, Unusable>,
    /// Why its wheel was yanked, if it was.
    pub(crate) yanked: Option<Box<str>>,
    /// The constraints that rule it out.
    pub(crate) ruled_out: bool,
}

/// Every version of a project, sorted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Project {
    pub(crate) candidates: Vec<Candidate>,
    /// Whether the index has it at all.
    pub(crate) exists: bool,
    /// Whether a URL, and not the index, says where it is.
    pub(crate) direct: bool,
}

/// What files are judged by.
#[derive(Debug)]
pub(crate) struct Filter {
    tags: Tags,
    python: Version,
    exclude_newer: Option<Timestamp>,
    /// What is known of each `Requires-Python`: most files of a project share one.
    taken: Mutex<BTreeMap<Box<str>, bool>>,
}

/// What may be taken only because a requirement says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Permits {
    /// Pre-releases of any version.
    pub(crate) prereleases: bool,
    /// Pre-releases of these versions: requirements that no final release satisfies.
    pub(crate) only_prereleases: BTreeSet<usize>,
    /// Yanked versions that are pinned.
    pub(crate) yanked: BTreeSet<usize>,
}

impl Filter {
    pub(crate) fn new(target: &Target, exclude_newer: Option<Timestamp>) -> Self {
        let PythonVersion { major, minor, patch } = target.python;
        Self {
            tags: Tags::for_target(target),
            python: Version::new([major, minor, patch].map(u64::from)),
            exclude_newer,
            taken: Mutex::default(),
        }
    }

    /// Whether a `Requires-Python` takes the target. What cannot be read is no reason to refuse, as for pip.
    pub(crate) fn takes_python(&self, requires_python: &str) -> bool {
        let mut known = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&taken) = known.get(requires_python) {
            return taken;
        }
        let taken = Specifiers::from_str(requires_python)
            .map_or(true, |specifiers| specifiers::take(&specifiers, &self.python));
        known.insert(requires_python.into(), taken);
        taken
    }

    pub(crate) fn rank(&self, file: &RemoteFile) -> Option<TagRank> {
        self.tags.rank(&file.name)
    }

    fn misfit(&self, file: &RemoteFile) -> Unusable {
        let tag = file.name.tag().into();
        if self.tags.fits_platform(&file.name) {
            Unusable::OtherPython(tag)
        } else {
            Unusable::OtherPlatform(tag)
        }
    }

    fn is_too_new(&self, uploaded: Option<&Timestamp>) -> bool {
        match (&self.exclude_newer, uploaded) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(limit), Some(uploaded)) => uploaded >= limit,
        }
    }

    pub(crate) fn judge(&self, file: &PageFile, hashes: &[Digest]) -> Result<TagRank, Unusable> {
        if self.is_too_new(file.uploaded.as_ref()) {
            return Err(Unusable::TooNew);
        }
        if let Some(requires) = file.requires_python.as_deref().filter(|it| !self.takes_python(it))
        {
            return Err(Unusable::NeedsPython(requires.into()));
        }
        let rank = self.rank(&file.file).ok_or_else(|| self.misfit(&file.file))?;
        let is_asked_for = |hash: Digest| hashes.contains(&hash);
        if !hashes.is_empty() && !file.file.sha256.is_some_and(is_asked_for) {
            return Err(Unusable::OtherHashes);
        }
        Ok(rank)
    }
}

impl Unusable {
    fn closeness(&self) -> (u8, usize, &str) {
        match self {
            Self::TooNew => (0, 0, ""),
            Self::OnlySource => (1, 0, ""),
            // By length first, so that cp310 comes after cp39.
            Self::OtherPlatform(tag) => (2, tag.find('-').unwrap_or_default(), tag),
            Self::OtherPython(tag) => (3, tag.find('-').unwrap_or_default(), tag),
            Self::NeedsPython(python) => (4, 0, python),
            Self::OtherHashes => (5, 0, ""),
        }
    }
}

/// How good a wheel is: not yanked, then the best tags, then the highest build.
type Merit<'a> = (bool, TagRank, std::cmp::Reverse<Option<&'a BuildTag>>);

/// What has been seen of a version so far.
#[derive(Default)]
struct Seen<'a> {
    best: Option<(Merit<'a>, &'a PageFile)>,
    reason: Option<Unusable>,
}

impl<'a> Seen<'a> {
    fn take(&mut self, file: &'a PageFile, verdict: Result<TagRank, Unusable>) {
        match verdict {
            Ok(rank) => {
                let build = std::cmp::Reverse(file.file.name.build());
                let merit = (file.yanked.is_some(), rank, build);
                if self.best.as_ref().is_none_or(|(best, _)| merit < *best) {
                    self.best = Some((merit, file));
                }
            }
            Err(reason) => self.refuse(reason),
        }
    }

    fn refuse(&mut self, reason: Unusable) {
        if self.reason.as_ref().is_none_or(|known| known.closeness() < reason.closeness()) {
            self.reason = Some(reason);
        }
    }

    fn into_candidate(self, version: Version) -> Candidate {
        let yanked = self.best.as_ref().and_then(|(_, file)| file.yanked.clone());
        let wheel = match self.best {
            Some((_, file)) => Ok(file.file.clone()),
            None => Err(self.reason.unwrap_or(Unusable::OnlySource)),
        };
        Candidate { version, wheel, yanked, ruled_out: false }
    }
}

impl Project {
    /// Judges every file of a page.
    pub(crate) fn from_page(page: &ProjectPage, filter: &Filter, hashes: &[Digest]) -> Self {
        let mut versions: BTreeMap<&Version, Seen<'_>> = BTreeMap::new();
        for file in &page.wheels {
            let seen = versions.entry(file.file.name.version()).or_default();
            seen.take(file, filter.judge(file, hashes));
        }
        for source in &page.sources {
            let seen = versions.entry(&source.version).or_default();
            let requires = source.requires_python.as_deref();
            match requires.filter(|requires| !filter.takes_python(requires)) {
                Some(requires) => seen.refuse(Unusable::NeedsPython(requires.into())),
                None => seen.refuse(Unusable::OnlySource),
            }
        }
        let candidates = versions
            .into_iter()
            .map(|(version, seen)| seen.into_candidate(version.clone()))
            .collect();
        Self { candidates, exists: true, direct: false }
    }

    /// A project that is one wheel at a URL.
    pub(crate) fn from_url(file: RemoteFile, filter: &Filter) -> Self {
        let version = file.name.version().clone();
        let wheel = match filter.rank(&file) {
            Some(_) => Ok(file),
            None => Err(filter.misfit(&file)),
        };
        let candidate = Candidate { version, wheel, yanked: None, ruled_out: false };
        Self { candidates: vec![candidate], exists: true, direct: true }
    }

    /// Rules out what a constraint does not take.
    pub(crate) fn constrain(&mut self, specifiers: &Specifiers) {
        let ruled_out = self.select(specifiers).others();
        for index in ruled_out.among(self.candidates.len()) {
            self.candidates[index].ruled_out = true;
        }
    }

    /// The versions that all specifiers take.
    pub(crate) fn select(&self, specifiers: &Specifiers) -> VersionIds {
        specifiers::select(specifiers, &self.candidates, |candidate| &candidate.version)
    }

    /// Those versions of a set that may be taken, in ascending order.
    pub(crate) fn usable(
        &self,
        ids: &VersionIds,
        permits: &Permits,
        policy: PreReleases,
    ) -> impl DoubleEndedIterator<Item = usize> {
        ids.among(self.candidates.len())
            .filter(move |&index| self.is_usable(index, permits, policy))
    }

    pub(crate) fn is_usable(&self, index: usize, permits: &Permits, policy: PreReleases) -> bool {
        let candidate = &self.candidates[index];
        candidate.wheel.is_ok()
            && !candidate.ruled_out
            && (candidate.yanked.is_none() || permits.yanked.contains(&index))
            && self.takes_prerelease(index, permits, policy)
    }

    fn takes_prerelease(&self, index: usize, permits: &Permits, policy: PreReleases) -> bool {
        !self.candidates[index].version.any_prerelease()
            || self.direct
            || match policy {
                PreReleases::Always => true,
                PreReleases::Never => false,
                PreReleases::WhenNamed => {
                    permits.prereleases || permits.only_prereleases.contains(&index)
                }
            }
    }

    /// What a requirement permits by being written as it is.
    pub(crate) fn permits(&self, specifiers: &Specifiers, ids: &VersionIds) -> Permits {
        let count = self.candidates.len();
        let is_candidate = |&index: &usize| {
            self.candidates[index].wheel.is_ok() && !self.candidates[index].ruled_out
        };
        let yanked = if specifiers::pin(specifiers) {
            ids.among(count).filter(|&index| self.candidates[index].yanked.is_some()).collect()
        } else {
            BTreeSet::new()
        };
        let mut permits = Permits {
            prereleases: specifiers::name_prerelease(specifiers),
            only_prereleases: BTreeSet::new(),
            yanked,
        };
        let has_final = self.usable(ids, &permits, PreReleases::Never).next().is_some();
        if !permits.prereleases && !has_final {
            permits.only_prereleases = ids.among(count).filter(is_candidate).collect();
        }
        permits
    }
}

impl Permits {
    pub(crate) fn extend(&mut self, other: Self) {
        let Self { prereleases, only_prereleases, yanked } = other;
        self.prereleases |= prereleases;
        self.only_prereleases.extend(only_prereleases);
        self.yanked.extend(yanked);
    }
}
