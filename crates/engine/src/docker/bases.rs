//! The images that a Dockerfile starts from: of a registry where one can be reached, else composed.

use std::time::Duration;

use boxwright_debian::{BaseRecipe, Flavor, Suite};
use boxwright_plan::Bases;
use boxwright_requirements::{Architecture, Target};

use super::build::DockerEngine;
use super::host::{DockerError, DockerHost};
use crate::embedded::{BaseError, EmbeddedEngine};
use crate::event::{Event, Outcome, Step};

/// A registry that does not answer in this time cannot be reached.
const PATIENCE: Duration = Duration::from_secs(8);

/// What the bases are composed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseChoice {
    /// The Debian release, and with it the Python.
    pub suite: Suite,
    /// What the image runs on.
    pub architecture: Architecture,
    /// Whether a release stage needs a base of its own: without compilers, pip or shell.
    pub release: bool,
    /// Debian packages that the release needs; it has no apt to install them.
    pub packages: Vec<String>,
}

/// Bases that are in the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenBases {
    /// Their names.
    pub bases: Bases,
    /// What wheels must fit there.
    pub target: Target,
    /// They in words.
    pub title: String,
}

/// Why there are no bases.
#[derive(Debug, thiserror::Error)]
pub enum BasesError {
    /// One could not be composed.
    #[error(transparent)]
    Base(#[from] BaseError),
    /// One could not be loaded.
    #[error(transparent)]
    Docker(#[from] DockerError),
}

impl DockerHost {
    /// Whether the engine has this image, or can get it from a registry.
    pub async fn can_get(&self, name: &str) -> Result<bool, DockerError> {
        if self.image_id(name).await?.is_some() {
            return Ok(true);
        }
        let asked = tokio::time::timeout(PATIENCE, self.can_pull(name)).await;
        Ok(matches!(asked, Ok(Ok(()))))
    }
}

impl DockerEngine {
    /// Composes the bases and loads them under local names; what is there stays as it is.
    pub async fn compose_bases(
        &self,
        choice: &BaseChoice,
        composer: &EmbeddedEngine,
    ) -> Result<ChosenBases, BasesError> {
        let BaseChoice { suite, architecture, release, packages } = choice;
        let recipe = |flavor| BaseRecipe { flavor, ..BaseRecipe::new(*suite, *architecture) };
        let full = self.compose(recipe(Flavor::Full), composer).await?;
        let mut bases = Bases { full: full.name.clone(), release: full.name.clone() };
        if *release {
            let recipe = BaseRecipe { extra: packages.clone(), ..recipe(Flavor::Runtime) };
            bases.release = self.compose(recipe, composer).await?.name;
        }
        Ok(ChosenBases { bases, target: full.target, title: full.title })
    }

    async fn compose(
        &self,
        recipe: BaseRecipe,
        composer: &EmbeddedEngine,
    ) -> Result<Composed, BasesError> {
        let name = local_name(&recipe);
        let resolution = composer.resolve_recipe(recipe).await?;
        let image = composer.base_image(&resolution).await?;
        self.events.on(Event::Started { step: Step::Bases });
        let there = self.host.image_id(&name).await?;
        let outcome = if there == Some(image.manifest().config.digest.to_string()) {
            Outcome::Reused
        } else {
            self.host.load(&image, &name, composer.cache().store()).await?;
            Outcome::Built
        };
        let title = resolution.title();
        let detail = format!("{name}: {title}");
        self.events.on(Event::Finished { step: Step::Bases, outcome, detail });
        Ok(Composed { name, target: resolution.target, title })
    }
}

struct Composed {
    name: String,
    target: Target,
    title: String,
}

/// `boxwright/python:3.13-full`; a base with more packages, or for another processor, says so.
fn local_name(recipe: &BaseRecipe) -> String {
    let mut name = format!("boxwright/python:{}", recipe.suite.python());
    if recipe.flavor == Flavor::Full {
        name.push_str("-full");
    }
    if recipe.architecture != Architecture::Amd64 {
        name.push('-');
        name.push_str(recipe.architecture.oci());
    }
    for package in &recipe.extra {
        name.push('-');
        name.push_str(&package.replace('+', "_"));
    }
    // A tag has at most 128 characters; so long a list is told apart by its digest.
    let tag = name.len() - "boxwright/python:".len();
    if tag > 128 {
        let digest = boxwright_digest::Digest::of(name.as_bytes()).hex();
        name.truncate("boxwright/python:".len() + 100);
        name.push('-');
        name.push_str(&digest[..12]);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_bases_apart() {
        let recipe = BaseRecipe::new(Suite::Trixie, Architecture::Amd64);
        assert_eq!(local_name(&recipe), "boxwright/python:3.13");
        let full = BaseRecipe { flavor: Flavor::Full, ..recipe.clone() };
        assert_eq!(local_name(&full), "boxwright/python:3.13-full");
        let arm = BaseRecipe { architecture: Architecture::Arm64, ..recipe.clone() };
        assert_eq!(local_name(&arm), "boxwright/python:3.13-arm64");
        let more =
            BaseRecipe { extra: vec!["libpq5".into(), "libstdc++6".into()], ..recipe.clone() };
        assert_eq!(local_name(&more), "boxwright/python:3.13-libpq5-libstdc__6");
        let many = |last: &str| {
            let extra = (0..60).map(|number| format!("package{number}"));
            let extra = extra.chain([last.to_owned()]).collect();
            local_name(&BaseRecipe { extra, ..recipe.clone() })
        };
        assert!(many("a").len() < 140);
        assert_ne!(many("a"), many("b"));
    }
}
