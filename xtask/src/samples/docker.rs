//! The samples on a Docker Engine: every profile that applies, on both builders.

use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use anyhow::{Context as _, Result};
use boxwright::{
    BaseArg, BuildConfig, DockerBuilder, DockerConfig, DockerPipeline, DockerReport, Environment,
    Profile, ProgressMode,
};
use boxwright_plan::RenderError;

use super::Row;

/// The samples, in the order of the table.
const SAMPLES: [&str; 6] = ["flask", "gunicorn", "static", "django", "fastapi", "script"];

/// Builds them all. They are on the composed bases, so that the figures do not depend on whether
/// a registry can be reached.
pub(super) async fn build_all(root: &Path, cache_dir: Option<&PathBuf>) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for sample in SAMPLES {
        for profile in Profile::ALL {
            for builder in [DockerBuilder::Classic, DockerBuilder::BuildKit] {
                let what = || format!("sample {sample}, profile {profile}, {}", builder.name());
                let directory = root.join("samples").join(sample);
                let row = build(&directory, cache_dir, profile, builder);
                if let Some(row) = row.await.with_context(what)? {
                    eprintln!("{}: {:.2} s", what(), row.seconds);
                    rows.push(Row { sample: sample.to_owned(), ..row });
                }
            }
        }
    }
    Ok(rows)
}

/// One image; `None` where the profile is not for such a project.
#[expect(clippy::disallowed_methods, reason = "the program's own entrance: it reads the clock")]
async fn build(
    directory: &Path,
    cache_dir: Option<&PathBuf>,
    profile: Profile,
    builder: DockerBuilder,
) -> Result<Option<Row>> {
    let start = Instant::now();
    let environment = Environment::read(SystemTime::now());
    let mut config = BuildConfig::in_cache(directory.to_owned(), cache_dir, &environment)?;
    let repository = config.name.repository();
    config.name = format!("boxwright-samples/{repository}:{profile}-{}", builder.name()).parse()?;
    let docker = DockerConfig {
        profile,
        builder: Some(builder),
        base: Some(BaseArg::Composed),
        ..DockerConfig::new(&environment)?
    };
    let pipeline = DockerPipeline::connect(config, docker, ProgressMode::Quiet).await?;
    let scanned = pipeline.scan()?;
    let project = scanned.detect()?;
    if project.port.is_none() && !matches!(profile, Profile::Script | Profile::Multistage) {
        return Ok(None);
    }
    let prepared = match pipeline.prepare(&scanned, project).await {
        Ok(prepared) => prepared,
        Err(error) if matches!(error.downcast_ref(), Some(RenderError::Misfit { .. })) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let report = pipeline.build(&prepared).await?;
    Ok(Some(row(report, start.elapsed().as_secs_f64())))
}

fn row(report: DockerReport, seconds: f64) -> Row {
    let reused = match (report.reused, report.built) {
        (0, _) => Vec::new(),
        (_, 0) => vec!["everything".to_owned()],
        (reused, built) => vec![format!("{reused} of {} instructions", reused + built)],
    };
    Row {
        sample: String::new(),
        engine: match report.builder {
            DockerBuilder::Classic => "docker-classic",
            DockerBuilder::BuildKit => "docker-buildkit",
        },
        profile: report.profile.name(),
        digest: report.image_id,
        layers: report.layers,
        uncompressed_bytes: report.uncompressed_bytes,
        compressed_bytes: None,
        seconds,
        reused,
    }
}
