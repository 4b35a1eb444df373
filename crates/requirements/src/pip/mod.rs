//! pip's requirements files, with the files that they include.

mod decode;
mod lines;
mod options;
pub(crate) mod requirement;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::error::{Error, InvalidRequirement};
use crate::files::{Files, join, parent};
use crate::index::{IndexOptions, PackageFilter};
use crate::kind::SourceKind;
use crate::link::{Link, redacted_text};
use crate::name::PackageName;
use crate::origin::Origin;
use crate::read::ReadOptions;
use crate::requirement::Requirement;
use crate::set::{RequirementSet, Rule, Warning};
use options::{LineOption, LineOptions};
use requirement::Place;

/// More files than any project includes; files that include each other twice would go on for ever.
const MAX_INCLUDES: usize = 200;

/// Reads the requirements file at `path` and the files that it includes.
pub(crate) fn read(
    path: &str,
    files: &dyn Files,
    options: &ReadOptions,
) -> Result<RequirementSet, Error> {
    let bytes =
        files.read(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    let mut reader = Reader {
        files,
        options,
        set: RequirementSet::new(SourceKind::Requirements),
        open: Vec::new(),
        includes: 0,
    };
    reader.file(path, &bytes, false)?;
    Ok(reader.set)
}

/// Reads the requirements file at `path`, which another format's file at `origin` names, into `set`.
pub(crate) fn include(
    path: &str,
    origin: &Origin,
    files: &dyn Files,
    options: &ReadOptions,
    set: &mut RequirementSet,
) -> Result<(), Error> {
    let bytes = files.read(path).map_err(|source| Error::UnreadableInclude {
        origin: origin.clone(),
        path: path.to_owned(),
        source,
    })?;
    let whole = std::mem::replace(set, RequirementSet::new(set.kind));
    let mut reader = Reader { files, options, set: whole, open: Vec::new(), includes: 0 };
    let read = reader.file(path, &bytes, false);
    *set = reader.set;
    read
}

struct Reader<'a> {
    files: &'a dyn Files,
    options: &'a ReadOptions,
    set: RequirementSet,
    /// The files that are being read, outermost first.
    open: Vec<String>,
    includes: usize,
}

impl Reader<'_> {
    fn file(&mut self, path: &str, bytes: &[u8], constraint: bool) -> Result<(), Error> {
        let name: Arc<str> = path.into();
        let text = decode::decode(bytes).map_err(|error| Error::Encoding {
            origin: Origin::new(name.clone(), error.line),
            reason: error.reason,
        })?;
        self.open.push(path.to_owned());
        if !self.set.sources.iter().any(|source| source == path) {
            self.set.sources.push(path.to_owned());
        }
        for line in lines::logical_lines(&text, &self.options.environment) {
            let origin = Origin::new(name.clone(), line.number);
            self.line(&line.text, &origin, constraint)?;
        }
        self.open.pop();
        Ok(())
    }

    fn line(&mut self, text: &str, origin: &Origin, constraint: bool) -> Result<(), Error> {
        let (requirement, options) = options::split_options(text);
        let options = options::parse(options)
            .map_err(|reason| Error::Option { origin: origin.clone(), reason })?;
        self.filters(&options);
        if !requirement.is_empty() {
            let read = self.place(origin).requirement(requirement)?;
            let read = self.with_options(read, options, origin);
            self.push(read, constraint);
            return Ok(());
        }
        let editable = options.given.iter().find_map(|option| match option {
            LineOption::Editable(editable) => Some(editable.clone()),
            _ => None,
        });
        if let Some(editable) = editable {
            let mut place = self.place(origin);
            if constraint {
                return Err(place.refuse(&editable, InvalidRequirement::EditableConstraint));
            }
            let read = place.editable(&editable)?;
            self.drop_beside_editable(&options, origin);
            self.push(read, constraint);
            return Ok(());
        }
        if let Some((path, constraint)) = included(&options) {
            return self.include(&path, origin, constraint, &options);
        }
        self.options_line(options, origin);
        Ok(())
    }

    fn place<'b>(&'b mut self, origin: &'b Origin) -> Place<'b> {
        Place { files: self.files, origin, warnings: &mut self.set.warnings }
    }

    fn push(&mut self, requirement: Requirement, constraint: bool) {
        if constraint {
            if !requirement.extras.is_empty() {
                let message =
                    "pip refuses constraints with extras: ask for the extras in the requirements";
                self.set.warn(Rule::RefusedByNewerPip, &requirement.origin, message);
            }
            self.set.constraints.push(requirement);
        } else {
            self.set.requirements.push(requirement);
        }
    }

    /// Gives a requirement the options that belong to it, and warns of all others on its line.
    fn with_options(
        &mut self,
        mut requirement: Requirement,
        options: LineOptions,
        origin: &Origin,
    ) -> Requirement {
        let mut dropped = Vec::new();
        for option in options.given {
            match option {
                LineOption::Hash(hash) => {
                    requirement.hashes.insert(hash);
                }
                LineOption::GlobalOption(option) => requirement.build.global_options.push(option),
                LineOption::ConfigSetting(key, value) => {
                    requirement.build.config_settings.entry(key).or_default().push(value);
                }
                // pip takes these from any line.
                LineOption::NoBinary(_) | LineOption::OnlyBinary(_) => {}
                other => dropped.push(other.name()),
            }
        }
        if !dropped.is_empty() {
            let dropped = dropped.join(", ");
            let message =
                format!("pip drops {dropped} behind a requirement: write it on a line of its own");
            self.set.warn(Rule::DroppedByPip, origin, message);
        }
        self.drop_stray(&options.stray, origin);
        requirement
    }

    fn drop_beside_editable(&mut self, options: &LineOptions, origin: &Origin) {
        let mut seen = false;
        let dropped: Vec<_> = options
            .given
            .iter()
            .filter(|option| {
                let first = matches!(option, LineOption::Editable(_)) && !seen;
                seen |= first;
                !first && !matches!(option, LineOption::NoBinary(_) | LineOption::OnlyBinary(_))
            })
            .map(LineOption::name)
            .collect();
        if !dropped.is_empty() {
            let message =
                format!("pip drops {} beside an editable requirement", dropped.join(", "));
            self.set.warn(Rule::DroppedByPip, origin, message);
        }
        self.drop_stray(&options.stray, origin);
    }

    fn drop_stray(&mut self, stray: &[String], origin: &Origin) {
        if stray.is_empty() {
            return;
        }
        let text = redacted_text(&stray.join(" "));
        let way_out = if text.starts_with(';') {
            "a marker stands before all options, and has no effect behind `-e`"
        } else if text.starts_with("- ") {
            "requirements files have no bullets, remove the `-`"
        } else {
            "remove it, or write it on a line of its own"
        };
        self.set.warn(Rule::DroppedByPip, origin, format!("pip drops `{text}`: {way_out}"));
    }

    fn include(
        &mut self,
        path: &str,
        origin: &Origin,
        constraint: bool,
        options: &LineOptions,
    ) -> Result<(), Error> {
        if options.given.len() > 1 {
            let message = "pip reads the first `-r` or `-c` of this line and drops all else: write each option on a line of its own";
            self.set.warn(Rule::DroppedByPip, origin, message);
        }
        self.drop_stray(&options.stray, origin);
        let lower = path.to_ascii_lowercase();
        if ["http:", "https:", "file:"].iter().any(|scheme| lower.starts_with(scheme)) {
            let url = Link::new(path).redacted();
            return Err(Error::Remote { origin: origin.clone(), url });
        }
        let inside = join(parent(&origin.file), path)
            .ok_or_else(|| Error::Outside { origin: origin.clone(), path: path.to_owned() })?;
        if self.open.contains(&inside) {
            return Err(Error::Cycle { origin: origin.clone(), path: inside });
        }
        self.includes += 1;
        if self.includes > MAX_INCLUDES {
            return Err(Error::TooManyIncludes { origin: origin.clone(), limit: MAX_INCLUDES });
        }
        let bytes = self.files.read(&inside).map_err(|source| Error::UnreadableInclude {
            origin: origin.clone(),
            path: inside.clone(),
            source,
        })?;
        self.file(&inside, &bytes, constraint)
    }

    fn options_line(&mut self, options: LineOptions, origin: &Origin) {
        let mut dropped = Vec::new();
        let mut found = Found::default();
        for option in options.given {
            match option {
                LineOption::IndexUrl(url) => found.index = Some(url),
                LineOption::ExtraIndexUrl(url) => found.extra.push(url),
                LineOption::FindLinks(place) if found.links.is_some() => {
                    let place = redacted_text(&place);
                    dropped.push(format!("`-f {place}`, since only one stands on a line"));
                }
                LineOption::FindLinks(place) => found.links = Some(place),
                LineOption::NoIndex => found.no_index = true,
                LineOption::PreferBinary => self.set.index.prefer_binary = true,
                LineOption::RequireHashes => self.set.index.require_hashes = true,
                LineOption::NoRequireHashes => self.set.index.require_hashes = false,
                LineOption::Pre => self.set.index.pre = true,
                LineOption::TrustedHost(host) => {
                    self.set.index.trusted_hosts.insert(host);
                }
                LineOption::UseFeature(feature) => {
                    self.set.index.features.insert(feature);
                }
                LineOption::Hash(_)
                | LineOption::GlobalOption(_)
                | LineOption::ConfigSetting(..) => {
                    dropped
                        .push(format!("{}, since no requirement stands before it", option.name()));
                }
                LineOption::NoBinary(_)
                | LineOption::OnlyBinary(_)
                | LineOption::AllReleases(_)
                | LineOption::OnlyFinal(_)
                | LineOption::Constraint(_)
                | LineOption::Requirement(_)
                | LineOption::Editable(_) => {}
            }
        }
        for what in dropped {
            self.set.warn(Rule::DroppedByPip, origin, format!("pip drops {what}"));
        }
        self.drop_stray(&options.stray, origin);
        found.apply(&mut self.set, self.files, origin);
    }

    /// Applies the options that pip takes from every line, even behind a requirement.
    fn filters(&mut self, options: &LineOptions) {
        let IndexOptions { no_binary, only_binary, all_releases, only_final, .. } =
            &mut self.set.index;
        for option in &options.given {
            match option {
                LineOption::NoBinary(value) => no_binary.apply(value, only_binary),
                LineOption::OnlyBinary(value) => only_binary.apply(value, no_binary),
                LineOption::AllReleases(value) => all_releases.apply(value, only_final),
                LineOption::OnlyFinal(value) => only_final.apply(value, all_releases),
                _ => {}
            }
        }
    }
}

/// The file that a line includes, and whether as constraints: `-r` goes before `-c`.
fn included(options: &LineOptions) -> Option<(String, bool)> {
    let requirement = options.given.iter().find_map(|option| match option {
        LineOption::Requirement(path) => Some((path.clone(), false)),
        _ => None,
    });
    requirement.or_else(|| {
        options.given.iter().find_map(|option| match option {
            LineOption::Constraint(path) => Some((path.clone(), true)),
            _ => None,
        })
    })
}

/// What one line of options says about indexes.
#[derive(Default)]
struct Found {
    index: Option<String>,
    extra: Vec<String>,
    links: Option<String>,
    no_index: bool,
}

impl Found {
    fn apply(self, set: &mut RequirementSet, files: &dyn Files, origin: &Origin) {
        let Self { index, extra, links, no_index } = self;
        for url in index.iter().chain(&extra) {
            warn_of_credentials(url, origin, &mut set.warnings);
        }
        let options = &mut set.index;
        if no_index {
            options.no_index = true;
            options.index_url = None;
            options.extra_index_urls.clear();
        }
        if !options.no_index {
            if let Some(url) = index {
                options.index_url = Some(Link::new(&url));
                // pip starts its list anew with each `-i`.
                options.extra_index_urls.clear();
            }
            options.extra_index_urls.extend(extra.iter().map(|url| Link::new(url)));
        }
        if let Some(place) = links {
            let beside = join(parent(&origin.file), &place)
                .filter(|path| files.is_file(path) || files.is_dir(path));
            options.find_links.push(Link::new(&beside.unwrap_or(place)));
        }
    }
}

fn warn_of_credentials(url: &str, origin: &Origin, warnings: &mut Vec<Warning>) {
    let link = Link::new(url);
    if link.has_credentials() {
        let message = format!(
            "credentials stand in the URL of {link}: write them as ${{USER}}:${{PASSWORD}} and set these where the image is built"
        );
        warnings.push(Warning { rule: Rule::Credentials, origin: origin.clone(), message });
    }
}

impl PackageFilter {
    /// Applies one `--no-binary` or its like by pip's rules: `:all:` and `:none:` start anew, and a
    /// package is in only one of two opposite filters. What is no name is no package's.
    fn apply(&mut self, value: &str, opposite: &mut Self) {
        for name in value.split(',').map(str::trim) {
            match name {
                ":all:" => {
                    *opposite = Self::default();
                    *self = Self { all: true, packages: BTreeSet::new() };
                }
                ":none:" => *self = Self::default(),
                name => {
                    if let Ok(name) = PackageName::new(name) {
                        opposite.packages.remove(&name);
                        self.packages.insert(name);
                    }
                }
            }
        }
    }
}
