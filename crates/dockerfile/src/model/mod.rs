//! What instructions say, without where they say it.
//!
//! These types are what a Dockerfile's text means after BuildKit's own
//! parsing: the parser gives them, two texts that mean the same compare equal,
//! and the [`Builder`](crate::Builder) writes them.

mod canonical;
mod command;
mod copy;
mod healthcheck;
mod mount;
mod run;

pub use command::{Argument, Command, FromImage, Keyword, Pair};
pub use copy::{AddFiles, CopyFiles, CopySource};
pub use healthcheck::{Healthcheck, Probe, parse_duration};
pub use mount::{Mount, MountError, MountKind, Sharing};
pub use run::{CommandLine, Heredoc, Network, Run, Security, ShellText};
