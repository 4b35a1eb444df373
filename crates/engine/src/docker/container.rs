//! Containers: started, listened to, stopped and removed.

use std::collections::HashMap;
use std::path::PathBuf;
use std::pin::Pin;

use bollard::Docker;
use bollard::container::LogOutput;
use bollard::models::{ContainerCreateBody, HostConfig, PortBinding};
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder,
    ResizeContainerTTYOptionsBuilder, StartContainerOptions, StopContainerOptionsBuilder,
    WaitContainerOptions,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::io::AsyncWrite;

use super::host::{DockerError, DockerHost, request};

/// A directory of this machine, seen in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Where it is here.
    pub source: PathBuf,
    /// Where it is there.
    pub target: String,
    /// Whether the container may only read it.
    pub read_only: bool,
}

/// A container to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContainerSpec {
    /// Of this image.
    pub image: String,
    /// Under this name, which a container left behind must give up.
    pub name: Option<String>,
    /// The arguments of its entrypoint, or its command.
    pub arguments: Option<Vec<String>>,
    /// What it sees of this machine.
    pub mounts: Vec<Mount>,
    /// Ports that it listens on, published under the same number on the loopback interface.
    pub ports: Vec<u16>,
    /// User and group by number, where not the image's.
    pub user: Option<String>,
    /// Whether it has standard input.
    pub stdin: bool,
    /// Whether its standard streams are a terminal.
    pub terminal: bool,
}

/// What a container prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// On standard output, or on its terminal.
    Out(Bytes),
    /// On standard error.
    Err(Bytes),
}

/// What a container prints, until it ends.
pub type ContainerStream = Pin<Box<dyn Stream<Item = Output> + Send>>;

/// A container's standard streams.
pub struct Attached {
    /// What it prints, until it ends.
    pub output: ContainerStream,
    /// What it reads; shut down, it sees the end.
    pub input: Pin<Box<dyn AsyncWrite + Send>>,
}

/// A container that exists until it is removed.
#[derive(Debug, Clone)]
pub struct DockerContainer {
    docker: Docker,
    id: String,
}

impl DockerHost {
    /// Makes a container, in the place of one of the same name.
    pub async fn create(&self, spec: &ContainerSpec) -> Result<DockerContainer, DockerError> {
        if let Some(name) = &spec.name {
            self.remove(name, 0).await?;
        }
        let options = spec
            .name
            .as_deref()
            .map(|name| CreateContainerOptionsBuilder::new().name(name).build());
        let created = self.docker.create_container(options, body(spec)).await;
        let created =
            created.map_err(|source| request("make a container of", &spec.image, source))?;
        Ok(DockerContainer { docker: self.docker.clone(), id: created.id })
    }

    /// Asks the container of this name to stop, if there is one, gives it some seconds, and
    /// removes it.
    pub async fn remove(&self, name: &str, seconds: i32) -> Result<(), DockerError> {
        let options = StopContainerOptionsBuilder::new().t(seconds).build();
        // One that has ended already is removed all the same.
        let _ = self.docker.stop_container(name, Some(options)).await;
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        match self.docker.remove_container(name, Some(options)).await {
            Ok(())
            | Err(bollard::errors::Error::DockerResponseServerError { status_code: 404, .. }) => {
                Ok(())
            }
            Err(source) => Err(request("remove the container", name, source)),
        }
    }
}

fn body(spec: &ContainerSpec) -> ContainerCreateBody {
    let ContainerSpec { image, name: _, arguments, mounts, ports, user, stdin, terminal } = spec;
    let mounts = mounts.iter().map(|mount| bollard::models::Mount {
        source: Some(mount.source.display().to_string()),
        target: Some(mount.target.clone()),
        read_only: Some(mount.read_only),
        typ: Some(bollard::models::MountType::BIND),
        ..bollard::models::Mount::default()
    });
    let binding = |port: &u16| {
        let here = PortBinding {
            host_ip: Some("127.0.0.1".to_owned()),
            host_port: Some(port.to_string()),
        };
        (format!("{port}/tcp"), Some(vec![here]))
    };
    ContainerCreateBody {
        image: Some(image.clone()),
        cmd: arguments.clone(),
        user: user.clone(),
        tty: Some(*terminal),
        open_stdin: Some(*stdin),
        stdin_once: Some(*stdin),
        attach_stdin: Some(*stdin),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        exposed_ports: Some(ports.iter().map(|port| format!("{port}/tcp")).collect()),
        labels: Some(HashMap::from([("dev.boxwright".to_owned(), "temporary".to_owned())])),
        host_config: Some(HostConfig {
            mounts: Some(mounts.collect()),
            port_bindings: Some(ports.iter().map(binding).collect()),
            // A first process that does not reap its children is no reason for zombies.
            init: Some(true),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    }
}

impl DockerContainer {
    /// Its ID.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Connects to its standard streams. Before the start, nothing is missed.
    pub async fn attach(&self, stdin: bool) -> Result<Attached, DockerError> {
        let options = AttachContainerOptionsBuilder::new()
            .stream(true)
            .stdin(stdin)
            .stdout(true)
            .stderr(true)
            .build();
        let attached = self.docker.attach_container(&self.id, Some(options)).await;
        let attached = attached.map_err(|source| request("attach to", &self.id, source))?;
        let output = attached.output.filter_map(|piece| async {
            match piece.ok()? {
                LogOutput::StdErr { message } => Some(Output::Err(message)),
                piece => Some(Output::Out(piece.into_bytes())),
            }
        });
        Ok(Attached { output: Box::pin(output), input: attached.input })
    }

    /// Starts it.
    pub async fn start(&self) -> Result<(), DockerError> {
        let started = self.docker.start_container(&self.id, None::<StartContainerOptions>).await;
        started.map_err(|source| request("start the container", &self.id, source))
    }

    /// Waits for its end and gives its exit code.
    pub async fn wait(&self) -> Result<i64, DockerError> {
        let mut waiting = self.docker.wait_container(&self.id, None::<WaitContainerOptions>);
        match waiting.next().await {
            Some(Ok(answer)) => Ok(answer.status_code),
            Some(Err(bollard::errors::Error::DockerContainerWaitError { code, .. })) => Ok(code),
            Some(Err(source)) => Err(request("wait for the container", &self.id, source)),
            None => Ok(0),
        }
    }

    /// Says how large its terminal is.
    pub async fn resize(&self, columns: u16, rows: u16) -> Result<(), DockerError> {
        let options =
            ResizeContainerTTYOptionsBuilder::new().w(columns.into()).h(rows.into()).build();
        let resized = self.docker.resize_container_tty(&self.id, options).await;
        resized.map_err(|source| request("resize the terminal of", &self.id, source))
    }
}
