//! `build-samples`: every sample application as an image, and their sizes beside published ones.

mod docker;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use anyhow::{Context as _, Result};
use boxwright::{Build, BuildConfig, Environment, Outcome, ProgressMode};
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
    /// That, and a Docker Engine: every profile that applies, on both of its builders.
    Docker,
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
    /// The manifest's digest; for a Docker Engine the image's ID.
    digest: String,
    /// How many layers it has.
    layers: usize,
    /// The bytes of its layers' tars.
    uncompressed_bytes: u64,
    /// The bytes of its layers as a registry stores them; an engine does not tell.
    compressed_bytes: Option<u64>,
    /// What building it took, from start to finish.
    seconds: f64,
    /// What the cache had: kinds of layers, or how many instructions.
    reused: Vec<String>,
}

/// Builds all samples and compares them.
pub(crate) async fn run(args: Args, root: &Path) -> Result<ExitCode> {
    let mut rows = Vec::new();
    for sample in SAMPLES {
        eprintln!("{sample}");
        rows.push(
            build(sample, root, args.cache_dir.clone())
                .await
                .with_context(|| format!("sample {sample}"))?,
        );
    }
    if let EngineArg::Docker = args.engine {
        rows.extend(docker::build_all(root, args.cache_dir.as_ref()).await?);
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
        .map(|layer| layer.kind.name().to_owned())
        .collect();
    reused.dedup();
    Ok(Row {
        sample: sample.to_owned(),
        engine: "embedded",
        profile: "production",
        digest: report.digest.to_string(),
        layers: report.layers.len(),
        uncompressed_bytes: report.uncompressed_bytes,
        compressed_bytes: Some(report.compressed_bytes),
        seconds: start.elapsed().as_secs_f64(),
        reused,
    })
}

/// How many times smaller, or larger.
fn factor(factor: f64) -> String {
    if factor >= 1.0 {
        format!("{factor:.1}x smaller")
    } else {
        format!("{:.1}x larger", 1.0 / factor)
    }
}

/// The size of the same application in one stage, where both were built on the same bases.
fn one_stage(rows: &[Row], row: &Row) -> Option<f64> {
    let is_same = |other: &&Row| other.sample == row.sample && other.engine == row.engine;
    let one = rows.iter().filter(is_same).find(|other| other.profile != "multistage")?;
    #[expect(clippy::cast_precision_loss, reason = "a factor with one decimal")]
    let size = one.uncompressed_bytes as f64;
    (row.profile == "multistage").then_some(size)
}

fn print(rows: &[Row]) {
    let mut table = Table::new(&[
        ("sample", Align::Left),
        ("engine", Align::Left),
        ("profile", Align::Left),
        ("layers", Align::Right),
        ("uncompressed", Align::Right),
        ("compressed", Align::Right),
        ("seconds", Align::Right),
        ("reused", Align::Left),
        ("vs one stage", Align::Right),
        ("vs 700 MB *", Align::Right),
        ("vs 90 MB *", Align::Right),
    ]);
    for row in rows {
        #[expect(clippy::cast_precision_loss, reason = "a factor with one decimal")]
        let size = row.uncompressed_bytes as f64;
        table.row(&[
            row.sample.clone(),
            row.engine.to_owned(),
            row.profile.to_owned(),
            row.layers.to_string(),
            megabytes(row.uncompressed_bytes),
            row.compressed_bytes.map_or_else(|| "–".to_owned(), megabytes),
            format!("{:.2}", row.seconds),
            if row.reused.is_empty() { "nothing".to_owned() } else { row.reused.join(", ") },
            one_stage(rows, row).map_or_else(String::new, |one| factor(one / size)),
            factor(ONE_STAGE / size),
            factor(MULTI_STAGE / size),
        ]);
    }
    println!("\n{}", table.render(std::io::stdout().is_terminal()));
    println!(
        "* Published figures of an article of 2018, not measured here: about 700 MB for one stage on Debian,\n  \
         about 90 MB for two stages released on Alpine. Both are uncompressed sizes, and so is what they are compared with."
    );
}
