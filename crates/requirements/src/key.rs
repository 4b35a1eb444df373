//! What a dependency layer depends on, and nothing else: the key that decides hit or miss.

use std::collections::BTreeSet;

use boxwright_digest::{Digest, KeyHasher};
use serde::{Deserialize, Serialize};

use crate::index::{IndexOptions, PYPI, PackageFilter};
use crate::link::Link;
use crate::lock::Pin;
use crate::name::{Extra, PackageName};
use crate::origin::Origin;
use crate::requirement::{BuildOptions, Hash, Requirement, Source};
use crate::set::RequirementSet;
use crate::target::{Libc, Target};

/// The version of the key's own meaning. Every old key misses when it changes.
pub const KEY_VERSION: u32 = 1;

/// Everything that decides what a dependency layer holds.
///
/// Two dependency sources with equal keys install the same: comments, order, spelling, the
/// division into files, and requirements whose markers do not hold for the target are not in it.
/// Origins and texts as written are kept for messages; they are neither compared nor hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DependencyKey {
    /// The Python version, such as `3.13.5`.
    pub python: String,
    /// The platform, such as `linux/amd64`.
    pub platform: String,
    /// The C library and its version, such as `glibc 2.41`.
    pub libc: String,
    /// The version of the format in which layers are written; `None` where no layer is meant.
    pub layer_format: Option<u32>,
    /// Where packages come from.
    pub index: KeyedIndex,
    /// What is installed: sorted, each once.
    pub requirements: Vec<KeyedRequirement>,
    /// What limits versions: sorted, each once.
    pub constraints: Vec<KeyedRequirement>,
}

/// The part of [`IndexOptions`] that decides which files are installed. URLs are without
/// credentials, sets are sorted, and the default index is written out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "they are pip's switches, one each")]
pub struct KeyedIndex {
    /// The index; `None` where none is asked.
    pub index_url: Option<String>,
    /// Further indexes. pip prefers none of them, so their order does not count.
    pub extra_index_urls: BTreeSet<String>,
    /// Pages and directories with files.
    pub find_links: BTreeSet<String>,
    /// Whether pre-releases are taken.
    pub pre: bool,
    /// Packages whose pre-releases are taken as well.
    pub all_releases: PackageFilter,
    /// Packages whose pre-releases are not taken.
    pub only_final: PackageFilter,
    /// Whether an older wheel is preferred to a newer source archive.
    pub prefer_binary: bool,
    /// Packages that are built from source.
    pub no_binary: PackageFilter,
    /// Packages that are never built from source.
    pub only_binary: PackageFilter,
    /// Whether every requirement must have a hash.
    pub require_hashes: bool,
    /// pip's `--use-feature`s.
    pub features: BTreeSet<String>,
}

/// One requirement of a key, with what messages need.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeyedRequirement {
    /// What is compared and hashed.
    #[serde(flatten)]
    pub wanted: Wanted,
    /// The URL as written, without credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The marker as written; it holds for the key's target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// Where it was written.
    #[serde(flatten)]
    pub origin: Origin,
}

impl PartialEq for KeyedRequirement {
    fn eq(&self, other: &Self) -> bool {
        self.wanted == other.wanted
    }
}

impl Eq for KeyedRequirement {}

/// What is compared and hashed of a requirement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Wanted {
    /// The package, where it is known.
    pub name: Option<PackageName>,
    /// Its extras.
    pub extras: BTreeSet<Extra>,
    /// The versions accepted: clauses with normalised versions, sorted.
    pub specifier: String,
    /// The URL, repository or path it comes from, in the form that [`Link::identity`] gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The directory within an archive or repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subdirectory: Option<String>,
    /// The index named for this package alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// The accepted digests.
    pub hashes: BTreeSet<Hash>,
    /// Files of a lock that have no digest, by URL or name.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub files: BTreeSet<String>,
    /// Whether it is installed as a link to its sources.
    pub editable: bool,
    /// How it is built.
    #[serde(default, skip_serializing_if = "BuildOptions::is_empty")]
    pub build: BuildOptions,
}

impl DependencyKey {
    /// The key of what `set` says for `target`, for no layer format in particular.
    pub fn of(set: &RequirementSet, target: &Target) -> Self {
        let Target { python, architecture, libc } = target;
        let (name, version) = match libc {
            Libc::Glibc { major, minor } => ("glibc", (major, minor)),
            Libc::Musl { major, minor } => ("musl", (major, minor)),
        };
        let requirements = match set.pins_for(target) {
            Some(pins) => pins.iter().map(KeyedRequirement::of_pin).collect(),
            None => set.requirements_for(target).map(KeyedRequirement::of).collect(),
        };
        Self {
            python: python.to_string(),
            platform: format!("linux/{architecture}"),
            libc: format!("{name} {}.{}", version.0, version.1),
            layer_format: None,
            index: KeyedIndex::of(&set.index),
            requirements: canonical(requirements),
            constraints: canonical(set.constraints_for(target).map(KeyedRequirement::of).collect()),
        }
    }

    /// The same for layers of the given format.
    #[must_use]
    pub fn with_layer_format(self, version: u32) -> Self {
        Self { layer_format: Some(version), ..self }
    }

    /// The digest of the key: equal for equal keys, and on every machine.
    pub fn digest(&self) -> Digest {
        let Self { python, platform, libc, layer_format, index, requirements, constraints } = self;
        let digests = |list: &[KeyedRequirement]| -> Vec<[u8; 32]> {
            list.iter().map(|requirement| *requirement.wanted.digest().as_bytes()).collect()
        };
        KeyHasher::new("boxwright.dependency-key", KEY_VERSION)
            .field("python", python)
            .field("platform", platform)
            .field("libc", libc)
            .optional("layer-format", layer_format.map(u32::to_le_bytes))
            .field("index", index.digest().as_bytes())
            .fields("requirements", digests(requirements))
            .fields("constraints", digests(constraints))
            .finish()
    }
}

/// Sorts, and keeps each requirement once: the first that was written.
fn canonical(mut requirements: Vec<KeyedRequirement>) -> Vec<KeyedRequirement> {
    requirements.sort_by(|a, b| a.wanted.cmp(&b.wanted));
    requirements.dedup();
    requirements
}

impl KeyedIndex {
    fn of(options: &IndexOptions) -> Self {
        let IndexOptions {
            index_url,
            extra_index_urls,
            find_links,
            no_index,
            pre,
            all_releases,
            only_final,
            prefer_binary,
            no_binary,
            only_binary,
            require_hashes,
            trusted_hosts: _,
            features,
        } = options;
        let identities = |links: &[Link]| links.iter().map(Link::identity).collect();
        Self {
            index_url: (!no_index)
                .then(|| index_url.as_ref().map_or_else(|| PYPI.to_owned(), Link::identity)),
            extra_index_urls: identities(extra_index_urls),
            find_links: identities(find_links),
            pre: *pre,
            all_releases: all_releases.clone(),
            only_final: only_final.clone(),
            prefer_binary: *prefer_binary,
            no_binary: no_binary.clone(),
            only_binary: only_binary.clone(),
            require_hashes: *require_hashes,
            features: features.clone(),
        }
    }

    fn digest(&self) -> Digest {
        let Self {
            index_url,
            extra_index_urls,
            find_links,
            pre,
            all_releases,
            only_final,
            prefer_binary,
            no_binary,
            only_binary,
            require_hashes,
            features,
        } = self;
        let mut hasher = KeyHasher::new("boxwright.index", KEY_VERSION)
            .optional("index-url", index_url.as_ref())
            .fields("extra-index-urls", extra_index_urls)
            .fields("find-links", find_links)
            .field("pre", [u8::from(*pre)])
            .field("prefer-binary", [u8::from(*prefer_binary)])
            .field("require-hashes", [u8::from(*require_hashes)])
            .fields("features", features);
        let filters = [all_releases, only_final, no_binary, only_binary];
        for (name, filter) in
            ["all-releases", "only-final", "no-binary", "only-binary"].into_iter().zip(filters)
        {
            let PackageFilter { all, packages } = filter;
            hasher = hasher
                .field(name, [u8::from(*all)])
                .fields(name, packages.iter().map(PackageName::as_str));
        }
        hasher.finish()
    }
}

impl KeyedRequirement {
    fn of(requirement: &Requirement) -> Self {
        let Requirement {
            name,
            extras,
            specifiers,
            source,
            marker,
            hashes,
            editable,
            build,
            origin,
        } = requirement;
        let place = Place::of(source);
        let mut hashes = hashes.clone();
        hashes.extend(place.hash);
        Self {
            wanted: Wanted {
                name: name.clone(),
                extras: extras.clone(),
                specifier: specifiers.canonical(),
                location: place.location,
                subdirectory: place.subdirectory,
                index: place.index,
                hashes,
                files: BTreeSet::new(),
                editable: *editable,
                build: build.clone(),
            },
            url: place.shown,
            marker: marker.as_ref().map(ToString::to_string),
            origin: origin.clone(),
        }
    }

    fn of_pin(pin: &Pin<'_>) -> Self {
        let Pin { package, extras } = pin;
        let place = Place::of(&package.source);
        let mut hashes: BTreeSet<Hash> = place.hash.into_iter().collect();
        let mut files = BTreeSet::new();
        for file in &package.files {
            hashes.extend(file.hashes.iter().cloned());
            if file.hashes.is_empty() {
                let location = file.location.as_ref().and_then(|source| Place::of(source).location);
                files.insert(location.unwrap_or_else(|| file.name.clone()));
            }
        }
        let version = package.version.as_ref();
        Self {
            wanted: Wanted {
                name: Some(package.name.clone()),
                extras: extras.clone(),
                specifier: version.map_or_else(String::new, |version| format!("=={version}")),
                location: place.location,
                subdirectory: place.subdirectory,
                index: place.index,
                hashes,
                files,
                editable: package.editable,
                build: BuildOptions::default(),
            },
            url: place.shown,
            marker: None,
            origin: package.origin.clone(),
        }
    }
}

/// A [`Source`] as a key sees it.
#[derive(Default)]
struct Place {
    location: Option<String>,
    subdirectory: Option<String>,
    index: Option<String>,
    shown: Option<String>,
    hash: Option<Hash>,
}

impl Place {
    fn of(source: &Source) -> Self {
        match source {
            Source::Index { index } => Self {
                index: index.as_ref().map(Link::identity).filter(|index| index != PYPI),
                ..Self::default()
            },
            Source::Archive(link) | Source::Vcs(link) => {
                let hash = ["sha256", "sha384", "sha512"]
                    .into_iter()
                    .find_map(|name| Some(Hash::new(name, link.fragment(name)?)));
                Self {
                    location: Some(link.identity()),
                    subdirectory: link.fragment("subdirectory").map(ToOwned::to_owned),
                    shown: Some(link.redacted()),
                    hash,
                    ..Self::default()
                }
            }
            Source::Path(path) => Self { location: Some(path.to_string()), ..Self::default() },
        }
    }
}

impl Wanted {
    fn digest(&self) -> Digest {
        let Self {
            name,
            extras,
            specifier,
            location,
            subdirectory,
            index,
            hashes,
            files,
            editable,
            build: BuildOptions { global_options, config_settings },
        } = self;
        let mut hasher = KeyHasher::new("boxwright.requirement", KEY_VERSION)
            .optional("name", name.as_ref().map(PackageName::as_str))
            .fields("extras", extras.iter().map(Extra::as_str))
            .field("specifier", specifier)
            .optional("location", location.as_ref())
            .optional("subdirectory", subdirectory.as_ref())
            .optional("index", index.as_ref())
            .fields("hashes", hashes.iter().map(Hash::as_str))
            .fields("files", files)
            .field("editable", [u8::from(*editable)])
            .fields("global-options", global_options);
        for (name, values) in config_settings {
            hasher = hasher.field("config-setting", name).fields("values", values);
        }
        hasher.finish()
    }
}
