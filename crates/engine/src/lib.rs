//! Carries a plan out.

mod cache;
mod docker;
mod event;
mod fetch;

pub use cache::{Cache, CacheError, ContentWriter, FinishedContent};
pub use docker::{DockerEnvironment, DockerError, DockerHost, Endpoint, EndpointError};
pub use event::{Event, Events, Outcome, Silent, Step};
pub use fetch::{Download, FetchError, Fetcher};
