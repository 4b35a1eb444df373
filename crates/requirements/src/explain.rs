//! Why one key is not another, in Python's words.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::key::{DependencyKey, KeyedIndex, KeyedRequirement, Wanted};
use crate::origin::Origin;

/// Everything that differs between two keys, and how much does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// All differences: the target's first, then the indexes', then the packages' by name.
    pub changes: Vec<Change>,
    /// How many requirements are the same in both.
    pub reused: usize,
}

impl Explanation {
    /// Whether the keys are equal.
    pub fn is_hit(&self) -> bool {
        self.changes.is_empty()
    }
}

/// One difference. In text it is a phrase such as `urllib3 2.2.1 → 2.3.0 (requirements.txt:14)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Change {
    /// The target, the layer format or an index option.
    Setting {
        /// What, such as `Python` or `--index-url`.
        what: &'static str,
        /// What it was.
        old: String,
        /// What it is.
        new: String,
    },
    /// A requirement or constraint that was not there.
    Added {
        /// What it is called.
        name: String,
        /// Its version or URL.
        detail: String,
        /// Whether it is a constraint.
        constraint: bool,
        /// Where it stands.
        origin: Origin,
    },
    /// A requirement or constraint that is no longer there.
    Removed {
        /// What it was called.
        name: String,
        /// Its version or URL.
        detail: String,
        /// Whether it was a constraint.
        constraint: bool,
        /// Where it stood.
        origin: Origin,
    },
    /// A requirement or constraint that is not what it was.
    Changed {
        /// What it is called.
        name: String,
        /// What changed, such as `2.2.1 → 2.3.0`.
        details: Vec<String>,
        /// Whether it is a constraint.
        constraint: bool,
        /// Where it stands now.
        origin: Origin,
    },
}

/// Compares the key of an earlier state with that of a later one.
pub fn explain(old: &DependencyKey, new: &DependencyKey) -> Explanation {
    // Destructured in full, so that no field can be hashed and not explained.
    let DependencyKey { python, platform, libc, layer_format, index, requirements, constraints } =
        old;
    let mut changes = Changes::default();
    let layer = |version: Option<u32>| version.map_or_else(|| "none".to_owned(), |v| v.to_string());
    changes.setting("Python", python, &new.python);
    changes.setting("platform", platform, &new.platform);
    changes.setting("C library", libc, &new.libc);
    changes.setting("layer format", &layer(*layer_format), &layer(new.layer_format));
    changes.index(index, &new.index);
    let reused = changes.requirements(requirements, &new.requirements, false);
    changes.requirements(constraints, &new.constraints, true);
    Explanation { changes: changes.0, reused }
}

#[derive(Default)]
struct Changes(Vec<Change>);

impl Changes {
    fn setting(&mut self, what: &'static str, old: &str, new: &str) {
        if old != new {
            self.0.push(Change::Setting { what, old: old.to_owned(), new: new.to_owned() });
        }
    }

    fn index(&mut self, old: &KeyedIndex, new: &KeyedIndex) {
        let KeyedIndex {
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
        } = old;
        let url = |url: &Option<String>| url.clone().unwrap_or_else(|| "none".to_owned());
        self.setting("--index-url", &url(index_url), &url(&new.index_url));
        self.setting("--extra-index-url", &list(extra_index_urls), &list(&new.extra_index_urls));
        self.setting("--find-links", &list(find_links), &list(&new.find_links));
        self.setting("--pre", switch(*pre), switch(new.pre));
        self.setting("--prefer-binary", switch(*prefer_binary), switch(new.prefer_binary));
        self.setting("--require-hashes", switch(*require_hashes), switch(new.require_hashes));
        self.setting("--use-feature", &list(features), &list(&new.features));
        let filters = [
            ("--all-releases", all_releases, &new.all_releases),
            ("--only-final", only_final, &new.only_final),
            ("--no-binary", no_binary, &new.no_binary),
            ("--only-binary", only_binary, &new.only_binary),
        ];
        for (what, old, new) in filters {
            let text = |filter: &crate::index::PackageFilter| match filter.all {
                true if filter.packages.is_empty() => ":all:".to_owned(),
                true => format!(":all:, {}", list(&filter.packages)),
                false => list(&filter.packages),
            };
            self.setting(what, &text(old), &text(new));
        }
    }

    /// Compares two sorted lists; gives the number of requirements that are in both.
    fn requirements(
        &mut self,
        old: &[KeyedRequirement],
        new: &[KeyedRequirement],
        constraint: bool,
    ) -> usize {
        let wanted = |list: &[KeyedRequirement]| -> BTreeSet<Wanted> {
            list.iter().map(|requirement| requirement.wanted.clone()).collect()
        };
        let (in_old, in_new) = (wanted(old), wanted(new));
        let mut pairs: BTreeMap<String, (Vec<&KeyedRequirement>, Vec<&KeyedRequirement>)> =
            BTreeMap::new();
        for requirement in old.iter().filter(|old| !in_new.contains(&old.wanted)) {
            pairs.entry(label(&requirement.wanted)).or_default().0.push(requirement);
        }
        for requirement in new.iter().filter(|new| !in_old.contains(&new.wanted)) {
            pairs.entry(label(&requirement.wanted)).or_default().1.push(requirement);
        }
        for (name, (olds, news)) in pairs {
            let common = olds.len().min(news.len());
            for (old, new) in olds.iter().zip(&news) {
                self.0.push(Change::Changed {
                    name: name.clone(),
                    details: details(&old.wanted, &new.wanted),
                    constraint,
                    origin: new.origin.clone(),
                });
            }
            self.0.extend(olds[common..].iter().map(|old| Change::Removed {
                name: name.clone(),
                detail: detail(&old.wanted),
                constraint,
                origin: old.origin.clone(),
            }));
            self.0.extend(news[common..].iter().map(|new| Change::Added {
                name: name.clone(),
                detail: detail(&new.wanted),
                constraint,
                origin: new.origin.clone(),
            }));
        }
        in_old.intersection(&in_new).count()
    }
}

fn label(wanted: &Wanted) -> String {
    match (&wanted.name, &wanted.location) {
        (Some(name), _) => name.to_string(),
        (None, Some(location)) => location.clone(),
        (None, None) => "a requirement without a name".to_owned(),
    }
}

fn list<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}

const fn switch(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// The versions as people say them: a pin without its `==`.
fn version(specifier: &str) -> &str {
    match specifier.trim_start_matches('=') {
        "" => "any version",
        pin if !pin.contains(',') && specifier.starts_with('=') => pin,
        _ => specifier,
    }
}

/// What to say of a requirement that stands alone.
fn detail(wanted: &Wanted) -> String {
    match &wanted.location {
        Some(location) if wanted.name.is_some() => format!("from {location}"),
        Some(_) => String::new(),
        None => version(&wanted.specifier).to_owned(),
    }
}

/// What differs between two requirements of one name.
fn details(old: &Wanted, new: &Wanted) -> Vec<String> {
    let Wanted {
        name: _,
        extras,
        specifier,
        location,
        subdirectory,
        index,
        hashes,
        files,
        editable,
        build,
    } = old;
    let mut details = Vec::new();
    let mut differ = |what: &str, old: String, new: String| {
        if old != new {
            details.push(format!("{what}{old} → {new}"));
        }
    };
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
    let place = |wanted: &Option<String>| wanted.clone().unwrap_or_else(|| "the index".to_owned());
    differ("", version(specifier).to_owned(), version(&new.specifier).to_owned());
    differ("extras ", list(extras), list(&new.extras));
    differ("from ", place(location), place(&new.location));
    differ("subdirectory ", text(subdirectory), text(&new.subdirectory));
    differ("index ", place(index), place(&new.index));
    differ("editable ", switch(*editable).to_owned(), switch(new.editable).to_owned());
    let versions_differ = specifier != &new.specifier || location != &new.location;
    if !versions_differ && hashes != &new.hashes {
        let (gone, came) = (hashes.difference(&new.hashes), new.hashes.difference(hashes));
        details.push(format!("hashes changed ({} added, {} removed)", came.count(), gone.count()));
    }
    if !versions_differ && files != &new.files {
        details.push("files without hashes changed".to_owned());
    }
    if build != &new.build {
        details.push("build options changed".to_owned());
    }
    details
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = |constraint: &bool| if *constraint { "constraint " } else { "" };
        let space = |detail: &str| if detail.is_empty() { "" } else { " " };
        match self {
            Self::Setting { what, old, new } => write!(f, "{what} {old} → {new}"),
            Self::Added { name, detail, constraint, origin } => {
                write!(f, "{}{name}{}{detail} added ({origin})", scope(constraint), space(detail))
            }
            Self::Removed { name, detail, constraint, origin } => {
                let gap = space(detail);
                write!(f, "{}{name}{gap}{detail} removed (was at {origin})", scope(constraint))
            }
            Self::Changed { name, details, constraint, origin } => {
                write!(f, "{}{name} {} ({origin})", scope(constraint), details.join(", "))
            }
        }
    }
}

impl fmt::Display for Explanation {
    /// All changes and the number of what stayed, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for change in &self.changes {
            write!(f, "{change}; ")?;
        }
        if self.is_hit() {
            f.write_str("nothing changed; ")?;
        }
        write!(f, "{} reused", self.reused)
    }
}
