//! What an image would be built for, found out without the network.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use boxwright_debian::Suite;
use boxwright_engine::{Bytecode, Cache, EmbeddedEngine, EmbeddedOptions, Freshness, PYPI, Silent};
use boxwright_plan::PythonMinor;
use boxwright_requirements::{Architecture, Libc, PythonVersion, Target};

/// A target, and where it is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KnownTarget {
    pub(crate) target: Target,
    /// Whether no build has resolved a base yet, so that versions were assumed.
    pub(crate) assumed: bool,
}

impl KnownTarget {
    /// The target in words: `Python 3.13.5, linux/amd64, glibc 2.41`.
    pub(crate) fn title(&self) -> String {
        let Target { python, architecture, libc } = self.target;
        let (name, major, minor) = match libc {
            Libc::Glibc { major, minor } => ("glibc", major, minor),
            Libc::Musl { major, minor } => ("musl", major, minor),
        };
        format!("Python {python}, linux/{architecture}, {name} {major}.{minor}")
    }
}

/// The target of a Python: that of the base which the last build resolved, else that of the suite as
/// it was released.
pub(crate) async fn target_of(
    python: PythonMinor,
    architecture: Architecture,
    cache: Option<&Arc<Cache>>,
) -> Result<KnownTarget> {
    let suite = Suite::for_python(&python.to_string())
        .with_context(|| format!("no base has Python {python}: use 3.13 or 3.11"))?;
    if let Some(cache) = cache {
        // Offline, an engine knows what the cache holds and nothing else.
        let options = EmbeddedOptions {
            now: 0,
            freshness: Freshness::Offline,
            bytecode: Bytecode::Off,
            epoch: 0,
            index: PYPI.to_owned(),
        };
        let engine = EmbeddedEngine::new(Arc::clone(cache), Arc::new(Silent), options);
        if let Ok(base) = engine.resolve_base(suite, architecture).await {
            return Ok(KnownTarget { target: base.target, assumed: false });
        }
    }
    Ok(KnownTarget { target: released(suite, architecture), assumed: true })
}

/// What a suite was released with. Within a suite, Debian changes neither of the two versions.
fn released(suite: Suite, architecture: Architecture) -> Target {
    let (patch, glibc) = match suite {
        Suite::Trixie => ((3, 13, 5), 41),
        Suite::Bookworm => ((3, 11, 2), 36),
    };
    let (major, minor, patch) = patch;
    Target {
        python: PythonVersion { major, minor, patch },
        architecture,
        libc: Libc::Glibc { major: 2, minor: glibc },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_a_cache_the_suite_decides() {
        let known = target_of(PythonMinor::new(3, 11), Architecture::Arm64, None).await.unwrap();
        assert_eq!(known.title(), "Python 3.11.2, linux/arm64, glibc 2.36");
        assert!(known.assumed);
        let error =
            target_of(PythonMinor::new(3, 12), Architecture::Amd64, None).await.unwrap_err();
        assert_eq!(error.to_string(), "no base has Python 3.12: use 3.13 or 3.11");
    }
}
