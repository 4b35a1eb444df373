//! `build-samples`: every sample application as an image, and their sizes beside published ones.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use anyhow::{Context as _, Result};
use boxwright::{Build, BuildConfig, Environment, LayerKind, Outcome, ProgressMode};
use clap::ValueEnum;
use serde::Serialize;

use crate::table::{Align, Table, megabytes};

/// The samples, in the order of the table.
const SAMPLES: [&str; 3] = ["flask", "gunicorn", "static"];

/// The figures of a well-known article of 2018 on Dockerfiles for Python web applications, in bytes.
/// They were published, not measured here.
const ONE_STAGE: f64 = 700e6;
const MULTI_STAGE: f64 = 90e6;

/// The arguments of `cargo xtask build-samples`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What builds the images.
    #[arg(long, value_enum, default_value_t = EngineArg::Embedded)]
    engine: EngineArg,
    /// Also write the rows to this file, as a JSON array.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Where downloads, layers and images are kept [default: the user's cache directory].
    #[arg(long, value_name = "DIR")]
    cache_dir: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EngineArg {
    /// Boxwright's own: no daemon, no root.
    Embedded,
}

/// One image.
#[derive(Debug, Serialize)]
struct Row {
    /// The sample's folder.
    sample: String,
    /// What built it.
    engine: &'static str,
    /// The profile of the plan.
    profile: &'static str,
    /// The manifest's digest.
    digest: String,
    /// How many layers it has.
    layers: usize,
    /// The bytes of its layers' tars.
    uncompressed_bytes: u64,
    /// The bytes of its layers as a registry stores them.
    compressed_bytes: u64,
    /// What building it took, from start to finish.
    seconds: f64,
    /// The kinds of layers that the cache had.
    reused: Vec<LayerKind>,
}

/// Builds all samples and compares them.
pub(crate) async fn run(args: Args, root: &Path) -> Result<ExitCode> {
    let EngineArg::Embedded = args.engine;
    let mut rows = Vec::new();
    for sample in SAMPLES {
        eprintln!("{sample}");
        rows.push(
            build(sample, root, args.cache_dir.clone())
                .await
                .with_context(|| format!("sample {sample}"))?,
        );
    }
    print(&rows);
    if let Some(path) = &args.json {
        std::fs::write(path, serde_json::to_vec_pretty(&rows)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::disallowed_methods, reason = "the program's own entrance: it reads the clock")]
async fn build(sample: &str, root: &Path, cache_dir: Option<PathBuf>) -> Result<Row> {
    let start = Instant::now();
    let environment = Environment::read(SystemTime::now());
    let mut config = BuildConfig::new(root.join("samples").join(sample), &environment)?;
    if let Some(cache_dir) = cache_dir {
        config.cache_dir = cache_dir;
    }
    let report = Build::new(config, ProgressMode::Auto).run().await?;
    let mut reused: Vec<_> = report
        .layers
        .iter()
        .filter(|layer| layer.outcome == Outcome::Reused)
        .map(|layer| layer.kind)
        .collect();
    reused.dedup();
    Ok(Row {
        sample: sample.to_owned(),
        engine: "embedded",
        profile: "production",
        digest: report.digest.to_string(),
        layers: report.layers.len(),
        uncompressed_bytes: report.uncompressed_bytes,
        compressed_bytes: report.compressed_bytes,
        seconds: start.elapsed().as_secs_f64(),
        reused,
    })
}

fn print(rows: &[Row]) {
    let mut table = Table::new(&[
        ("sample", Align::Left),
        ("layers", Align::Right),
        ("uncompressed", Align::Right),
        ("compressed", Align::Right),
        ("seconds", Align::Right),
        ("reused", Align::Left),
        ("vs 700 MB *", Align::Right),
        ("vs 90 MB *", Align::Right),
    ]);
    for row in rows {
        #[expect(clippy::cast_precision_loss, reason = "a factor with one decimal")]
        let size = row.uncompressed_bytes as f64;
        let reused: Vec<_> = row.reused.iter().map(|kind| kind.name()).collect();
        table.row(&[
            row.sample.clone(),
            row.layers.to_string(),
            megabytes(row.uncompressed_bytes),
            megabytes(row.compressed_bytes),
            format!("{:.2}", row.seconds),
            if reused.is_empty() { "nothing".to_owned() } else { reused.join(", ") },
            format!("{:.1}x smaller", ONE_STAGE / size),
            format!("{:.1}x smaller", MULTI_STAGE / size),
        ]);
    }
    println!("\n{}", table.render(std::io::stdout().is_terminal()));
    println!(
        "* Published figures of an article of 2018, not measured here: about 700 MB for one stage on Debian,\n  \
         about 90 MB for two stages released on Alpine. Both are uncompressed sizes, and so is what they are compared with."
    );
}
