//! Project automation; `cargo xtask --help` lists what one can do.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]

mod bench;
mod cargo;
mod conformance;
mod samples;
mod table;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

/// Boxwright's own automation.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build the sample applications into images, without Docker, and compare their sizes.
    BuildSamples(samples::Args),
    /// Measure which layers survive which edit, and what a build takes after it.
    BenchCache(bench::Args),
    /// Run our parsers and matchers over answers recorded from the real programs.
    Conformance(conformance::Args),
    /// Check what ARCHITECTURE.md promises: arrows between packages, documentation, file sizes.
    Tidy,
    /// Run the end-to-end tests. Needs the network and a Docker Engine, and fails without them.
    E2e(cargo::E2eArgs),
    /// Run every fuzz target for some seconds. Needs the command `cargo-fuzz`.
    Fuzz(cargo::FuzzArgs),
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    let root = workspace_root()?;
    match command {
        Command::BuildSamples(args) => {
            tokio::runtime::Runtime::new()?.block_on(samples::run(args, &root))
        }
        Command::BenchCache(args) => bench::run(&args, &root),
        Command::Conformance(args) => conformance::run(&args, &root),
        Command::Tidy => tidy::run(&root).map(|()| ExitCode::SUCCESS),
        Command::E2e(args) => cargo::e2e(&args, &root),
        Command::Fuzz(args) => cargo::fuzz(&args, &root),
    }
}

/// The folder of the workspace, from wherever in it the command was given.
fn workspace_root() -> Result<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_owned)
        .context("xtask lies outside of a workspace")
}
