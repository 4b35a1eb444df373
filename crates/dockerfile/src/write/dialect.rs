//! What each builder can read.

use std::fmt;

use crate::model::{AddFiles, Command, CopyFiles, CopySource, Healthcheck, Run};

/// The builder a Dockerfile is for. Observed on the real ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dialect {
    /// The classic builder, as in Engine 20.10 without BuildKit.
    Classic,
    /// BuildKit as shipped with Engine 20.10, without a `# syntax=` frontend.
    BuildKit20,
    /// A current BuildKit, or an older one with `# syntax=docker/dockerfile:1`.
    #[default]
    BuildKit,
}

impl Dialect {
    /// Whether this builder reads `feature`.
    pub const fn has(self, feature: Feature) -> bool {
        match self {
            Self::Classic => false,
            Self::BuildKit20 => matches!(feature, Feature::RunFlags | Feature::Chmod),
            Self::BuildKit => true,
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Classic => "the classic builder",
            Self::BuildKit20 => "the BuildKit of Engine 20.10",
            Self::BuildKit => "BuildKit",
        })
    }
}

/// What not every builder reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// `RUN --mount`, `--network` and `--security`.
    RunFlags,
    /// `COPY --chmod` and `ADD --chmod`.
    Chmod,
    /// `COPY --link`, `--exclude` and `--parents`, and those of `ADD`.
    CopyFlags,
    /// Inline documents.
    Heredoc,
    /// `HEALTHCHECK --start-interval`.
    StartInterval,
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RunFlags => "`RUN --mount`, `--network` and `--security`",
            Self::Chmod => "`--chmod`",
            Self::CopyFlags => "flags of COPY and ADD other than `--from` and `--chown`",
            Self::Heredoc => "inline documents",
            Self::StartInterval => "`HEALTHCHECK --start-interval`",
        })
    }
}

/// The features that `command` needs.
pub(crate) fn needs(command: &Command) -> Vec<Feature> {
    let mut features = Vec::new();
    let mut need = |needed: bool, feature| {
        if needed {
            features.push(feature);
        }
    };
    let heredoc = |sources: &[CopySource]| {
        sources.iter().any(|source| matches!(source, CopySource::Heredoc(_)))
    };
    match command {
        Command::Run(Run { command: _, mounts, network, security, devices, heredocs }) => {
            let flags = !mounts.is_empty() || network.is_some() || security.is_some();
            need(flags || !devices.is_empty(), Feature::RunFlags);
            need(!heredocs.is_empty(), Feature::Heredoc);
        }
        Command::Copy(CopyFiles { chmod, link, parents, exclude, sources, .. }) => {
            need(chmod.is_some(), Feature::Chmod);
            need(*link || *parents || !exclude.is_empty(), Feature::CopyFlags);
            need(heredoc(sources), Feature::Heredoc);
        }
        Command::Add(add) => {
            let AddFiles { chmod, link, keep_git_dir, checksum, unpack, exclude, sources, .. } =
                add;
            need(chmod.is_some(), Feature::Chmod);
            let git = keep_git_dir.is_some() || checksum.is_some() || unpack.is_some();
            need(*link || git || !exclude.is_empty(), Feature::CopyFlags);
            need(heredoc(sources), Feature::Heredoc);
        }
        Command::Healthcheck(Healthcheck::Probe(probe)) => {
            need(probe.start_interval.is_some(), Feature::StartInterval);
        }
        Command::Onbuild(command) => features = needs(command),
        _ => {}
    }
    features
}
