//! Python dependency files as canonical requirements and a dependency key.

mod target;

pub use target::{Architecture, Libc, PythonVersion, Target, UnknownPlatform};
