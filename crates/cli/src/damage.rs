//! A damaged blob in the store: found when it leaves the store, and made anew.

use boxwright_digest::Digest;
use boxwright_engine::DockerError;
use boxwright_image::{ArchiveError, LayoutError};

/// The blob that an error says is damaged.
///
/// Layers are known by their size until somebody reads them, since reading them all would cost more
/// than the rest of a build that has nothing to do.
pub(crate) fn damaged_blob(error: &anyhow::Error) -> Option<Digest> {
    let in_archive = |error: &ArchiveError| match error {
        ArchiveError::Corrupt { digest, .. } => Some(*digest),
        _ => None,
    };
    error.chain().find_map(|cause| {
        if let Some(LayoutError::Corrupt { digest, .. }) = cause.downcast_ref() {
            return Some(*digest);
        }
        if let Some(DockerError::Archive(error)) = cause.downcast_ref() {
            return in_archive(error);
        }
        cause.downcast_ref().and_then(in_archive)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_blob_is_known_however_it_was_found() {
        let (digest, found) = (Digest::of("a"), Digest::of("b"));
        let layout = LayoutError::Corrupt { digest, found, path: "blobs".into() };
        let archive = || ArchiveError::Corrupt { digest, found };
        let errors = [
            anyhow::Error::new(layout),
            anyhow::Error::new(archive()).context("while writing"),
            anyhow::Error::new(DockerError::Archive(archive())),
        ];
        for error in errors {
            assert_eq!(damaged_blob(&error), Some(digest), "{error:?}");
        }
        assert_eq!(damaged_blob(&anyhow::anyhow!("else")), None);
    }
}
