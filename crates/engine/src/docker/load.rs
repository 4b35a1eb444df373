//! Loading an image into an engine, without a file in between.

use std::io::{self, Write};

use bollard::Docker;
use bollard::query_parameters::ImportImageOptionsBuilder;
use boxwright_image::{ArchiveError, Image, Layout, write_archive};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::sync::mpsc;

use super::endpoint::Endpoint;

/// How much of the archive is under way at a time: 16 pieces of 256 KiB.
const PIECE: usize = 256 << 10;
const PIECES: usize = 16;
/// Seconds for an answer: an engine on a slow disk takes its time over a large layer.
const TIMEOUT: u64 = 600;

/// Why the engine could not do it.
#[derive(Debug, thiserror::Error)]
pub enum DockerError {
    /// It does not answer.
    #[error("the Docker Engine at {endpoint} does not answer")]
    Unreachable {
        /// Where it should be.
        endpoint: Endpoint,
        /// What went wrong.
        source: bollard::errors::Error,
    },
    /// The address is of a kind that is not understood.
    #[error("the Docker Engine at {endpoint} cannot be reached this way: use unix:// or tcp://")]
    UnknownScheme {
        /// The address.
        endpoint: Endpoint,
    },
    /// It refuses the image.
    #[error("the Docker Engine refuses the image")]
    Refused(#[source] bollard::errors::Error),
    /// The archive could not be made.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

/// An engine that has answered.
#[derive(Debug, Clone)]
pub struct DockerHost {
    docker: Docker,
}

impl DockerHost {
    /// Connects, and agrees on an API version: 1.41 (Engine 20.10) or newer.
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, DockerError> {
        let unreachable = |source| DockerError::Unreachable { endpoint: endpoint.clone(), source };
        let version = bollard::API_DEFAULT_VERSION;
        let docker = match endpoint.host.split_once("://") {
            Some(("unix", path)) => Docker::connect_with_unix(path, TIMEOUT, version),
            Some(("tcp" | "http", _)) => {
                Docker::connect_with_http(&endpoint.host, TIMEOUT, version)
            }
            _ => return Err(DockerError::UnknownScheme { endpoint: endpoint.clone() }),
        };
        let docker = docker.map_err(unreachable)?.negotiate_version().await.map_err(unreachable)?;
        Ok(Self { docker })
    }

    /// Loads an image under this name; its layers come from `blobs`.
    ///
    /// The archive is written by a thread of its own while the engine reads it.
    pub async fn load(&self, image: &Image, name: &str, blobs: &Layout) -> Result<(), DockerError> {
        let (sender, receiver) = mpsc::channel(PIECES);
        let archive = {
            let (image, name, blobs) = (image.clone(), name.to_owned(), blobs.clone());
            tokio::task::spawn_blocking(move || {
                write_archive(
                    &image,
                    &name,
                    &blobs,
                    Pieces { sender, piece: Vec::with_capacity(PIECE) },
                )
                .map(drop)
            })
        };
        let body = stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|piece| (Ok::<_, io::Error>(piece), receiver))
        });
        let options = ImportImageOptionsBuilder::new().quiet(true).build();
        let mut answers = self.docker.import_image_stream(options, body, None);
        let mut refusal = None;
        while let Some(answer) = answers.next().await {
            refusal = refusal.or(answer.err());
        }
        // An archive that broke off is the reason for a refusal, not the other way round; unless
        // it broke off because the engine hung up.
        match archive.await {
            Ok(Err(error @ (ArchiveError::Corrupt { .. } | ArchiveError::Blob { .. }))) => {
                Err(error.into())
            }
            _ if refusal.is_some() => {
                refusal.map_or(Ok(()), |error| Err(DockerError::Refused(error)))
            }
            Ok(Err(error)) => Err(error.into()),
            Ok(Ok(())) | Err(_) => Ok(()),
        }
    }
}

/// Sends what is written, in pieces, to an asynchronous reader.
#[derive(Debug)]
struct Pieces {
    sender: mpsc::Sender<Bytes>,
    piece: Vec<u8>,
}

impl Pieces {
    fn send(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.sender.blocking_send(piece.into()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for Pieces {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(buf);
        if self.piece.len() >= PIECE {
            self.send()?;
        }
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()
    }
}
