//! A Docker Engine, or one that speaks like it: where it answers, and loading images into it.

mod endpoint;
mod load;

pub use endpoint::{DockerEnvironment, Endpoint, EndpointError};
pub use load::{DockerError, DockerHost};
