//! What the command line says about builds on a Docker Engine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context as _, Result, ensure};
use boxwright_engine::DockerBuilder;
use boxwright_plan::{Installer, Profile, Release};
use clap::{Args, ValueEnum};

use crate::commands::dockerfile::{InstallerArg, ReleaseArg};
use crate::config::Environment;

/// Which engine is used, and how: what every command has in common that runs containers.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Docker Engine")]
pub struct HostArgs {
    /// The engine's builder [default: BuildKit, where the engine has it].
    #[arg(long, value_enum, env = "BOXWRIGHT_BUILDER")]
    pub builder: Option<BuilderArg>,

    /// What the Dockerfile starts from: an image of a registry, or `composed`, from Debian
    /// packages [default: the official images, or composed where no registry can be reached].
    #[arg(long, value_name = "IMAGE|composed")]
    pub base: Option<BaseArg>,

    /// Certificates to trust while something is installed, as a PEM file; they are no part of the
    /// image [default: SSL_CERT_FILE].
    #[arg(long, value_name = "FILE")]
    pub ca_bundle: Option<PathBuf>,
}

/// How an image is built on a Docker Engine.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Docker Engine")]
pub struct DockerArgs {
    /// What every command has in common.
    #[command(flatten)]
    pub host: HostArgs,

    /// The way to containerise: simple, reload, script, static, production or multistage
    /// [default: multistage].
    #[arg(long)]
    pub profile: Option<Profile>,

    /// What installs the dependencies [default: pip].
    #[arg(long, value_enum)]
    pub installer: Option<InstallerArg>,

    /// What the released stage is based on [default: debian].
    #[arg(long, value_enum)]
    pub release: Option<ReleaseArg>,

    /// Build this stage instead of the last.
    #[arg(long, value_name = "STAGE")]
    pub target: Option<String>,

    /// Set an ARG of the Dockerfile. May be repeated.
    #[arg(long = "build-arg", value_name = "NAME=VALUE")]
    pub build_args: Vec<Pair>,

    /// Give BuildKit a secret: `id=NAME,src=FILE` or `id=NAME,env=VARIABLE`. May be repeated.
    #[arg(long = "secret", value_name = "id=NAME,src=FILE")]
    pub secrets: Vec<SecretArg>,

    /// Add a label. May be repeated.
    #[arg(long = "label", value_name = "NAME=VALUE")]
    pub labels: Vec<Pair>,

    /// Reuse layers of this image. May be repeated.
    #[arg(long, value_name = "IMAGE")]
    pub cache_from: Vec<String>,

    /// Put into the image what a later `--cache-from` needs: `type=inline`.
    #[arg(long, value_name = "type=inline")]
    pub cache_to: Option<CacheToArg>,

    /// Build everything anew.
    #[arg(long)]
    pub no_cache: bool,
}

/// `--builder`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BuilderArg {
    /// The first one, which every engine has.
    Classic,
    /// Stages in parallel, mounts, secrets.
    Buildkit,
}

impl From<BuilderArg> for DockerBuilder {
    fn from(builder: BuilderArg) -> Self {
        match builder {
            BuilderArg::Classic => Self::Classic,
            BuilderArg::Buildkit => Self::BuildKit,
        }
    }
}

/// `--base`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaseArg {
    /// Composed from Debian packages.
    Composed,
    /// An image by name.
    Image(String),
}

impl FromStr for BaseArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "" => Err("name an image, or `composed`".to_owned()),
            "composed" => Ok(Self::Composed),
            image => Ok(Self::Image(image.to_owned())),
        }
    }
}

/// `NAME=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair(pub String, pub String);

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok(Self(name.to_owned(), value.to_owned())),
            _ => Err("write `NAME=VALUE`".to_owned()),
        }
    }
}

/// `--secret`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretArg {
    id: String,
    source: SecretSource,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum SecretSource {
    File(PathBuf),
    Variable(String),
}

impl FromStr for SecretArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (mut id, mut source) = (None, None);
        for field in text.split(',') {
            match field.split_once('=') {
                Some(("id", name)) if !name.is_empty() => id = Some(name.to_owned()),
                Some(("src" | "source", path)) if !path.is_empty() => {
                    source = Some(SecretSource::File(path.into()));
                }
                Some(("env", name)) if !name.is_empty() => {
                    source = Some(SecretSource::Variable(name.to_owned()));
                }
                Some(("type", "file" | "env")) => {}
                _ => return Err(format!("`{field}` makes no sense: write `id=NAME,src=FILE`")),
            }
        }
        let id = id.ok_or("it has no name: write `id=NAME,src=FILE`")?;
        let source = source.ok_or("it has no source: write `id=NAME,src=FILE`")?;
        Ok(Self { id, source })
    }
}

impl SecretArg {
    fn read(&self) -> Result<Vec<u8>> {
        match &self.source {
            SecretSource::File(path) => read(path),
            SecretSource::Variable(name) => {
                let value = std::env::var_os(name);
                let value = value.with_context(|| {
                    format!("the secret `{}` is to come from {name}, which is not set", self.id)
                })?;
                Ok(value.into_encoded_bytes())
            }
        }
    }
}

/// `--cache-to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheToArg;

impl FromStr for CacheToArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "inline" | "type=inline" => Ok(Self),
            _ => Err("the builder inside of an engine has `type=inline` alone".to_owned()),
        }
    }
}

/// Everything that decides about one build on a Docker Engine, beside the project.
#[derive(Debug, Clone)]
pub struct DockerConfig {
    /// The way to containerise.
    pub profile: Profile,
    /// What installs the dependencies.
    pub installer: Installer,
    /// What the released stage is based on.
    pub release: Release,
    /// The engine's builder; `None` for the best it has.
    pub builder: Option<DockerBuilder>,
    /// What the Dockerfile starts from; `None` to find out.
    pub base: Option<BaseArg>,
    /// Certificates to trust while something is installed.
    pub ca_bundle: Option<Vec<u8>>,
    /// The stage to build; `None` for the last.
    pub target: Option<String>,
    /// Values of `ARG`s.
    pub build_args: BTreeMap<String, String>,
    /// Secrets, by ID.
    pub secrets: BTreeMap<String, Vec<u8>>,
    /// Labels beyond the plan's.
    pub labels: BTreeMap<String, String>,
    /// Images whose layers may be reused.
    pub cache_from: Vec<String>,
    /// Whether the image carries what a later `cache_from` needs.
    pub inline_cache: bool,
    /// Whether everything is built anew.
    pub no_cache: bool,
}

impl DockerConfig {
    /// What holds when nothing is said.
    pub fn new(environment: &Environment) -> Result<Self> {
        Self::from_args(&DockerArgs::default(), environment)
    }

    /// What the common arguments say, for this profile.
    pub fn from_host(host: &HostArgs, profile: Profile, environment: &Environment) -> Result<Self> {
        let args =
            DockerArgs { host: host.clone(), profile: Some(profile), ..DockerArgs::default() };
        Self::from_args(&args, environment)
    }

    /// What the arguments say, and what holds for the rest.
    pub fn from_args(args: &DockerArgs, environment: &Environment) -> Result<Self> {
        let HostArgs { builder, base, ca_bundle } = &args.host;
        let ca_bundle = ca_bundle.as_ref().or(environment.ca_bundle.as_ref());
        let ca_bundle = ca_bundle.map(|path| read(path)).transpose()?;
        if let Some(bundle) = &ca_bundle {
            let marker = b"-----BEGIN CERTIFICATE-----";
            let is_pem = bundle.windows(marker.len()).any(|window| window == marker);
            ensure!(is_pem, "the CA bundle holds no certificate: it must be a PEM file");
        }
        let mut secrets = BTreeMap::new();
        for secret in &args.secrets {
            secrets.insert(secret.id.clone(), secret.read()?);
        }
        let pairs = |pairs: &[Pair]| -> BTreeMap<String, String> {
            pairs.iter().map(|Pair(name, value)| (name.clone(), value.clone())).collect()
        };
        Ok(Self {
            profile: args.profile.unwrap_or(Profile::Multistage),
            installer: match args.installer {
                None | Some(InstallerArg::Pip) => Installer::Pip,
                Some(InstallerArg::Uv) => Installer::Uv,
            },
            release: match args.release {
                None | Some(ReleaseArg::Debian) => Release::Debian,
                Some(ReleaseArg::Alpine) => Release::Alpine,
            },
            builder: builder.map(DockerBuilder::from).or(environment.docker_builder),
            base: base.clone(),
            ca_bundle,
            target: args.target.clone(),
            build_args: pairs(&args.build_args),
            secrets,
            labels: pairs(&args.labels),
            cache_from: args.cache_from.clone(),
            inline_cache: args.cache_to.is_some(),
            no_cache: args.no_cache,
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_a_name_and_a_source() {
        let file = "id=netrc,src=/home/me/.netrc".parse::<SecretArg>().unwrap();
        assert_eq!(file.id, "netrc");
        assert_eq!(file.source, SecretSource::File("/home/me/.netrc".into()));
        let variable = "type=env,id=token,env=TOKEN".parse::<SecretArg>().unwrap();
        assert_eq!(variable.source, SecretSource::Variable("TOKEN".into()));
        for text in ["", "netrc", "id=netrc", "src=x", "id=,src=x", "id=a,src=b,mode=0400"] {
            assert!(text.parse::<SecretArg>().is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn certificates_must_be_certificates() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bundle.pem");
        let environment = Environment { ca_bundle: Some(path.clone()), ..Environment::default() };
        let complaint = || format!("{:#}", DockerConfig::new(&environment).unwrap_err());
        assert!(complaint().contains("bundle.pem"));
        std::fs::write(&path, "no").unwrap();
        assert!(complaint().contains("PEM"));
        std::fs::write(&path, "-----BEGIN CERTIFICATE-----\n").unwrap();
        assert!(DockerConfig::new(&environment).unwrap().ca_bundle.is_some());
    }
}
