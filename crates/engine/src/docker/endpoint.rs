//! Where the Docker Engine answers, found the way the `docker` command finds it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use boxwright_digest::Digest;
use serde::Deserialize;

/// What the user's environment says about Docker. The command line reads it; nothing here does.
#[derive(Debug, Clone, Default)]
pub struct DockerEnvironment {
    /// `DOCKER_HOST`.
    pub host: Option<String>,
    /// `DOCKER_CONTEXT`.
    pub context: Option<String>,
    /// `DOCKER_CONFIG`, or `.docker` in the home directory.
    pub config_dir: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`, where rootless engines listen.
    pub runtime_dir: Option<PathBuf>,
    /// The home directory, where Docker Desktop listens.
    pub home: Option<PathBuf>,
    /// Whether `DOCKER_TLS_VERIFY` is set to anything.
    pub tls_verify: bool,
    /// `DOCKER_CERT_PATH`; without it, certificates are in the configuration directory.
    pub cert_path: Option<PathBuf>,
}

/// Where an engine answers, and what said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `unix:///var/run/docker.sock`, `tcp://…`.
    pub host: String,
    /// `DOCKER_HOST`, a context's name, or that it is a usual place.
    pub origin: String,
    /// The certificates to talk TLS with; `None` for a plain connection.
    pub tls: Option<TlsFiles>,
}

/// The certificates for one engine, each a PEM file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Whom to trust.
    pub ca: PathBuf,
    /// Who we are.
    pub cert: PathBuf,
    /// The key that proves it.
    pub key: PathBuf,
}

impl TlsFiles {
    /// The files of a directory, under the names that the `docker` command gives them.
    fn of(directory: &Path) -> Result<Self, EndpointError> {
        let file = |name| {
            let path = directory.join(name);
            if path.is_file() { Ok(path) } else { Err(EndpointError::NoCertificate { path }) }
        };
        Ok(Self { ca: file("ca.pem")?, cert: file("cert.pem")?, key: file("key.pem")? })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (from {})", self.host, self.origin)
    }
}

/// Why no endpoint is known.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// Nothing names one, and none of the usual sockets is there.
    #[error(
        "no Docker Engine found: neither DOCKER_HOST nor a docker context names one, and there is no socket at {}; \
         start one, or build without `--load`",
        .tried.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    None {
        /// The sockets looked for.
        tried: Vec<PathBuf>,
    },
    /// The chosen context does not exist.
    #[error("the docker context `{name}` is not known: `{}` is missing; choose one with `docker context use`", path.display())]
    UnknownContext {
        /// The context.
        name: String,
        /// Where it should be described.
        path: PathBuf,
    },
    /// A file that TLS needs is missing.
    #[error(
        "TLS to the Docker Engine needs `{}`, which is not there: set DOCKER_CERT_PATH to the folder with ca.pem, cert.pem and key.pem",
        path.display()
    )]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The context asks for TLS without checking whom it talks to.
    #[error(
        "the docker context `{name}` skips the verification of TLS, so that anybody could stand in for the engine: \
         create it anew without `skip-tls-verify`"
    )]
    Unverified {
        /// The context.
        name: String,
    },
    /// A file of the docker command cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
}

/// The part of `config.json` that names the context in use.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    #[serde(default)]
    current_context: Option<String>,
}

/// The part of a context's `meta.json` that says where its engine is.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Context {
    endpoints: Endpoints,
}

#[derive(Deserialize)]
struct Endpoints {
    docker: ContextEndpoint,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContextEndpoint {
    host: String,
    #[serde(default, rename = "SkipTLSVerify")]
    skip_tls_verify: bool,
}

impl Endpoint {
    /// `DOCKER_HOST`, then `DOCKER_CONTEXT`, then the current context, then the usual sockets: the
    /// system's, a rootless engine's, Docker Desktop's, podman's.
    pub fn find(environment: &DockerEnvironment) -> Result<Self, EndpointError> {
        let DockerEnvironment {
            host,
            context,
            config_dir,
            runtime_dir,
            home,
            tls_verify,
            cert_path,
        } = environment;
        if let Some(host) = host.as_deref().filter(|host| !host.is_empty()) {
            let certificates = cert_path.as_ref().or(config_dir.as_ref());
            let tls = match certificates.filter(|_| *tls_verify && host.starts_with("tcp://")) {
                Some(directory) => Some(TlsFiles::of(directory)?),
                None => None,
            };
            return Ok(Self { host: host.to_owned(), origin: "DOCKER_HOST".to_owned(), tls });
        }
        let chosen = match (context, config_dir) {
            (Some(name), _) if !name.is_empty() => Some(name.clone()),
            (_, Some(directory)) => current_context(directory)?,
            _ => None,
        };
        // The context `default` stands for the usual place.
        if let (Some(name), Some(directory)) = (chosen.filter(|name| name != "default"), config_dir)
        {
            return from_context(&name, directory);
        }
        let mut sockets = vec![PathBuf::from("/var/run/docker.sock")];
        sockets.extend(runtime_dir.iter().map(|directory| directory.join("docker.sock")));
        sockets.extend(home.iter().map(|directory| directory.join(".docker/run/docker.sock")));
        sockets.extend(runtime_dir.iter().map(|directory| directory.join("podman/podman.sock")));
        match sockets.iter().find(|path| path.exists()) {
            Some(path) => Ok(Self {
                host: format!("unix://{}", path.display()),
                origin: "its usual place".to_owned(),
                tls: None,
            }),
            None => Err(EndpointError::None { tried: sockets }),
        }
    }
}

fn current_context(directory: &Path) -> Result<Option<String>, EndpointError> {
    let path = directory.join("config.json");
    match std::fs::read(&path) {
        Ok(bytes) => {
            let config: Config = parse(&path, &bytes)?;
            Ok(config.current_context.filter(|name| !name.is_empty()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(EndpointError::Read { path, source }),
    }
}

/// Contexts are filed under the SHA-256 of their name.
fn from_context(name: &str, directory: &Path) -> Result<Endpoint, EndpointError> {
    let id = Digest::of(name).hex();
    let path = directory.join("contexts/meta").join(&id).join("meta.json");
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(EndpointError::UnknownContext { name: name.to_owned(), path });
        }
        Err(source) => return Err(EndpointError::Read { path, source }),
    };
    let context: Context = parse(&path, &bytes)?;
    let ContextEndpoint { host, skip_tls_verify } = context.endpoints.docker;
    if skip_tls_verify {
        return Err(EndpointError::Unverified { name: name.to_owned() });
    }
    // A context has certificates where it was created with some.
    let certificates = directory.join("contexts/tls").join(&id).join("docker");
    let tls = if certificates.is_dir() { Some(TlsFiles::of(&certificates)?) } else { None };
    Ok(Endpoint { host, origin: format!("the docker context `{name}`"), tls })
}

fn parse<T: serde::de::DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, EndpointError> {
    serde_json::from_slice(bytes)
        .map_err(|error| EndpointError::Read { path: path.to_owned(), source: error.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(directory: &Path) -> DockerEnvironment {
        DockerEnvironment { config_dir: Some(directory.to_owned()), ..DockerEnvironment::default() }
    }

    fn add_context(directory: &Path, name: &str, host: &str) {
        let folder = directory.join("contexts/meta").join(Digest::of(name).hex());
        std::fs::create_dir_all(&folder).unwrap();
        let meta = format!(
            r#"{{"Name":"{name}","Metadata":{{}},"Endpoints":{{"docker":{{"Host":"{host}"}}}}}}"#
        );
        std::fs::write(folder.join("meta.json"), meta).unwrap();
    }

    #[test]
    fn the_environment_wins_over_contexts() {
        let directory = tempfile::tempdir().unwrap();
        add_context(directory.path(), "remote", "tcp://10.0.0.1:2375");
        std::fs::write(
            directory.path().join("config.json"),
            r#"{"auths":{},"currentContext":"remote"}"#,
        )
        .unwrap();
        let mut environment = environment(directory.path());
        assert_eq!(Endpoint::find(&environment).unwrap().host, "tcp://10.0.0.1:2375");

        add_context(directory.path(), "other", "unix:///other.sock");
        environment.context = Some("other".into());
        assert_eq!(Endpoint::find(&environment).unwrap().host, "unix:///other.sock");

        environment.host = Some("unix:///mine.sock".into());
        assert_eq!(
            Endpoint::find(&environment).unwrap().to_string(),
            "unix:///mine.sock (from DOCKER_HOST)"
        );
    }

    #[test]
    fn a_rootless_socket_is_found() {
        let directory = tempfile::tempdir().unwrap();
        if Path::new("/var/run/docker.sock").exists() {
            // The system's engine comes first: that is what the order promises.
            let found = Endpoint::find(&environment(directory.path())).unwrap();
            assert_eq!(found.host, "unix:///var/run/docker.sock");
            return;
        }
        let environment = DockerEnvironment {
            runtime_dir: Some(directory.path().to_owned()),
            ..environment(directory.path())
        };
        let error = Endpoint::find(&environment).unwrap_err().to_string();
        assert!(error.contains("podman/podman.sock"), "{error}");
        std::fs::write(directory.path().join("docker.sock"), "").unwrap();
        assert!(Endpoint::find(&environment).unwrap().host.ends_with("/docker.sock"));
    }

    #[test]
    fn certificates_are_found_where_docker_keeps_them() {
        let directory = tempfile::tempdir().unwrap();
        add_context(directory.path(), "secure", "tcp://10.0.0.1:2376");
        let folder =
            directory.path().join("contexts/tls").join(Digest::of("secure").hex()).join("docker");
        std::fs::create_dir_all(&folder).unwrap();
        let mut environment = environment(directory.path());
        environment.context = Some("secure".into());
        let error = Endpoint::find(&environment).unwrap_err().to_string();
        assert!(error.contains("ca.pem"), "{error}");
        for name in ["ca.pem", "cert.pem", "key.pem"] {
            std::fs::write(folder.join(name), "").unwrap();
        }
        let found = Endpoint::find(&environment).unwrap();
        assert_eq!(found.tls.unwrap().key, folder.join("key.pem"));

        environment.host = Some("tcp://10.0.0.2:2376".into());
        assert_eq!(Endpoint::find(&environment).unwrap().tls, None);
        environment.tls_verify = true;
        environment.cert_path = Some(folder.clone());
        assert_eq!(Endpoint::find(&environment).unwrap().tls.unwrap().ca, folder.join("ca.pem"));
        environment.host = Some("unix:///mine.sock".into());
        assert_eq!(Endpoint::find(&environment).unwrap().tls, None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let environment =
            DockerEnvironment { context: Some("gone".into()), ..environment(directory.path()) };
        let error = Endpoint::find(&environment).unwrap_err();
        assert!(
            matches!(&error, EndpointError::UnknownContext { name, .. } if name == "gone"),
            "{error}"
        );

        std::fs::write(directory.path().join("config.json"), "{").unwrap();
        let environment = DockerEnvironment { context: None, ..environment };
        assert!(matches!(Endpoint::find(&environment), Err(EndpointError::Read { .. })));
    }
}
