//! A Docker Engine, or one that speaks like it: where it answers, loading images into it, building
//! and running there.

mod bases;
mod build;
mod buildkit;
mod classic;
mod container;
mod context;
mod endpoint;
mod host;
mod load;
mod log;
mod pieces;

pub use bases::{BaseChoice, BasesError, ChosenBases};
pub use build::{DockerBuild, DockerBuildError, DockerBuilder, DockerEngine, DockerImage};
pub use buildkit::SessionError;
pub use container::{
    Attached, ContainerSpec, ContainerStream, DockerContainer, Mount, Output as ContainerOutput,
};
pub use context::{ContextError, DockerContext};
pub use endpoint::{DockerEnvironment, Endpoint, EndpointError, TlsFiles};
pub use host::{DockerError, DockerHost};
