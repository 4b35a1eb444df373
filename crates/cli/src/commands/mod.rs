//! The subcommands, a module each: arguments in, a result printed.

pub(crate) mod build;
pub(crate) mod compose;
pub(crate) mod context;
pub(crate) mod dev;
pub(crate) mod dockerfile;
pub(crate) mod fmt;
pub(crate) mod init;
pub(crate) mod key;
pub(crate) mod lint;
pub(crate) mod plan;
pub(crate) mod run;
