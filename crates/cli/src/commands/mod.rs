//! The subcommands, a module each: arguments in, a result printed.

pub(crate) mod build;
pub(crate) mod dev;
pub(crate) mod run;
