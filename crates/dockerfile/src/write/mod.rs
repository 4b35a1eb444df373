//! Dockerfiles out of typed instructions.

mod builder;
mod dialect;
mod quote;
mod render;

pub use builder::{BuildError, Builder};
pub use dialect::{Dialect, Feature};
pub(crate) use quote::quoted_pair;
pub(crate) use render::exec_form;
