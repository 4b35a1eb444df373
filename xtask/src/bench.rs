//! `bench-cache`: which layers survive which edit, and what a build takes after it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use walkdir::WalkDir;

use crate::table::{Align, Table};

/// The arguments of `cargo xtask bench-cache`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How often each edit is built; the median is shown.
    #[arg(long, default_value_t = 5)]
    runs: usize,
}

/// An edit to a project, different for each run, so that no run finds what an earlier one built.
struct Edit {
    name: &'static str,
    apply: fn(&Path, usize) -> Result<()>,
}

/// The edits, in the order of the table.
const EDITS: [Edit; 7] = [
    Edit { name: "nothing", apply: |_, _| Ok(()) },
    Edit { name: "touched", apply: |project, _| touch(&project.join("gunicorn_app/__init__.py")) },
    Edit {
        name: "source edited",
        apply: |project, run| {
            append(&project.join("gunicorn_app/__init__.py"), &format!("\n# edit {run}\n"))
        },
    },
    Edit {
        name: "static file edited",
        apply: |project, run| {
            append(&project.join("gunicorn_app/static/style.css"), &format!("/* edit {run} */\n"))
        },
    },
    Edit {
        name: "comment in requirements",
        apply: |project, run| append(&project.join("requirements.txt"), &format!("# edit {run}\n")),
    },
    Edit {
        name: "requirements reordered",
        apply: |project, _| {
            let path = project.join("requirements.txt");
            let text = fs::read_to_string(&path)?;
            let mut lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
            lines.reverse();
            Ok(fs::write(&path, lines.join("\n") + "\n")?)
        },
    },
    Edit {
        name: "one package bumped",
        apply: |project, _| {
            let path = project.join("requirements.txt");
            let text = fs::read_to_string(&path)?;
            Ok(fs::write(&path, text.replace(BUMP.0, BUMP.1))?)
        },
    },
];

/// From the version that the benchmark starts with to the next one.
const BUMP: (&str, &str) = ("click==8.1.8", "click==8.2.1");

/// What `boxwright build --json` prints, as far as it is needed here.
#[derive(Deserialize)]
struct Report {
    layers: Vec<Layer>,
}

#[derive(Deserialize)]
struct Layer {
    kind: String,
    outcome: String,
}

/// Measures every edit and prints a table.
pub(crate) fn run(args: &Args, root: &Path) -> Result<ExitCode> {
    ensure!(args.runs > 0, "`--runs 0` measures nothing");
    let program = release_build(root)?;
    let scratch = tempfile::tempdir().context("cannot create a temporary directory")?;
    let project = scratch.path().join("project");
    copy(&root.join("samples/gunicorn"), &project)?;
    fs::create_dir_all(project.join("gunicorn_app/static"))?;
    fs::write(project.join("gunicorn_app/static/style.css"), "body { margin: 0 }\n")?;
    append(&project.join("requirements.txt"), &format!("{}\n", BUMP.0))?;
    let cache = scratch.path().join("cache");
    eprintln!("building once, so that every cache is full");
    build(&program, &project, &cache)?;

    let mut table = Table::new(&[
        ("edit", Align::Left),
        ("base", Align::Left),
        ("dependencies", Align::Left),
        ("source", Align::Left),
        ("median", Align::Right),
        ("min", Align::Right),
        ("max", Align::Right),
    ]);
    for edit in &EDITS {
        let mut times = Vec::new();
        let mut layers = Vec::new();
        for run in 0..args.runs {
            let copies = tempfile::tempdir_in(scratch.path())?;
            let (edited, warm) = (copies.path().join("project"), copies.path().join("cache"));
            copy(&project, &edited)?;
            link(&cache, &warm)?;
            // Once unchanged in its new place, so that only the edit is new.
            build(&program, &edited, &warm)?;
            (edit.apply)(&edited, run).with_context(|| format!("edit `{}`", edit.name))?;
            let (time, report) = build(&program, &edited, &warm)?;
            times.push(time);
            layers = report.layers;
        }
        times.sort();
        let outcome = |kind: &str| {
            let of_kind = layers.iter().filter(|layer| layer.kind == kind);
            let (hits, all) = of_kind.fold((0, 0), |(hits, all), layer| {
                (hits + usize::from(layer.outcome == "reused"), all + 1)
            });
            if hits == all { "hit".to_owned() } else { format!("miss {}/{all}", all - hits) }
        };
        let milliseconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
        table.row(&[
            edit.name.to_owned(),
            outcome("base"),
            outcome("dependencies"),
            outcome("source"),
            milliseconds(times[times.len() / 2]),
            milliseconds(times[0]),
            milliseconds(times[times.len() - 1]),
        ]);
    }
    println!(
        "{} runs of each edit, the whole process from start to finish:\n\n{}",
        args.runs,
        table.render(false)
    );
    Ok(ExitCode::SUCCESS)
}

/// The program as users get it.
fn release_build(root: &Path) -> Result<PathBuf> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root).args([
        "build",
        "--release",
        "--package",
        "boxwright",
        "--message-format",
        "json-render-diagnostics",
    ]);
    let output =
        cargo.stderr(std::process::Stdio::inherit()).output().context("cannot run cargo")?;
    ensure!(output.status.success(), "the release build failed");
    let messages = String::from_utf8(output.stdout)?;
    let executable = messages.lines().rev().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        message.get("executable")?.as_str().map(PathBuf::from)
    });
    executable.context("cargo names no executable")
}

fn build(program: &Path, project: &Path, cache: &Path) -> Result<(Duration, Report)> {
    let start = Instant::now();
    let mut command = Command::new(program);
    command.args(["build", "--json", "--cache-dir"]).arg(cache).arg(project);
    let output = command.output().with_context(|| format!("cannot run {}", program.display()))?;
    let time = start.elapsed();
    ensure!(
        output.status.success(),
        "the build failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok((time, serde_json::from_slice(&output.stdout).context("the build's report cannot be read")?))
}

fn append(path: &Path, text: &str) -> Result<()> {
    let mut contents = fs::read_to_string(path)?;
    contents.push_str(text);
    Ok(fs::write(path, contents)?)
}

#[expect(clippy::disallowed_methods, reason = "a touched file has the time of now")]
fn touch(path: &Path) -> Result<()> {
    Ok(fs::File::options().append(true).open(path)?.set_modified(std::time::SystemTime::now())?)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for_each_file(from, to, |from, to| fs::copy(from, to).map(drop))
}

/// A cache may be copied by hard links, since its files are replaced and never rewritten.
fn link(from: &Path, to: &Path) -> Result<()> {
    for_each_file(from, to, |from, to| fs::hard_link(from, to))
}

fn for_each_file(
    from: &Path,
    to: &Path,
    act: fn(&Path, &Path) -> std::io::Result<()>,
) -> Result<()> {
    for entry in WalkDir::new(from) {
        let entry = entry?;
        let target = to.join(entry.path().strip_prefix(from)?);
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target)?;
        } else if entry.file_type().is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(entry.path())?, &target)?;
        } else {
            act(entry.path(), &target)
                .with_context(|| format!("cannot copy {}", entry.path().display()))?;
        }
    }
    Ok(())
}
