//! Loading an image into an engine, without a file in between.

use std::io;

use bollard::query_parameters::ImportImageOptionsBuilder;
use boxwright_image::{ArchiveError, Image, Layout, write_archive};
use futures_util::StreamExt as _;

use super::host::{DockerError, DockerHost};
use super::pieces::pieces;

impl DockerHost {
    /// Loads an image under this name; its layers come from `blobs`.
    ///
    /// The archive is written by a thread of its own while the engine reads it.
    pub async fn load(&self, image: &Image, name: &str, blobs: &Layout) -> Result<(), DockerError> {
        let (body, archive) = {
            let (image, name, blobs) = (image.clone(), name.to_owned(), blobs.clone());
            pieces(move |out| write_archive(&image, &name, &blobs, out).map(drop))
        };
        let options = ImportImageOptionsBuilder::new().quiet(true).build();
        let body = body.map(Ok::<_, io::Error>);
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
