//! From text to items: BuildKit's way through a file, line by line.

mod arguments;
mod csv;
mod directives;
mod file;
mod flags;
mod heredoc;
mod json;
mod mount;
mod typed;
mod words;

pub(crate) use directives::syntax_directive;
pub(crate) use file::file;
