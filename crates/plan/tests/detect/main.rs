//! Small projects, and what detection makes of each.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::too_many_lines, reason = "tables are as long as they are")]

mod dependencies;
mod frameworks;
mod hostile;
mod order;
mod python_version;
mod samples;
mod servers;
mod starter;

use std::fmt::Write as _;

use boxwright_plan::{Config, Level, MemoryFiles, Project, detect};

/// A project: its files, each with its content.
type Files<'a> = &'a [(&'a str, &'a str)];

const FLASK: &str = "from flask import Flask\n\napp = Flask(__name__)\n";
const FASTAPI: &str = "from fastapi import FastAPI\n\napp = FastAPI()\n";

fn project(files: Files<'_>, config: &str) -> Result<Project, String> {
    let files: MemoryFiles = files.iter().copied().collect();
    let config = Config::parse(config).map_err(|error| error.to_string())?;
    detect(&files, &config).map_err(|error| error.to_string())
}

/// The outcome in a few lines: how it starts and why, where, and what to look at.
fn outcome(files: Files<'_>, config: &str) -> String {
    let project = match project(files, config) {
        Ok(project) => project,
        Err(error) => return format!("error: {error}\n"),
    };
    let mut text = format!("start: {}\n", project.start);
    let by = |topic: &str| {
        let decision = project
            .decisions
            .iter()
            .rfind(|it| it.topic.name() == topic && it.level == Level::Note);
        decision.map_or_else(|| "no evidence".to_owned(), |it| it.evidence.to_string())
    };
    let port = project
        .port
        .map_or_else(|| "no port".to_owned(), |port| format!("port {port} by {}", by("port")));
    writeln!(text, "  by {}; {port}; {}", by("start"), project.server).unwrap();
    for folder in &project.python_path {
        writeln!(text, "  imports from {folder}").unwrap();
    }
    for (name, value) in &project.environment {
        writeln!(text, "  sets {name}={value}").unwrap();
    }
    for decision in project.decisions.iter().filter(|it| it.level == Level::Warning) {
        writeln!(text, "  warning: {}: {}", decision.evidence, decision.text).unwrap();
    }
    text
}

/// The outcomes of a table of projects, each under its title.
fn table(cases: &[(&str, Files<'_>)]) -> String {
    let shown = cases.iter().map(|(title, files)| format!("# {title}\n{}", outcome(files, "")));
    shown.collect::<Vec<_>>().join("\n")
}
