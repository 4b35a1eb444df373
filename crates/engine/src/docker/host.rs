//! An engine that answers: the connection through bollard, and the small questions.

use bollard::Docker;
use bollard::query_parameters::{RemoveImageOptions, TagImageOptionsBuilder};
use boxwright_image::ArchiveError;

use super::endpoint::Endpoint;

/// Seconds for an answer: an engine on a slow disk takes its time over a large layer.
const TIMEOUT: u64 = 600;

/// Why the engine could not do it.
#[derive(Debug, thiserror::Error)]
pub enum DockerError {
    /// It does not answer.
    #[error("the Docker Engine at {endpoint} does not answer")]
    Unreachable {
        /// Where it should be.
        endpoint: String,
        /// What went wrong.
        source: bollard::errors::Error,
    },
    /// The address is of a kind that is not understood.
    #[error("the Docker Engine at {endpoint} cannot be reached this way: use unix:// or tcp://")]
    UnknownScheme {
        /// The address.
        endpoint: String,
    },
    /// It refuses the image.
    #[error("the Docker Engine refuses the image")]
    Refused(#[source] bollard::errors::Error),
    /// The archive could not be made.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// It refuses something else.
    #[error("the Docker Engine cannot {operation} `{name}`")]
    Request {
        /// What was asked for.
        operation: &'static str,
        /// Of which image or container.
        name: String,
        /// What it said.
        source: bollard::errors::Error,
    },
}

/// An engine that has answered.
#[derive(Debug, Clone)]
pub struct DockerHost {
    pub(super) docker: Docker,
    pub(super) endpoint: Endpoint,
    pub(super) version: EngineVersion,
}

/// What an engine says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EngineVersion {
    /// The newest API it speaks: 1.41 for Engine 20.10.
    pub(super) api: (u64, u64),
    /// Whether it is podman, which speaks Docker's API but has no BuildKit.
    pub(super) is_podman: bool,
}

impl EngineVersion {
    fn of(version: &bollard::models::SystemVersion) -> Self {
        let api = version.api_version.as_deref().unwrap_or_default();
        let number = |text: &str| text.parse().unwrap_or_default();
        let (major, minor) = api.split_once('.').unwrap_or((api, ""));
        let components = version.components.as_deref().unwrap_or_default();
        let is_podman = components.iter().any(|component| component.name.contains("Podman"));
        Self { api: (number(major), number(minor)), is_podman }
    }
}

impl DockerHost {
    /// Connects, and agrees on an API version: 1.41 (Engine 20.10) or newer.
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, DockerError> {
        let unreachable =
            |source| DockerError::Unreachable { endpoint: endpoint.to_string(), source };
        let version = bollard::API_DEFAULT_VERSION;
        let docker = match (endpoint.host.split_once("://"), &endpoint.tls) {
            (Some(("unix", path)), _) => Docker::connect_with_unix(path, TIMEOUT, version),
            (Some(("tcp" | "http" | "https", _)), Some(tls)) => {
                // Somebody else may have installed a provider before; either will do.
                let _ = rustls::crypto::ring::default_provider().install_default();
                let (key, cert, ca) = (&tls.key, &tls.cert, &tls.ca);
                Docker::connect_with_ssl(&endpoint.host, key, cert, ca, TIMEOUT, version)
            }
            (Some(("tcp" | "http", _)), None) => {
                Docker::connect_with_http(&endpoint.host, TIMEOUT, version)
            }
            _ => return Err(DockerError::UnknownScheme { endpoint: endpoint.to_string() }),
        };
        let docker = docker.map_err(unreachable)?.negotiate_version().await.map_err(unreachable)?;
        let version = EngineVersion::of(&docker.version().await.map_err(unreachable)?);
        Ok(Self { docker, endpoint: endpoint.clone(), version })
    }

    /// The API version that both sides speak: `v1.41`, as it begins a path.
    pub(super) fn api(&self) -> String {
        let version = self.docker.client_version();
        format!("v{}.{}", version.major_version, version.minor_version)
    }

    /// The ID of a local image; `None` where there is none of that name.
    pub async fn image_id(&self, name: &str) -> Result<Option<String>, DockerError> {
        match self.docker.inspect_image(name).await {
            Ok(image) => Ok(image.id),
            Err(bollard::errors::Error::DockerResponseServerError { status_code: 404, .. }) => {
                Ok(None)
            }
            Err(source) => Err(request("inspect the image", name, source)),
        }
    }

    /// Whether the engine's way to a registry that has this image is open.
    pub(super) async fn can_pull(&self, name: &str) -> Result<(), bollard::errors::Error> {
        self.docker.inspect_registry_image(name, None).await.map(drop)
    }

    /// Gives an image another name.
    pub async fn tag(&self, image: &str, name: &str) -> Result<(), DockerError> {
        let (repository, tag) = name.rsplit_once(':').unwrap_or((name, "latest"));
        let options = TagImageOptionsBuilder::new().repo(repository).tag(tag).build();
        let tagged = self.docker.tag_image(image, Some(options)).await;
        tagged.map_err(|source| request("tag the image", image, source))
    }

    /// Removes an image's name, and the image with its last one.
    pub async fn remove_image(&self, name: &str) -> Result<(), DockerError> {
        let removed = self.docker.remove_image(name, None::<RemoveImageOptions>, None).await;
        removed.map(drop).map_err(|source| request("remove the image", name, source))
    }
}

/// An error about one image or container.
pub(super) fn request(
    operation: &'static str,
    name: &str,
    source: bollard::errors::Error,
) -> DockerError {
    DockerError::Request { operation, name: name.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_is_known_by_its_version() {
        let docker =
            r#"{"ApiVersion":"1.41","Components":[{"Name":"Engine","Version":"20.10.24"}]}"#;
        let podman =
            r#"{"ApiVersion":"1.41","Components":[{"Name":"Podman Engine","Version":"5.2"}]}"#;
        for (text, is_podman) in [(docker, false), (podman, true)] {
            let version = EngineVersion::of(&serde_json::from_str(text).unwrap());
            assert_eq!(version, EngineVersion { api: (1, 41), is_podman });
        }
    }
}
