//! The plan: a project and its configuration as steps.

use std::collections::BTreeMap;

use boxwright_digest::Digest;
use serde::Serialize;

use crate::config::{Config, HealthcheckConfig};
use crate::evidence::{Decision, Evidence};
use crate::project::{Project, Server};
use crate::start::StartCommand;
use crate::step::{Base, CopySource, Healthcheck, Step, User};

/// Where dependencies are installed in the image.
pub const VENV: &str = "/opt/venv";

/// Where the application's files are in the image, and its working directory.
pub const APP_DIR: &str = "/app";

/// Shared memory: a place to write to in an image whose root is read-only.
const MEMORY: &str = "/dev/shm";

/// What an image is made of and how it starts: plain data, for every engine and emitter alike.
///
/// Invariant: `steps` holds exactly one `install-dependencies`, one `copy-source` and one `start`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuildPlan {
    /// The name of the project, where one is known.
    pub name: Option<String>,
    /// What the image starts from.
    #[serde(flatten)]
    pub base: Base,
    /// Why that base.
    pub base_evidence: Evidence,
    /// The steps, in the order in which they are carried out.
    pub steps: Vec<Step>,
    /// Every decision that led here, with its evidence.
    pub decisions: Vec<Decision>,
}

impl BuildPlan {
    /// Plans the image of a project whose dependencies have the given key.
    pub fn new(project: &Project, key: Digest, config: &Config) -> Self {
        let mut steps = Vec::new();
        if !config.system_packages.is_empty() {
            let mut packages = config.system_packages.clone();
            packages.sort();
            packages.dedup();
            steps.push(Step::InstallSystemPackages { packages });
        }
        steps.push(Step::InstallDependencies {
            key,
            source: project.dependencies.clone(),
            extra: project.added_server.iter().map(|server| server.name().to_owned()).collect(),
            index: config.index.clone(),
            layer_budget: config.layers.budget,
        });
        steps.push(Step::CopySource(CopySource {
            from: project.source.clone(),
            to: APP_DIR.to_owned(),
            include: config.include.clone(),
        }));
        steps.push(Step::WorkDir { path: APP_DIR.to_owned() });
        steps.push(Step::SetEnv { variables: environment(project, config) });
        steps.push(Step::User(config.user.unwrap_or(User::NONROOT)));
        let further = config.ports.iter().copied().filter(|&port| Some(port) != project.port);
        steps.extend(project.port.into_iter().chain(further).map(|port| Step::Expose { port }));
        let labels = labels(project, config);
        if !labels.is_empty() {
            steps.push(Step::Label { labels });
        }
        steps
            .extend(config.healthcheck.as_ref().map(|check| Step::Healthcheck(healthcheck(check))));
        steps.push(Step::Start(project.start.clone().after(config.pre_start.iter().cloned())));

        let python = project.python;
        let (base, base_evidence) = match &config.base {
            Some(reference) => (
                Base::Image { reference: reference.clone(), python },
                Evidence::by(crate::Rule::Configured),
            ),
            None => (Base::Composed { python }, project.python_evidence.clone()),
        };
        Self {
            name: project.name.clone(),
            base,
            base_evidence,
            steps,
            decisions: project.decisions.clone(),
        }
    }

    /// The start command.
    pub fn start(&self) -> Option<&StartCommand> {
        self.steps.iter().find_map(|step| match step {
            Step::Start(start) => Some(start),
            _ => None,
        })
    }

    /// The plan as JSON, indented for people.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}

/// What every image sets, what this project needs, and last, so that it wins, what the configuration says.
fn environment(project: &Project, config: &Config) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::from(
        [
            ("LANG", "C.UTF-8".to_owned()),
            (
                "PATH",
                format!("{VENV}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            ),
            // The root may be read-only, and what was compiled at build time is complete.
            ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
            // Logs appear when they are written, not when a buffer is full.
            ("PYTHONUNBUFFERED", "1".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    if let Some(port) = project.port {
        variables.insert("PORT".to_owned(), port.to_string());
    }
    if project.server == Server::Gunicorn {
        // Since 25.1 gunicorn puts a control socket there, or else below the home directory.
        variables.insert("XDG_RUNTIME_DIR".to_owned(), MEMORY.to_owned());
    }
    variables.extend(python_path(project).map(|path| ("PYTHONPATH".to_owned(), path)));
    variables.extend(project.environment.clone());
    variables.extend(config.env.clone());
    variables
}

/// The value of `PYTHONPATH`, where imports start from more than the working directory.
pub(crate) fn python_path(project: &Project) -> Option<String> {
    let folders = project.python_path.iter().map(|path| format!("{APP_DIR}/{path}"));
    let folders: Vec<_> = folders.collect();
    (!folders.is_empty()).then(|| folders.join(":"))
}

fn labels(project: &Project, config: &Config) -> BTreeMap<String, String> {
    let title =
        project.name.iter().map(|name| ("org.opencontainers.image.title".to_owned(), name.clone()));
    title.chain(config.labels.clone()).collect()
}

/// A path is asked for by Python itself, since the base has neither curl nor a shell.
fn healthcheck(check: &HealthcheckConfig) -> Healthcheck {
    let ask = |path: &String| {
        let code = "import os,sys,urllib.request as r;\
            r.urlopen('http://127.0.0.1:'+os.environ['PORT']+sys.argv[1],timeout=float(sys.argv[2]))";
        let path = format!("/{}", path.trim_start_matches('/'));
        ["python", "-ISc", code, &path, &check.timeout.to_string()].map(str::to_owned).to_vec()
    };
    let HealthcheckConfig { path, command, interval, timeout, start_period, retries } = check;
    Healthcheck {
        command: command.clone().or_else(|| path.as_ref().map(ask)).unwrap_or_default(),
        interval: *interval,
        timeout: *timeout,
        start_period: *start_period,
        retries: *retries,
    }
}
