//! What is run through cargo and other programs: end-to-end tests and fuzzing.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;

/// The arguments of `cargo xtask e2e`.
#[derive(Debug, Args)]
pub(crate) struct E2eArgs {
    /// Only the tests whose name contains this.
    filter: Option<String>,
}

/// The arguments of `cargo xtask fuzz`.
#[derive(Debug, Args)]
pub(crate) struct FuzzArgs {
    /// Seconds for each target.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Only the targets whose name contains this.
    filter: Option<String>,
}

/// Runs the end-to-end package; its tests are marked as ignored, so that nothing else runs them.
pub(crate) fn e2e(args: &E2eArgs, root: &Path) -> Result<ExitCode> {
    let docker = Command::new("docker").arg("version").output();
    let answers =
        docker.context("cannot run `docker`: install it and start its engine")?.status.success();
    ensure!(answers, "no Docker Engine answers: start one (`docker version` shows what is wrong)");
    // The tests run the real program, as users get it.
    call(cargo(root).args(["build", "--release", "--package", "boxwright"]))?;
    let mut tests = cargo(root);
    tests.args(["test", "--release", "--package", "boxwright-e2e"]).args(&args.filter);
    call(tests.args(["--", "--ignored", "--test-threads", "1"]))?;
    Ok(ExitCode::SUCCESS)
}

/// Runs the fuzz targets one after the other.
///
/// Without a sanitizer, so that the stable toolchain does: what is looked for are panics,
/// overflows and inputs that take too long.
pub(crate) fn fuzz(args: &FuzzArgs, root: &Path) -> Result<ExitCode> {
    let folder = root.join("fuzz/fuzz_targets");
    let mut targets = Vec::new();
    for entry in
        std::fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?
    {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new("rs")) {
            targets.extend(path.file_stem().and_then(OsStr::to_str).map(str::to_owned));
        }
    }
    targets.retain(|target| {
        args.filter.as_ref().is_none_or(|filter| target.contains(filter.as_str()))
    });
    targets.sort();
    ensure!(
        !targets.is_empty(),
        "no fuzz target has `{}` in its name",
        args.filter.as_deref().unwrap_or_default()
    );
    for target in &targets {
        let time = format!("-max_total_time={}", args.seconds);
        call(cargo(root).args([
            "fuzz",
            "run",
            "--sanitizer",
            "none",
            target,
            "--",
            &time,
            "-timeout=10",
        ]))
        .with_context(|| {
            format!("the fuzz target {target} failed (`cargo install cargo-fuzz` gets the command)")
        })?;
    }
    println!("{} passed, 0 failed", targets.len());
    Ok(ExitCode::SUCCESS)
}

fn cargo(root: &Path) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root);
    command
}

fn call(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
    if !status.success() {
        bail!("{command:?} failed: {status}");
    }
    Ok(())
}
