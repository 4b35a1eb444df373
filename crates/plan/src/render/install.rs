//! The part of a Dockerfile that installs dependencies.

use boxwright_dockerfile::{Builder, CopyFiles, Dialect, FromImage, Mount, Run};
use boxwright_requirements::SourceKind;

use super::dockerfile::Sheet;
use super::{CA_BUNDLE, Installer, NORMALISED, NORMALISED_CONSTRAINTS, RenderError, Requirements};
use crate::build_plan::VENV;

/// The version of uv that is installed.
const UV: &str = "0.13.9";

/// Where the requirements are in the stages that need them.
const FOLDER: &str = "/requirements";

/// The stage that holds the requirements without comments.
const STAGE: &str = "requirements";

/// Where further certificates are while something is installed.
const CERTIFICATES: &str = "/run/ca-bundle.pem";

/// What is installed from, decided once.
pub(super) enum Source {
    /// Nothing.
    Nothing,
    /// The project's requirements files, the one to install first.
    Files(Vec<String>),
    /// Canonical texts in the context.
    Normalised { constraints: bool },
    /// `uv.lock` and its `pyproject.toml`, which uv reads itself.
    UvProject { lock: String },
}

impl Source {
    pub(super) fn of(sheet: &Sheet<'_>) -> Result<Self, RenderError> {
        let Some(dependencies) = &sheet.project.dependencies else { return Ok(Self::Nothing) };
        if let Requirements::Normalised { constraints, .. } = &sheet.options.requirements {
            return Ok(Self::Normalised { constraints: constraints.is_some() });
        }
        match (dependencies.kind, sheet.options.installer) {
            (SourceKind::Requirements, _) => {
                Ok(Self::Files(sheet.project.requirements.sources.clone()))
            }
            (SourceKind::UvLock, Installer::Uv) => {
                Ok(Self::UvProject { lock: dependencies.file.clone() })
            }
            (kind, installer) => {
                Err(RenderError::Unreadable { installer, file: dependencies.file.clone(), kind })
            }
        }
    }
}

impl Sheet<'_> {
    /// A stage that takes the comments out, so that a changed one does not reach the install.
    pub(super) fn requirements_stage(&self, builder: Builder) -> Builder {
        let Source::Files(files) = &self.source else { return builder };
        let mut builder = builder
            .comment("What to install, without comments: builders compare what is copied out of a stage, so that\nan edited comment reinstalls nothing.")
            .from(FromImage::new(self.bases.full.as_str()).alias(STAGE))
            .workdir(FOLDER);
        for file in files {
            let folder = file.rsplit_once('/').map_or("./", |(folder, _)| folder);
            let to = if folder == "./" { folder.to_owned() } else { format!("{folder}/") };
            builder = builder.copy(CopyFiles::new([file.as_str()], to));
        }
        let names = files.join(" ");
        let run = format!("sed -i -E 's/(^|[[:space:]]+)#.*$//; /^[[:space:]]*$/d' {names}");
        builder.run(Run::shell(run)).blank()
    }

    /// Creates the virtual environment and installs into it.
    pub(super) fn install(&self, builder: Builder) -> Builder {
        let builder = self.certificates(builder);
        let builder = match self.options.installer {
            Installer::Pip => builder,
            Installer::Uv => self.install_uv(builder),
        };
        let extra = self.added_packages();
        match &self.source {
            Source::Nothing if extra.is_empty() => self.environment_only(builder),
            Source::Nothing => self.install_run(builder, &extra, None),
            Source::Files(files) => {
                let file = files.first().map_or("", String::as_str);
                let arguments = format!("-r {FOLDER}/{file}{extra}");
                let builder = builder.comment(
                    "Only these decide whether anything is installed anew; the sources come later.",
                );
                self.install_run(builder, &arguments, Some(Input::Stage))
            }
            Source::Normalised { constraints } => {
                let constraint = if *constraints {
                    format!(" -c {FOLDER}/constraints.txt")
                } else {
                    String::new()
                };
                let arguments = format!("-r {FOLDER}/requirements.txt{constraint}");
                let builder = builder.comment(
                    "Normalised: sorted, without comments. Only what is installed can change it.",
                );
                self.install_run(
                    builder,
                    &arguments,
                    Some(Input::Context { constraints: *constraints }),
                )
            }
            Source::UvProject { lock } => self.sync(builder, lock),
        }
    }

    /// Certificates for a builder that has no secrets. They are public, so that a layer may have them.
    fn certificates(&self, builder: Builder) -> Builder {
        if !self.options.ca_bundle || self.mounts() {
            return builder;
        }
        builder
            .comment("Certificates of the network that the build runs in.")
            .copy(CopyFiles::new([CA_BUNDLE], CERTIFICATES))
    }

    /// What comes before a command of the installer that downloads.
    fn trusting(&self) -> String {
        self.trusted_by(match self.options.installer {
            Installer::Pip => "PIP_CERT",
            Installer::Uv => "SSL_CERT_FILE",
        })
    }

    fn trusted_by(&self, variable: &str) -> String {
        if self.options.ca_bundle { format!("{variable}={CERTIFICATES} ") } else { String::new() }
    }

    fn environment_only(&self, builder: Builder) -> Builder {
        builder
            .comment("Nothing is to be installed: the environment is there for the path alone.")
            .run(Run::shell(self.create()))
    }

    /// uv in an environment of its own, which stays behind.
    fn install_uv(&self, builder: Builder) -> Builder {
        let cache = if self.mounts() { "" } else { " --no-cache-dir" };
        let run = Run::lines([
            "python -m venv --without-pip /opt/uv".to_owned(),
            format!(
                "&& {}pip --python /opt/uv install{cache} uv=={UV}",
                self.trusted_by("PIP_CERT")
            ),
        ]);
        builder
            .comment("uv, in an environment of its own.")
            .run(self.cached(run, "/root/.cache/pip"))
    }

    fn create(&self) -> String {
        match self.options.installer {
            // Without pip: it is no part of what runs.
            Installer::Pip => format!("python -m venv --without-pip {VENV}"),
            Installer::Uv => format!("/opt/uv/bin/uv venv --python python {VENV}"),
        }
    }

    fn install_run(&self, builder: Builder, arguments: &str, input: Option<Input>) -> Builder {
        let arguments = arguments.trim();
        let (program, cache) = match self.options.installer {
            Installer::Pip => (format!("pip --python {VENV} install"), "/root/.cache/pip"),
            Installer::Uv => {
                (format!("/opt/uv/bin/uv pip install --python {VENV}"), "/root/.cache/uv")
            }
        };
        let no_cache = match self.options.installer {
            _ if self.mounts() => "",
            Installer::Pip => " --no-cache-dir",
            Installer::Uv => " --no-cache",
        };
        let run = Run::lines([
            self.create(),
            format!("&& {}{program}{no_cache} {arguments}", self.trusting()),
        ]);
        let run = self.cached(run, cache);
        match input {
            None => builder.run(self.logged_in(run)),
            Some(input) if self.mounts() => builder.run(self.logged_in(input.mount(run))),
            Some(input) => input.copy(builder).run(run),
        }
    }

    /// uv reads its own lock file, and installs all of it but the project itself.
    fn sync(&self, builder: Builder, lock: &str) -> Builder {
        let folder =
            lock.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let manifest = format!("{folder}pyproject.toml");
        let no_cache = if self.mounts() { "" } else { " --no-cache" };
        let run = Run::lines([
            format!("cd {FOLDER}"),
            format!(
                "&& {}UV_PROJECT_ENVIRONMENT={VENV} UV_LINK_MODE=copy /opt/uv/bin/uv sync{no_cache} --python python",
                self.trusting()
            ),
            "--locked --no-dev --no-install-project".to_owned(),
        ]);
        let run = self.cached(run, "/root/.cache/uv");
        let builder = builder
            .comment("Exactly what is locked, without the project itself: its sources come later.");
        if !self.mounts() {
            return builder
                .copy(CopyFiles::new([lock, manifest.as_str()], format!("{FOLDER}/")))
                .run(run);
        }
        let mount = |name: &str, from: &str| Mount::bind(from, format!("{FOLDER}/{name}"));
        let run = run.mount(mount("uv.lock", lock)).mount(mount("pyproject.toml", &manifest));
        builder.run(self.logged_in(run))
    }

    /// Packages that the dependency file does not list, such as an added server.
    fn added_packages(&self) -> String {
        self.project.added_server.map_or_else(String::new, |server| format!(" {server}"))
    }

    /// Whether the builder has mounts.
    pub(super) fn mounts(&self) -> bool {
        self.options.dialect != Dialect::Classic
    }

    /// Downloads are kept by the builder, and never become a part of a layer.
    fn cached(&self, run: Run, folder: &str) -> Run {
        if !self.mounts() {
            return run;
        }
        let run = run.mount(Mount::cache(folder));
        if self.options.ca_bundle {
            run.mount(Mount::secret("ca-bundle").target(CERTIFICATES))
        } else {
            run
        }
    }

    /// An index of one's own may want a login, which must not stay in a layer.
    fn logged_in(&self, run: Run) -> Run {
        if !self.has_own_index() {
            return run;
        }
        run.mount(Mount::secret("netrc").target("/root/.netrc"))
    }

    /// Whether packages come from elsewhere than PyPI.
    pub(super) fn has_own_index(&self) -> bool {
        self.project
            .requirements
            .index
            .primary()
            .is_some_and(|url| url != boxwright_requirements::PYPI)
    }
}

/// Where the requirements come from.
enum Input {
    /// The stage that takes the comments out.
    Stage,
    /// The context.
    Context { constraints: bool },
}

impl Input {
    fn mount(&self, run: Run) -> Run {
        match self {
            Self::Stage => run.mount(Mount::bind(FOLDER, FOLDER).from_stage(STAGE)),
            Self::Context { constraints } => {
                let run = run.mount(Mount::bind(NORMALISED, format!("{FOLDER}/requirements.txt")));
                if *constraints {
                    run.mount(Mount::bind(
                        NORMALISED_CONSTRAINTS,
                        format!("{FOLDER}/constraints.txt"),
                    ))
                } else {
                    run
                }
            }
        }
    }

    fn copy(&self, builder: Builder) -> Builder {
        match self {
            Self::Stage => builder.copy(CopyFiles::new([FOLDER], FOLDER).from_stage(STAGE)),
            Self::Context { constraints } => {
                let constraints = constraints.then_some(NORMALISED_CONSTRAINTS);
                let files = std::iter::once(NORMALISED).chain(constraints);
                builder.copy(CopyFiles::new(files, format!("{FOLDER}/")))
            }
        }
    }
}
