//! From the requirement part of a line to a [`Requirement`]: a name, a URL, a path or a repository,
//! told apart as pip tells them apart.

use std::collections::BTreeSet;

use crate::error::{Error, InvalidRequirement};
use crate::files::{Files, join};
use crate::link::{Link, redacted_text};
use crate::marker::Marker;
use crate::name::{Extra, PackageName, name_len};
use crate::origin::Origin;
use crate::pep508::Dependency;
use crate::requirement::{BuildOptions, LocalPath, Requirement, Source};
use crate::set::{Rule, Warning};
use crate::specifiers::Specifiers;

/// What a requirement is read with.
pub(crate) struct Place<'a> {
    pub(crate) files: &'a dyn Files,
    pub(crate) origin: &'a Origin,
    pub(crate) warnings: &'a mut Vec<Warning>,
}

const URL_SCHEMES: [&str; 4] = ["http", "https", "ftp", "file"];

const VCS_SCHEMES: [&str; 22] = [
    "bzr+file",
    "bzr+ftp",
    "bzr+http",
    "bzr+https",
    "bzr+lp",
    "bzr+sftp",
    "bzr+ssh",
    "git+file",
    "git+git",
    "git+http",
    "git+https",
    "git+ssh",
    "hg+file",
    "hg+http",
    "hg+https",
    "hg+ssh",
    "hg+static-http",
    "svn+file",
    "svn+http",
    "svn+https",
    "svn+ssh",
    "svn+svn",
];

const ARCHIVES: [&str; 12] = [
    ".zip",
    ".whl",
    ".tar.bz2",
    ".tbz",
    ".tar.gz",
    ".tgz",
    ".tar",
    ".tar.xz",
    ".txz",
    ".tlz",
    ".tar.lz",
    ".tar.lzma",
];

impl Place<'_> {
    /// Reads a requirement that is not editable.
    pub(crate) fn requirement(&mut self, text: &str) -> Result<Requirement, Error> {
        let separator = if is_url(text) { "; " } else { ";" };
        let (what, marker) = text.split_once(separator).unwrap_or((text, ""));
        let (what, marker) = (what.trim(), marker.trim());
        let marker: Option<Marker> = match marker {
            "" => None,
            marker => Some(marker.parse().map_err(|error| self.refuse(text, error))?),
        };
        if let Some((source, extras)) = self.source(what)? {
            let mut requirement = self.named_by_source(text, source)?;
            requirement.marker = marker;
            requirement.extras.extend(extras);
            return Ok(requirement);
        }
        let dependency: Dependency = what.parse().map_err(|error| self.refuse(text, error))?;
        let mut requirement = self.dependency(dependency);
        requirement.marker = marker.or(requirement.marker);
        // pip takes brackets at the very end for extras, even those of a URL's `#egg=`.
        let (_, extras) = split_extras(what);
        if !extras.is_empty() && !matches!(requirement.source, Source::Index { .. }) {
            requirement.extras = self.extras(text, extras)?;
        }
        if let Source::Archive(link) = &requirement.source
            && link.scheme() == "file"
            && !link.as_str().starts_with("file:///")
        {
            return Err(self.refuse(text, InvalidRequirement::Url));
        }
        Ok(requirement)
    }

    /// Reads what stands behind `-e`.
    pub(crate) fn editable(&mut self, text: &str) -> Result<Requirement, Error> {
        let (path, extras) = split_extras(text);
        let inside = join("", path).filter(|inside| !path.is_empty() && self.files.is_dir(inside));
        let mut requirement = if let Some(inside) = inside {
            let mut requirement = self.unnamed(Source::Path(LocalPath(inside)));
            requirement.extras = self.extras(text, extras)?;
            requirement
        } else if text.to_ascii_lowercase().starts_with("file:") {
            self.named_by_source(text, Source::Archive(Link::new(text)))?
        } else {
            self.editable_repository(text)?
        };
        requirement.editable = true;
        Ok(requirement)
    }

    fn editable_repository(&mut self, text: &str) -> Result<Requirement, Error> {
        if let Ok(dependency) = text.parse::<Dependency>()
            && dependency.url.as_ref().is_some_and(|url| is_vcs(url.as_str()))
        {
            return Ok(self.dependency(dependency));
        }
        let prefix = ["bzr", "git", "hg", "svn"]
            .into_iter()
            .find(|vcs| text.to_ascii_lowercase().starts_with(&format!("{vcs}:")));
        let url = prefix.map_or_else(|| text.to_owned(), |vcs| format!("{vcs}+{text}"));
        if !is_vcs(&url) {
            if join("", split_extras(text).0).is_none() {
                return Err(Error::Outside {
                    origin: self.origin.clone(),
                    path: redacted_text(text),
                });
            }
            return Err(self.refuse(text, InvalidRequirement::Editable));
        }
        let requirement = self.named_by_source(text, Source::Vcs(Link::new(&url)))?;
        match requirement.name {
            Some(_) => Ok(requirement),
            None => Err(self.refuse(text, InvalidRequirement::MissingEgg)),
        }
    }

    /// The source that `what` names by URL or path, with the extras behind a path.
    fn source(&mut self, what: &str) -> Result<Option<(Source, BTreeSet<Extra>)>, Error> {
        if is_url(what) {
            let link = Link::new(what);
            let source = if is_vcs(what) { Source::Vcs(link) } else { Source::Archive(link) };
            return Ok(Some((source, BTreeSet::new())));
        }
        let looks_like_path = what.contains('/') || what.starts_with('.');
        let (path, extras) = split_extras(what);
        let Some(inside) = join("", path) else {
            let is_url_behind_name =
                what.split_once('@').is_some_and(|(name, _)| !name.contains('/'));
            if is_url_behind_name {
                return Ok(None);
            }
            return Err(Error::Outside { origin: self.origin.clone(), path: redacted_text(what) });
        };
        if looks_like_path && self.files.is_dir(&inside) {
            let has = |name| self.files.is_file(&join(&inside, name).unwrap_or_default());
            if !has("pyproject.toml") && !has("setup.py") {
                return Err(self.refuse(what, InvalidRequirement::NotInstallable));
            }
        } else if !is_archive(&inside) {
            return Ok(None);
        } else if !self.files.is_file(&inside) {
            let before_at = what.split_once('@').map(|(before, _)| before);
            if before_at.is_some_and(|before| !before.contains('/') && !before.starts_with('.')) {
                return Ok(None);
            }
            self.warn(Rule::MissingFile, format!("`{inside}` looks like a file, and is not there: add it, or write a version behind `==`"));
        }
        let extras = self.extras(what, extras)?;
        Ok(Some((Source::Path(LocalPath(inside)), extras)))
    }

    fn extras(&self, text: &str, extras: &str) -> Result<BTreeSet<Extra>, Error> {
        match extras {
            "" => Ok(BTreeSet::new()),
            extras => format!("placeholder{extras}")
                .parse::<Dependency>()
                .map(|dependency| dependency.extras)
                .map_err(|error| self.refuse(text, error)),
        }
    }

    /// A requirement by URL or path, whose name is in the file name of a wheel or in `#egg=`.
    fn named_by_source(&mut self, text: &str, source: Source) -> Result<Requirement, Error> {
        let (file_name, egg) = match &source {
            Source::Archive(link) | Source::Vcs(link) => {
                (link.file_name(), link.fragment("egg").map(ToOwned::to_owned))
            }
            Source::Path(path) => (path.0.rsplit('/').next().unwrap_or_default().to_owned(), None),
            Source::Index { .. } => (String::new(), None),
        };
        let named = if has_suffix(&file_name, ".whl") && !matches!(source, Source::Vcs(_)) {
            wheel_name(&file_name).map(|(name, specifiers)| (name, BTreeSet::new(), specifiers))
        } else if let Some(egg) = egg {
            if name_len(&egg) != egg.len() {
                self.warn(Rule::RefusedByNewerPip, format!("pip 25 and newer refuse `#egg={egg}`, since it is no plain name: write `name[extras] @ URL`"));
            }
            egg.parse::<Dependency>().map(|egg| (egg.name, egg.extras, egg.specifiers))
        } else {
            return Ok(self.unnamed(source));
        };
        let (name, extras, specifiers) = named.map_err(|error| self.refuse(text, error))?;
        let mut requirement = Requirement::new(name, self.origin.clone());
        requirement.extras = extras;
        requirement.specifiers = specifiers;
        requirement.source = source;
        Ok(requirement)
    }

    fn dependency(&self, dependency: Dependency) -> Requirement {
        Requirement::from_dependency(dependency, self.origin.clone())
    }

    fn unnamed(&self, source: Source) -> Requirement {
        Requirement {
            name: None,
            extras: BTreeSet::new(),
            specifiers: Specifiers::any(),
            source,
            marker: None,
            hashes: BTreeSet::new(),
            editable: false,
            build: BuildOptions::default(),
            origin: self.origin.clone(),
        }
    }

    pub(crate) fn warn(&mut self, rule: Rule, message: impl Into<String>) {
        let origin = self.origin.clone();
        self.warnings.push(Warning { rule, origin, message: message.into() });
    }

    pub(crate) fn refuse(&self, text: &str, source: impl Into<InvalidRequirement>) -> Error {
        Error::Requirement {
            origin: self.origin.clone(),
            text: redacted_text(text),
            source: Box::new(source.into()),
        }
    }
}

fn scheme(text: &str) -> Option<String> {
    text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase())
}

pub(crate) fn is_url(text: &str) -> bool {
    scheme(text).is_some_and(|scheme| {
        URL_SCHEMES.contains(&&scheme[..]) || VCS_SCHEMES.contains(&&scheme[..])
    })
}

pub(crate) fn is_vcs(text: &str) -> bool {
    scheme(text).is_some_and(|scheme| scheme.contains('+') && VCS_SCHEMES.contains(&&scheme[..]))
}

fn is_archive(path: &str) -> bool {
    ARCHIVES.into_iter().any(|suffix| has_suffix(path, suffix))
}

fn has_suffix(name: &str, suffix: &str) -> bool {
    name.len() > suffix.len()
        && name.as_bytes()[name.len() - suffix.len()..].eq_ignore_ascii_case(suffix.as_bytes())
}

/// Splits `path[extras]`; the brackets stay with the extras, which may be empty.
fn split_extras(text: &str) -> (&str, &str) {
    match text.rfind('[') {
        Some(at) if at > 0 && text.ends_with(']') && at + 2 < text.len() => text.split_at(at),
        _ => (text, ""),
    }
}

/// Name and version out of a wheel's file name (the binary distribution format's specification).
fn wheel_name(file_name: &str) -> Result<(PackageName, Specifiers), InvalidRequirement> {
    let malformed = || InvalidRequirement::WheelName(file_name.to_owned());
    let parts: Vec<&str> = file_name[..file_name.len() - 4].split('-').collect();
    let ([name, version, _, _, _] | [name, version, _, _, _, _]) = parts[..] else {
        return Err(malformed());
    };
    let name = PackageName::new(name).map_err(|_| malformed())?;
    let mut specifiers = Specifiers::any();
    specifiers.push("==", &version.replace('_', "-"))?;
    Ok((name, specifiers))
}
