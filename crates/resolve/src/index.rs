//! Where the resolver's facts come from.

use std::sync::Arc;

use boxwright_requirements::PackageName;

use crate::metadata::{Metadata, MetadataError};
use crate::page::{PageError, ProjectPage, RemoteFile};

/// A package index, as the resolver sees it.
///
/// Calls block until the answer is there: the search needs each answer before it can go on.
/// What could be needed soon is said beforehand, in the `prefetch` methods, so that an index with
/// a network behind it can fetch in parallel and have the answer when the question comes. An
/// implementation remembers what it has fetched: one thing may be asked for twice.
pub trait Index {
    /// The page of a project.
    fn project(&self, name: &PackageName) -> Result<Arc<ProjectPage>, IndexError>;

    /// The metadata of a wheel.
    fn metadata(&self, file: &RemoteFile) -> Result<Arc<Metadata>, IndexError>;

    /// These projects will be asked for next.
    fn prefetch_projects(&self, names: &[PackageName]) {
        let _ = names;
    }

    /// This wheel's metadata will most likely be asked for.
    fn prefetch_metadata(&self, file: &RemoteFile) {
        let _ = file;
    }
}

/// Why an index has no answer.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// There is no such project. The search goes on without it. As the answer to a question for
    /// metadata it ends the search: what an index lists, it must have.
    #[error("the index has no such project")]
    NotFound,
    /// The metadata of a wheel cannot be used. The search goes on without the wheel.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// The page of a project cannot be used. The search ends.
    #[error(transparent)]
    Page(#[from] PageError),
    /// Nothing is known, since something else went wrong. The search ends.
    #[error("{what} could not be fetched: {source}")]
    Failed {
        /// What was asked for, such as its URL.
        what: String,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
