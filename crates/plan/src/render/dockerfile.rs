//! The stages of a Dockerfile, profile by profile.

use std::time::Duration;

use boxwright_dockerfile::{
    Builder, CommandLine, CopyFiles, Dockerfile, FromImage, Healthcheck as Check, Probe, Run, Word,
};

use super::install::Source;
use super::{Bases, Profile, Release, RenderError, RenderOptions, SIGNATURE, reload_start};
use crate::build_plan::{APP_DIR, BuildPlan, VENV};
use crate::project::{Framework, Project, Server};
use crate::start::StartCommand;
use crate::step::{Base, CopySource, Healthcheck, Step};

/// Where the directory of the caller is mounted for a script.
const WORK: &str = "/work";

/// One Dockerfile in the making.
pub(super) struct Sheet<'a> {
    pub(super) project: &'a Project,
    pub(super) plan: &'a BuildPlan,
    pub(super) options: &'a RenderOptions,
    pub(super) bases: Bases,
    pub(super) source: Source,
    start: StartCommand,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(
        project: &'a Project,
        plan: &'a BuildPlan,
        options: &'a RenderOptions,
    ) -> Result<Self, RenderError> {
        let bases = match (&options.bases, &plan.base) {
            (Some(bases), _) => bases.clone(),
            (None, Base::Image { reference, .. }) => {
                Bases { full: reference.clone(), release: reference.clone() }
            }
            (None, Base::Composed { python }) => Bases::official(*python, options.release),
        };
        let start = start(project, plan, options.profile)?;
        let mut sheet = Self { project, plan, options, bases, source: Source::Nothing, start };
        sheet.source = Source::of(&sheet)?;
        Ok(sheet)
    }

    pub(super) fn write(&self) -> Result<Dockerfile, RenderError> {
        let packages = self.system_packages();
        if !packages.is_empty() && self.options.release == Release::Alpine {
            return Err(RenderError::DebianPackages(packages.join(", ")));
        }
        let builder = self.requirements_stage(self.head(Dockerfile::builder(self.options.dialect)));
        let builder = match self.options.profile {
            Profile::Multistage => self.multistage(builder),
            _ => self.one_stage(builder),
        };
        Ok(builder.build()?)
    }

    /// What the file is, and how it is used.
    fn head(&self, builder: Builder) -> Builder {
        let name = self.plan.name.as_deref().unwrap_or("app");
        let profile = self.options.profile;
        let port = self.project.port.map(|port| format!(" -p {port}:{port}")).unwrap_or_default();
        let secrets = [
            (self.has_own_index(), " --secret id=netrc,src=$HOME/.netrc"),
            (
                self.options.ca_bundle,
                " --secret id=ca-bundle,src=/etc/ssl/certs/ca-certificates.crt",
            ),
        ];
        let secrets = secrets.iter().filter(|(needed, _)| *needed && self.mounts());
        let secret: String = secrets.map(|(_, option)| *option).collect();
        let build = format!("docker build -t {name}{secret} .");
        let source = if self.project.source.is_empty() {
            String::new()
        } else {
            format!("/{}", self.project.source)
        };
        let run = match profile {
            Profile::Reload => {
                format!("docker run --rm{port} -v \"$PWD{source}:{APP_DIR}:ro\" {name}")
            }
            Profile::Script => format!("docker run --rm -it -v \"$PWD:{WORK}\" {name} ARGUMENTS"),
            _ => format!("docker run --rm --read-only --cap-drop ALL{port} {name}"),
        };
        let text = format!(
            "{SIGNATURE}, profile {profile}. Without this line it is yours, and stays as you edit it.\n\n    {build}\n    {run}"
        );
        builder.comment(text).blank()
    }

    fn one_stage(&self, builder: Builder) -> Builder {
        let profile = self.options.profile;
        let why = match profile {
            Profile::Reload => {
                "For development: everything that may be wanted while working is in the full image."
            }
            Profile::Script => "The script, and what it needs.",
            Profile::Static => {
                "Flask serves the pages and the built front-end files: a separate web server is one more thing to run."
            }
            _ => "One stage: simple, and large, since compilers and headers stay in the image.",
        };
        let builder = builder.comment(why).from(self.bases.full.as_str());
        let builder = self.environment(self.install_packages(builder)).blank();
        let builder = self.install(builder).blank();
        let builder = self.copy_source(builder, None).blank();
        self.runtime(builder)
    }

    fn multistage(&self, builder: Builder) -> Builder {
        let builder = builder
            .comment("What every image of the application has.")
            .from(FromImage::new(self.bases.release.as_str()).alias("base"));
        let builder = self.environment(self.install_packages(builder)).blank();

        let why = match self.options.release {
            Release::Debian => {
                "Installing may need compilers and headers, which stay behind in this stage."
            }
            Release::Alpine => {
                "On Alpine as the release is: a wheel that was installed for Debian's C library does not load there.\nFor a package without a musl wheel, add: RUN apk add --no-cache build-base"
            }
        };
        let builder = builder
            .comment(why)
            .from(FromImage::new(self.bases.full.as_str()).alias("dependencies"));
        let builder = self.install(builder).blank();

        let builder = builder
            .comment("What is made of the sources: bytecode, since nothing can be written where they run.")
            .from(FromImage::new("dependencies").alias("build"));
        let builder = self.copy_source(builder, None);
        let builder = builder
            .run(Run::shell(format!(
                "python -m compileall -q --invalidation-mode unchecked-hash {APP_DIR}"
            )))
            .blank();

        let builder = builder
            .comment("What runs: no installer, no cache, no compiler.")
            .from(FromImage::new("base").alias("release"))
            .copy(CopyFiles::new([VENV], VENV).from_stage("dependencies"));
        let builder = self.copy_source(builder, Some("build")).blank();
        self.runtime(builder)
    }

    fn system_packages(&self) -> Vec<&str> {
        let packages = self.plan.steps.iter().filter_map(|step| match step {
            Step::InstallSystemPackages { packages } => Some(packages),
            _ => None,
        });
        packages.flatten().map(String::as_str).collect()
    }

    fn install_packages(&self, builder: Builder) -> Builder {
        let packages = self.system_packages();
        if packages.is_empty() {
            return builder;
        }
        let install =
            format!("&& apt-get install --yes --no-install-recommends {}", packages.join(" "));
        builder
            .comment("In one layer with the lists of packages, which go again.")
            .run(Run::lines(["apt-get update", &install, "&& rm -rf /var/lib/apt/lists/*"]))
    }

    fn environment(&self, builder: Builder) -> Builder {
        let variables = self.plan.steps.iter().find_map(|step| match step {
            Step::SetEnv { variables } => Some(variables),
            _ => None,
        });
        let pairs = variables
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.as_str(), Word::literal(value)));
        let debug = (self.options.profile == Profile::Reload
            && self.project.framework == Some(Framework::Flask))
        .then(|| ("FLASK_DEBUG", Word::literal("1")));
        builder.env(pairs.chain(debug))
    }

    fn copy_source(&self, builder: Builder, stage: Option<&str>) -> Builder {
        if let Some(stage) = stage {
            let copy = CopyFiles::new([APP_DIR], APP_DIR).from_stage(stage);
            return builder.workdir(APP_DIR).copy(copy);
        }
        let Some(CopySource { from, include, .. }) =
            self.plan.steps.iter().find_map(|step| match step {
                Step::CopySource(copy) => Some(copy),
                _ => None,
            })
        else {
            return builder;
        };
        let builder = builder.comment("Last, since they change most often.").workdir(APP_DIR);
        if include.is_empty() {
            let from = if from.is_empty() { ".".to_owned() } else { format!("{from}/") };
            return builder.copy(CopyFiles::new([from], "./"));
        }
        include.iter().fold(builder, |builder, path| {
            let path = path.trim_end_matches('/');
            let from = if from.is_empty() { path.to_owned() } else { format!("{from}/{path}") };
            builder.copy(CopyFiles::new([from], path))
        })
    }

    /// What a container does and may do.
    fn runtime(&self, mut builder: Builder) -> Builder {
        for step in &self.plan.steps {
            builder = match step {
                Step::Label { labels } => {
                    builder.label(labels.iter().map(|(name, value)| (name.as_str(), Word::literal(value))))
                }
                Step::User(user) => builder
                    .comment("A number, since no base image has a name for it. It owns nothing, so that nothing can be overwritten.")
                    .user(user.to_string()),
                Step::Expose { port } => builder.expose([port.to_string()]),
                Step::Healthcheck(check) => builder.healthcheck(probe(check)),
                _ => builder,
            };
        }
        if self.options.profile == Profile::Script {
            let builder =
                builder.comment("Where the directory of the caller is mounted.").workdir(WORK);
            return builder.entrypoint(CommandLine::exec(self.script_words()));
        }
        self.command(builder)
    }

    fn command(&self, builder: Builder) -> Builder {
        let plain = self.start.exec() == self.start.words();
        let has_shell =
            self.options.profile != Profile::Multistage || self.options.release_has_shell;
        if plain || !has_shell {
            return builder.cmd(CommandLine::exec(self.start.exec()));
        }
        builder
            .comment("A shell to put in the port, and `exec` so that the server gets the signals in its place.")
            .cmd(CommandLine::exec(["sh", "-c", &self.start.shell()]))
    }

    /// The script's path is made absolute, since the working directory is the caller's.
    fn script_words(&self) -> Vec<String> {
        let words = self.start.words().iter();
        words
            .map(|word| {
                if word.strip_suffix(".py").is_some() {
                    format!("{APP_DIR}/{word}")
                } else {
                    word.clone()
                }
            })
            .collect()
    }
}

/// The start command of a profile.
fn start(
    project: &Project,
    plan: &BuildPlan,
    profile: Profile,
) -> Result<StartCommand, RenderError> {
    let misfit = |reason: &str| RenderError::Misfit { profile, reason: reason.to_owned() };
    let planned = || plan.start().cloned().ok_or_else(|| misfit("the plan has no start command"));
    match profile {
        Profile::Reload => reload_start(project).ok_or_else(|| {
            misfit("its server has no way to reload: name an application with `--app`")
        }),
        Profile::Script if planned()?.program() != "python" => {
            Err(misfit("the project is an application that a server imports, not a script"))
        }
        // The article's way, where it works: the module serves itself, to be reached from outside.
        Profile::Simple => match &project.own_server {
            Some(own)
                if !own.debug
                    && own.host.as_deref() == Some("0.0.0.0")
                    && project.server != Server::Other =>
            {
                Ok(StartCommand::new(own.command.iter().cloned()))
            }
            _ => planned(),
        },
        Profile::Static if project.assets.is_empty() => {
            Err(misfit("no `static` or `templates` folder was found"))
        }
        _ => planned(),
    }
}

fn probe(check: &Healthcheck) -> Check {
    let Healthcheck { command, interval, timeout, start_period, retries } = check;
    let seconds = |count: &u32| Duration::from_secs(u64::from(*count));
    let probe = Probe::new(CommandLine::exec(command.iter().cloned()));
    Check::Probe(
        probe
            .interval(seconds(interval))
            .timeout(seconds(timeout))
            .start_period(seconds(start_period))
            .retries(*retries),
    )
}
