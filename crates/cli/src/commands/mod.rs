//! The subcommands, a module each: arguments in, a result printed.

pub(crate) mod build;
