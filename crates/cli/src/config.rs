//! What the program needs: arguments and environment, validated and put together.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use boxwright_engine::{Bytecode, Cache, DockerBuilder, DockerEnvironment, Freshness};
use boxwright_image::ImageName;
use boxwright_requirements::Architecture;

use crate::args::{BuildArgs, BytecodeArg, OutputArg};
use crate::project::{ProjectArgs, check_directory};

/// What surrounds the program, read once and handed down from here.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The time, in seconds since 1970.
    pub now: u64,
    /// `SOURCE_DATE_EPOCH` as it stands there.
    pub source_date_epoch: Option<String>,
    /// The home directory.
    pub home: Option<PathBuf>,
    /// `XDG_CACHE_HOME`.
    pub cache_home: Option<PathBuf>,
    /// What it says about Docker.
    pub docker: DockerEnvironment,
    /// The builder that `DOCKER_BUILDKIT` asks for.
    pub docker_builder: Option<DockerBuilder>,
    /// `SSL_CERT_FILE`: certificates to trust.
    pub ca_bundle: Option<PathBuf>,
}

impl Environment {
    /// Reads the environment; the caller brings the clock.
    pub fn read(now: SystemTime) -> Self {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let text = |name: &str| variable(name).and_then(|value| OsString::into_string(value).ok());
        let home = variable("HOME").map(PathBuf::from);
        let docker = DockerEnvironment {
            host: text("DOCKER_HOST"),
            context: text("DOCKER_CONTEXT"),
            config_dir: variable("DOCKER_CONFIG")
                .map(PathBuf::from)
                .or_else(|| Some(home.as_ref()?.join(".docker"))),
            runtime_dir: variable("XDG_RUNTIME_DIR").map(PathBuf::from),
            home: home.clone(),
            tls_verify: variable("DOCKER_TLS_VERIFY").is_some(),
            cert_path: variable("DOCKER_CERT_PATH").map(PathBuf::from),
        };
        let docker_builder = match text("DOCKER_BUILDKIT").as_deref() {
            Some("0" | "false") => Some(DockerBuilder::Classic),
            Some("1" | "true") => Some(DockerBuilder::BuildKit),
            _ => None,
        };
        Self {
            now: now.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()),
            source_date_epoch: text("SOURCE_DATE_EPOCH"),
            cache_home: variable("XDG_CACHE_HOME").map(PathBuf::from),
            home,
            docker,
            docker_builder,
            ca_bundle: variable("SSL_CERT_FILE").map(PathBuf::from),
        }
    }

    /// Where caches belong on this system.
    pub(crate) fn cache_dir(&self) -> Result<PathBuf> {
        let in_home = || {
            let home = self.home.as_ref()?;
            Some(if cfg!(target_os = "macos") {
                home.join("Library/Caches")
            } else {
                home.join(".cache")
            })
        };
        let base = self.cache_home.clone().or_else(in_home);
        let base = base.context(
            "neither XDG_CACHE_HOME nor HOME is set: name a directory with `--cache-dir`",
        )?;
        Ok(base.join("boxwright"))
    }
}

/// A copy of the image beside the one in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// An OCI layout directory.
    Layout(PathBuf),
    /// One file, for `docker load` and OCI tools alike.
    Archive(PathBuf),
    /// The Docker Engine.
    Load,
}

/// Everything that decides about one build.
#[derive(Debug, Clone)]
pub struct BuildConfig {
    /// The project's directory.
    pub directory: PathBuf,
    /// What the image is called.
    pub name: ImageName,
    /// Where it goes besides the store.
    pub outputs: Vec<Output>,
    /// What it runs on.
    pub architecture: Architecture,
    /// What was said about the project; detection decides the rest.
    pub project: ProjectArgs,
    /// Whether bytecode is compiled.
    pub bytecode: Bytecode,
    /// Whether newer packages are looked for.
    pub freshness: Freshness,
    /// Where everything is kept.
    pub cache_dir: PathBuf,
    /// The image's creation time, and the times of the project's files, in seconds since 1970.
    pub epoch: u64,
    /// The time of the build, in seconds since 1970. It decides about freshness alone.
    pub now: u64,
    /// Where a Docker Engine may be.
    pub docker: DockerEnvironment,
}

impl BuildConfig {
    /// What holds when nothing is said.
    pub fn new(directory: PathBuf, environment: &Environment) -> Result<Self> {
        check_directory(&directory)?;
        let absolute = std::fs::canonicalize(&directory)
            .with_context(|| format!("cannot find the directory `{}`", directory.display()))?;
        Ok(Self {
            name: ImageName::from_directory(
                &absolute.file_name().unwrap_or_default().to_string_lossy(),
            ),
            directory,
            outputs: Vec::new(),
            architecture: host_architecture(),
            project: ProjectArgs::default(),
            bytecode: Bytecode::Auto,
            freshness: Freshness::Daily,
            cache_dir: environment.cache_dir()?,
            epoch: epoch(environment.source_date_epoch.as_deref())?,
            now: environment.now,
            docker: environment.docker.clone(),
        })
    }

    /// The same, with this directory for all that is kept.
    pub fn in_cache(
        directory: PathBuf,
        cache_dir: Option<&PathBuf>,
        environment: &Environment,
    ) -> Result<Self> {
        let Some(cache_dir) = cache_dir else { return Self::new(directory, environment) };
        // The usual place need not be known when another is named.
        let environment = Environment { cache_home: Some(PathBuf::new()), ..environment.clone() };
        Ok(Self { cache_dir: cache_dir.clone(), ..Self::new(directory, &environment)? })
    }

    /// What the arguments say, and what holds for the rest.
    pub fn from_args(args: &BuildArgs, environment: &Environment) -> Result<Self> {
        let mut config =
            Self::in_cache(args.directory.clone(), args.cache_dir.as_ref(), environment)?;
        if let Some(name) = &args.name {
            config.name = name.parse()?;
        }
        config.outputs = args.outputs.iter().map(Output::from).collect();
        config.outputs.extend(args.load.then_some(Output::Load));
        config.architecture = args.platform.unwrap_or(config.architecture);
        config.project = args.project.clone();
        config.bytecode = match args.bytecode {
            BytecodeArg::Auto => Bytecode::Auto,
            BytecodeArg::Off => Bytecode::Off,
        };
        config.freshness = match (args.refresh, args.offline) {
            (true, _) => Freshness::Refresh,
            (_, true) => Freshness::Offline,
            _ => Freshness::Daily,
        };
        Ok(config)
    }
}

impl From<&OutputArg> for Output {
    fn from(arg: &OutputArg) -> Self {
        match arg {
            OutputArg::Layout(path) => Self::Layout(path.clone()),
            OutputArg::Archive(path) => Self::Archive(path.clone()),
        }
    }
}

/// The cache for a command that can do without: none where it cannot be used.
pub(crate) fn cache_if_any(named: Option<&PathBuf>, environment: &Environment) -> Option<Cache> {
    let directory = named.cloned().or_else(|| environment.cache_dir().ok())?;
    Cache::open(directory).ok()
}

/// The processor of this machine; on one that no image can be built for, the more common of the two.
pub(crate) fn host_architecture() -> Architecture {
    if cfg!(target_arch = "aarch64") { Architecture::Arm64 } else { Architecture::Amd64 }
}

fn epoch(text: Option<&str>) -> Result<u64> {
    text.map_or(Ok(0), |text| {
        text.parse().with_context(|| {
            format!("SOURCE_DATE_EPOCH is `{text}`: it must be a number of seconds since 1970")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    use clap::Parser as _;

    fn config(words: &[&str], environment: &Environment) -> Result<BuildConfig> {
        let cli = crate::args::Cli::try_parse_from([&["boxwright", "build"], words].concat())?;
        let crate::args::Command::Build(args) = cli.command else { unreachable!() };
        BuildConfig::from_args(&args, environment)
    }

    #[test]
    fn the_directory_names_the_image() {
        let directory = tempfile::tempdir().unwrap();
        let project = directory.path().join("My App");
        std::fs::create_dir(&project).unwrap();
        let environment =
            Environment { cache_home: Some("/caches".into()), ..Environment::default() };
        let project = project.to_str().unwrap();

        let found = config(&[project], &environment).unwrap();
        assert_eq!(found.name.to_string(), "my-app:latest");
        assert_eq!(found.cache_dir, Path::new("/caches/boxwright"));
        assert_eq!(found.epoch, 0);

        let found = config(&[project, "-t", "team/web:7", "--load", "-o", "oci:out"], &environment)
            .unwrap();
        assert_eq!(found.name.to_string(), "team/web:7");
        assert_eq!(found.outputs, [Output::Layout("out".into()), Output::Load]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let environment =
            Environment { cache_home: Some("/caches".into()), ..Environment::default() };
        let complaint = |words: &[&str], environment: &Environment| {
            format!("{:#}", config(words, environment).unwrap_err())
        };
        assert!(complaint(&["/nothing/here"], &environment).contains("does not exist"));
        assert!(complaint(&["-t", "No"], &environment).contains("cannot name an image"));
        assert!(complaint(&[], &Environment::default()).contains("--cache-dir"));
        let odd = Environment { source_date_epoch: Some("today".into()), ..environment.clone() };
        assert!(complaint(&[], &odd).contains("SOURCE_DATE_EPOCH"));
        assert!(config(&["--cache-dir", "here"], &Environment::default()).is_ok());
    }
}
