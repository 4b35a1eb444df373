//! A requirement set as the requirements file that pip would be given instead of the user's.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::index::{IndexOptions, PYPI, PackageFilter};
use crate::link::Link;
use crate::lock::Pin;
use crate::name::{Extra, PackageName};
use crate::requirement::{BuildOptions, Hash, Requirement, Source};
use crate::set::RequirementSet;
use crate::target::Target;

/// The requirements that apply to `target` as a requirements file: sorted, without comments and
/// markers, with options first and hashes behind each requirement.
///
/// Copied into an image before the install, it changes only when something is installed that was
/// not before. Credentials are cut out of URLs; `${VARIABLE}`s stay, for pip to expand.
/// Constraints are no part of it: see [`canonical_constraints`].
pub fn canonical_text(set: &RequirementSet, target: &Target) -> String {
    let mut indexes = BTreeSet::new();
    let mut lines = BTreeSet::new();
    if let Some(pins) = set.pins_for(target) {
        for pin in &pins {
            collect_index(&pin.package.source, &mut indexes);
            lines.insert(pin_line(pin));
        }
    } else {
        for requirement in set.requirements_for(target) {
            collect_index(&requirement.source, &mut indexes);
            lines.insert(Entry::of(requirement).line());
        }
    }
    let mut text = options(&set.index, &indexes);
    text.extend(lines);
    text
}

/// The constraints that apply to `target` as a constraints file; `None` where there are none.
pub fn canonical_constraints(set: &RequirementSet, target: &Target) -> Option<String> {
    let lines: BTreeSet<_> = set.constraints_for(target).map(|c| Entry::of(c).line()).collect();
    (!lines.is_empty()).then(|| lines.into_iter().collect())
}

fn collect_index(source: &Source, indexes: &mut BTreeSet<String>) {
    if let Source::Index { index: Some(index) } = source
        && index.identity() != PYPI
    {
        indexes.insert(index.canonical());
    }
}

fn options(options: &IndexOptions, further: &BTreeSet<String>) -> String {
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
        trusted_hosts,
        features,
    } = options;
    let mut lines: Vec<String> = Vec::new();
    let mut flag = |on: &bool, name: &str| lines.extend(on.then(|| name.to_owned()));
    flag(no_index, "--no-index");
    flag(pre, "--pre");
    flag(prefer_binary, "--prefer-binary");
    flag(require_hashes, "--require-hashes");
    lines.extend(
        index_url
            .iter()
            .filter(|url| url.identity() != PYPI)
            .map(|url| format!("--index-url {}", url.canonical())),
    );
    let extra = extra_index_urls.iter().map(Link::canonical).chain(further.iter().cloned());
    let extra: BTreeSet<_> = extra.collect();
    lines.extend(extra.iter().map(|url| format!("--extra-index-url {url}")));
    let places: BTreeSet<_> = find_links.iter().map(Link::canonical).collect();
    lines.extend(places.iter().map(|link| format!("--find-links {link}")));
    lines.extend(trusted_hosts.iter().map(|host| format!("--trusted-host {host}")));
    lines.extend(features.iter().map(|feature| format!("--use-feature {feature}")));
    let filters = [
        ("--no-binary", no_binary),
        ("--only-binary", only_binary),
        ("--all-releases", all_releases),
        ("--only-final", only_final),
    ];
    for (name, PackageFilter { all, packages }) in filters {
        lines.extend(all.then(|| format!("{name} :all:")));
        lines.extend(packages.iter().map(|package| format!("{name} {package}")));
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

/// What makes up one line of a requirements file.
struct Entry<'a> {
    name: Option<&'a PackageName>,
    extras: &'a BTreeSet<Extra>,
    specifier: String,
    source: &'a Source,
    hashes: BTreeSet<&'a Hash>,
    editable: bool,
    build: &'a BuildOptions,
}

impl<'a> Entry<'a> {
    fn of(requirement: &'a Requirement) -> Self {
        let Requirement {
            name,
            extras,
            specifiers,
            source,
            marker: _,
            hashes,
            editable,
            build,
            origin: _,
        } = requirement;
        Self {
            name: name.as_ref(),
            extras,
            specifier: specifiers.canonical(),
            source,
            hashes: hashes.iter().collect(),
            editable: *editable,
            build,
        }
    }

    fn line(&self) -> String {
        let mut line = self.what();
        let BuildOptions { global_options, config_settings } = self.build;
        for option in global_options {
            let _ = write!(line, " --global-option={}", quoted(option));
        }
        for (key, values) in config_settings {
            for value in values {
                let _ = write!(line, " --config-settings={}", quoted(&format!("{key}={value}")));
            }
        }
        for hash in &self.hashes {
            let _ = write!(line, " \\\n    --hash={hash}");
        }
        line.push('\n');
        line
    }

    fn what(&self) -> String {
        let name = self.name.map_or("", PackageName::as_str);
        let extras: Vec<_> = self.extras.iter().map(Extra::as_str).collect();
        let extras =
            if extras.is_empty() { String::new() } else { format!("[{}]", extras.join(",")) };
        let editable = if self.editable { "-e " } else { "" };
        match self.source {
            Source::Index { .. } => format!("{name}{extras}{}", self.specifier),
            Source::Path(path) if path.0.is_empty() => format!("{editable}.{extras}"),
            Source::Path(path) => format!("{editable}./{path}{extras}"),
            Source::Archive(link) | Source::Vcs(link) => {
                // Until version 24, pip took the name of an editable only out of its URL; since 25,
                // it takes no extras from there.
                let in_url = self.editable && extras.is_empty() && !name.is_empty();
                let egg = in_url.then(|| format!("egg={name}"));
                let kept = ["subdirectory", "sha256", "sha384", "sha512"]
                    .into_iter()
                    .filter_map(|key| Some(format!("{key}={}", link.fragment(key)?)));
                let fragment: Vec<_> = egg.into_iter().chain(kept).collect();
                let hash = if fragment.is_empty() { "" } else { "#" };
                let url = format!("{}{hash}{}", link.canonical(), fragment.join("&"));
                if in_url || name.is_empty() {
                    format!("{editable}{url}")
                } else {
                    format!("{editable}{name}{extras} @ {url}")
                }
            }
        }
    }
}

fn pin_line(pin: &Pin<'_>) -> String {
    let Pin { package, extras } = pin;
    let version = package.version.as_ref();
    let is_index = matches!(package.source, Source::Index { .. });
    Entry {
        name: Some(&package.name),
        extras,
        specifier: version.map_or_else(String::new, |version| format!("=={version}")),
        source: &package.source,
        // pip accepts no hashes for directories and repositories.
        hashes: if is_index || matches!(package.source, Source::Archive(_)) {
            package.files.iter().flat_map(|file| &file.hashes).collect()
        } else {
            BTreeSet::new()
        },
        editable: package.editable,
        build: &BuildOptions {
            global_options: Vec::new(),
            config_settings: std::collections::BTreeMap::new(),
        },
    }
    .line()
}

/// A value as pip's shell-like splitting reads it back.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}
