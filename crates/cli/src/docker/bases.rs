//! Which images a Dockerfile starts from.

use std::sync::PoisonError;

use anyhow::{Result, bail};
use boxwright_engine::{BaseChoice, ChosenBases, Event};
use boxwright_plan::{Base, Bases, BuildPlan, Profile, Project, PythonMinor, Release, Step};
use boxwright_requirements::{Libc, PythonVersion, Target};

use super::{BaseArg, DockerPipeline};
use crate::project::suite;

/// Bases, and how they came to be.
pub(super) struct Chosen {
    pub(super) bases: Bases,
    pub(super) target: Target,
    pub(super) title: String,
    is_composed: bool,
}

impl Chosen {
    pub(super) fn composed(&self) -> bool {
        self.is_composed
    }
}

impl DockerPipeline {
    /// What was named; else the official images, where the engine has them or can get them; else
    /// composed ones.
    pub(super) async fn choose_bases(&self, project: &Project, plan: &BuildPlan) -> Result<Chosen> {
        let release = self.docker.release;
        let named = match (&self.docker.base, &plan.base) {
            (Some(BaseArg::Image(name)), _) => Some(name.clone()),
            (Some(BaseArg::Composed), _) => None,
            (None, Base::Image { reference, .. }) => Some(reference.clone()),
            (None, Base::Composed { .. }) => None,
        };
        if let Some(name) = named {
            let title = name.clone();
            return Ok(self.pulled(Bases { full: name.clone(), release: name }, project, title));
        }
        if self.docker.base == Some(BaseArg::Composed) {
            if release == Release::Alpine {
                bail!("Alpine cannot be composed: name a base with `--base`, or release on Debian");
            }
            return self.composed(project, plan).await;
        }
        if let Some(composed) = self.remembered(&self.choice(project, plan)?) {
            return Ok(composed);
        }
        let official = Bases::official(project.python, release);
        let host = self.engine.host();
        if host.can_get(&official.full).await? && host.can_get(&official.release).await? {
            let title = official.release.clone();
            return Ok(self.pulled(official, project, title));
        }
        if release == Release::Alpine {
            bail!(
                "the engine has no `{}` and can reach no registry that has it: name a base with `--base`, or release on Debian",
                official.release
            );
        }
        self.events.on(Event::Note {
            message: format!(
                "the engine has no `{}` and can reach no registry that has it: the bases are composed from Debian packages",
                official.full
            ),
        });
        self.composed(project, plan).await
    }

    fn choice(&self, project: &Project, plan: &BuildPlan) -> Result<BaseChoice> {
        let is_multistage = self.docker.profile == Profile::Multistage;
        let packages = plan.steps.iter().find_map(|step| match step {
            Step::InstallSystemPackages { packages } if is_multistage => Some(packages.clone()),
            _ => None,
        });
        Ok(BaseChoice {
            suite: suite(project)?,
            architecture: self.config.architecture,
            release: is_multistage,
            packages: packages.unwrap_or_default(),
        })
    }

    fn remembered(&self, choice: &BaseChoice) -> Option<Chosen> {
        let bases = self.bases.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, known) = bases.as_ref().filter(|(known, _)| known == choice)?;
        Some(Chosen::from(known.clone()))
    }

    async fn composed(&self, project: &Project, plan: &BuildPlan) -> Result<Chosen> {
        let choice = self.choice(project, plan)?;
        if let Some(known) = self.remembered(&choice) {
            return Ok(known);
        }
        let chosen = self.engine.compose_bases(&choice, &self.composer).await?;
        let mut bases = self.bases.lock().unwrap_or_else(PoisonError::into_inner);
        *bases = Some((choice, chosen.clone()));
        Ok(chosen.into())
    }

    /// Bases that the engine has or pulls. Nobody looked into them: the target is what the
    /// project asks for, on the C library that such an image has.
    fn pulled(&self, bases: Bases, project: &Project, title: String) -> Chosen {
        let PythonMinor { major, minor } = project.python;
        let libc = match self.docker.release {
            Release::Debian => Libc::Glibc { major: 2, minor: 36 },
            Release::Alpine => Libc::Musl { major: 1, minor: 2 },
        };
        let python = PythonVersion { major, minor, patch: 0 };
        let target = Target { python, architecture: self.config.architecture, libc };
        Chosen { bases, target, title, is_composed: false }
    }
}

impl From<ChosenBases> for Chosen {
    fn from(ChosenBases { bases, target, title }: ChosenBases) -> Self {
        Self { bases, target, title, is_composed: true }
    }
}
