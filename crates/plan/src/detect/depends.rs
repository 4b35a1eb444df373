//! Which packages the project gets, by their normalised names.

use std::collections::{BTreeMap, BTreeSet};

use boxwright_requirements::RequirementSet;

use crate::project::Framework;

/// What some packages bring along, for projects that are not locked: package, extra, what comes.
///
/// The frameworks document these: FastAPI since 0.112, Litestar's and Starlite's `standard`, Quart's own needs.
const BRING: &[(&str, Option<&str>, &str)] = &[
    ("fastapi", Some("standard"), "uvicorn"),
    ("fastapi", Some("standard-no-fastapi-cloud-cli"), "uvicorn"),
    ("fastapi", Some("all"), "uvicorn"),
    ("fastapi-cli", Some("standard"), "uvicorn"),
    ("litestar", Some("standard"), "uvicorn"),
    ("litestar", Some("full"), "uvicorn"),
    ("starlite", Some("standard"), "uvicorn"),
    ("quart", None, "hypercorn"),
    ("quart", None, "flask"),
    ("blacksheep", None, "uvicorn"),
    ("dash", None, "flask"),
    ("apiflask", None, "flask"),
    ("flask-openapi3", None, "flask"),
];

/// The packages that a project asks for and, where they are known, those that come along.
#[derive(Debug, Default)]
pub(super) struct Depends {
    direct: BTreeMap<String, BTreeSet<String>>,
    brought: BTreeSet<String>,
}

impl Depends {
    pub(super) fn of(set: &RequirementSet) -> Self {
        let mut this = Self::default();
        for requirement in &set.requirements {
            if let Some(name) = &requirement.name {
                let extras = this.direct.entry(name.to_string()).or_default();
                extras.extend(requirement.extras.iter().map(ToString::to_string));
            }
        }
        this.brought = set
            .lock
            .iter()
            .flat_map(|lock| &lock.packages)
            .map(|package| package.name.to_string())
            .collect();
        for &(package, extra, brings) in BRING {
            let asked = this
                .direct
                .get(package)
                .is_some_and(|extras| extra.is_none_or(|extra| extras.contains(extra)));
            if asked {
                this.brought.insert(brings.to_owned());
            }
        }
        this
    }

    /// Whether the project asks for a package itself.
    pub(super) fn directly(&self, name: &str) -> bool {
        self.direct.contains_key(name)
    }

    /// Whether the project asks for a web framework.
    pub(super) fn on_a_framework(&self) -> bool {
        Framework::ALL.iter().flat_map(|framework| framework.packages()).any(|name| self.on(name))
    }

    /// Whether the image will hold a package.
    pub(super) fn on(&self, name: &str) -> bool {
        self.directly(name) || self.brought.contains(name)
    }
}
