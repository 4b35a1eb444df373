//! What Python sources say, read from their syntax trees and never run.

mod module;
mod modules;
mod source;
mod value;
mod walk;

pub use source::SourceError;

pub(crate) use module::{Form, Import, Module, ServeCall};
pub(crate) use modules::{Modules, Target, join};
pub(crate) use value::Text;
