//! Dockerfiles out of typed instructions.

mod builder;
mod dialect;
mod render;

pub use builder::{BuildError, Builder};
pub use dialect::{Dialect, Feature};
pub(crate) use render::{exec_form, quoted_pair};
