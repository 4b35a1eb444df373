//! `boxwright context`: what goes into the image, and why.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use boxwright_context::{
    Dialect, Entry, EntryKind, Explanation, Finding, IgnoreFile, Matcher, PYTHON, Rule, Severity,
    leaks, suggest,
};
use clap::Args;
use serde::Serialize;
use serde_json::json;

use crate::args::CacheArgs;
use crate::config::{Environment, cache_if_any};
use crate::output::{count, file_in, note, print, print_json, size, warn, write};
use crate::project::{ProjectArgs, ScannedProject, check_directory, describe_leak};

/// The arguments of `boxwright context`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
The files are those that Docker would send, too: .dockerignore means what it means to
BuildKit, which is not what .gitignore means. Sizes are in units of 1000.

Examples:
  boxwright context --largest 5
  boxwright context --explain src/app.py
  boxwright context --write           write or complete .dockerignore")]
#[expect(clippy::struct_excessive_bools, reason = "they are flags, one each")]
pub struct ContextArgs {
    /// The project's directory.
    #[arg(default_value = ".", value_name = "DIR")]
    pub directory: PathBuf,

    /// List files with their whole paths instead of drawing a tree.
    #[arg(long, group = "form")]
    pub flat: bool,

    /// List the largest files first, this many of them.
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "20", group = "form")]
    pub largest: Option<usize>,

    /// Tell which line of the ignore file lets a path in or leaves it out. May be repeated.
    #[arg(long, value_name = "PATH", group = "form")]
    pub explain: Vec<PathBuf>,

    /// Print a `.dockerignore` for a Python project that keeps what yours says.
    #[arg(long, group = "form", conflicts_with = "json")]
    pub suggest: bool,

    /// Write that `.dockerignore`.
    #[arg(long, group = "form", conflicts_with = "json")]
    pub write: bool,

    /// Switch off a rule of the leak check, such as `dotenv`. May be repeated.
    #[arg(long = "allow-leak", value_name = "RULE")]
    pub allow_leaks: Vec<Rule>,

    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,

    /// Where digests of files are remembered.
    #[command(flatten)]
    pub cache: CacheArgs,
}

/// Runs `boxwright context`.
pub(crate) fn run(args: &ContextArgs, environment: &Environment) -> Result<()> {
    if !args.explain.is_empty() {
        return explain(args);
    }
    if args.suggest || args.write {
        return suggestion(args);
    }
    let cache = cache_if_any(args.cache.cache_dir.as_ref(), environment);
    let folder = cache.map(|cache| cache.stat_caches());
    let allowed = ProjectArgs { allow_leaks: args.allow_leaks.clone(), ..ProjectArgs::default() };
    let scanned = ScannedProject::scan(&args.directory, &allowed, folder.as_deref())?;
    let findings = leaks(&scanned.snapshot, &scanned.leak_rules())?;
    let view = View { args, scanned: &scanned, findings: &findings };
    if args.json {
        return print_json(&view.json());
    }
    print(&view.text())?;
    for warning in scanned.context_warnings() {
        warn(&warning);
    }
    Ok(())
}

/// What was found, ready to be shown.
struct View<'a> {
    args: &'a ContextArgs,
    scanned: &'a ScannedProject,
    findings: &'a [Finding],
}

impl View<'_> {
    fn text(&self) -> String {
        let entries = self.scanned.snapshot.entries();
        let mut text = match self.args.largest {
            Some(most) => largest(entries, most),
            None if self.args.flat => {
                entries.iter().filter_map(|entry| line(entry, None)).collect()
            }
            None => tree(entries),
        };
        let _ = writeln!(
            text,
            "{:>9}  in {}",
            size(self.scanned.snapshot.content_bytes()),
            self.summary()
        );
        for finding in self.findings {
            let _ = writeln!(text, "{}: {}", severity(finding), describe_leak(finding));
        }
        text
    }

    fn summary(&self) -> String {
        let files = self.scanned.snapshot.entries().iter();
        let files = files.filter(|entry| matches!(entry.kind, EntryKind::File { .. })).count();
        let ignore = match &self.scanned.ignore.path {
            Some(path) => format!("under {}", path.display()),
            None => "without an ignore file".to_owned(),
        };
        format!("{}, {ignore}", count(files, "file"))
    }

    fn json(&self) -> ContextReport {
        let snapshot = &self.scanned.snapshot;
        let mut entries: Vec<&Entry> = snapshot.entries().iter().collect();
        if let Some(most) = self.args.largest {
            entries.sort_by_key(|entry| std::cmp::Reverse(bytes(entry)));
            entries.truncate(most);
        }
        ContextReport {
            ignore_file: self.scanned.ignore.path.as_ref().map(|path| path.display().to_string()),
            digest: snapshot.digest().to_string(),
            bytes: snapshot.content_bytes(),
            entries: entries.into_iter().map(EntryReport::of).collect(),
            findings: self.findings.iter().map(finding_json).collect(),
            warnings: self.scanned.context_warnings(),
        }
    }
}

/// What `boxwright context --json` prints. Names that are no UTF-8 are escaped.
#[derive(Debug, Serialize)]
struct ContextReport {
    ignore_file: Option<String>,
    digest: String,
    bytes: u64,
    entries: Vec<EntryReport>,
    findings: Vec<serde_json::Value>,
    warnings: Vec<String>,
}

/// One file, directory or link.
#[derive(Debug, Default, Serialize)]
#[serde(default)]
struct EntryReport {
    path: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    executable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
}

impl EntryReport {
    fn of(entry: &Entry) -> Self {
        let path = entry.path.to_string();
        match &entry.kind {
            EntryKind::Directory => Self { path, kind: "directory", ..Self::default() },
            EntryKind::File { size, digest, executable } => Self {
                path,
                kind: "file",
                size: Some(*size),
                digest: Some(digest.to_string()),
                executable: Some(*executable),
                target: None,
            },
            EntryKind::Symlink { target } => {
                Self { path, kind: "symlink", target: Some(lossy(target)), ..Self::default() }
            }
        }
    }
}

fn finding_json(finding: &Finding) -> serde_json::Value {
    let Finding { rule, path, line, message, fix, pattern, severity: _ } = finding;
    json!({
        "rule": rule.name(),
        "severity": severity(finding),
        "path": path.to_string(),
        "line": line,
        "message": message,
        "fix": fix,
        "pattern": pattern,
    })
}

fn severity(finding: &Finding) -> &'static str {
    match finding.severity {
        Severity::Secret => "secret",
        Severity::Bulk => "bulk",
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The entries as a tree: each directory with the size of all below it.
fn tree(entries: &[Entry]) -> String {
    let mut sums: BTreeMap<&[u8], u64> = BTreeMap::new();
    for entry in entries {
        let mut parent = entry.path.parent();
        while let Some(directory) = parent {
            *sums.entry(directory).or_default() += bytes(entry);
            parent =
                directory.iter().rposition(|&byte| byte == b'/').map(|slash| &directory[..slash]);
        }
    }
    // By components and not by bytes: `a/b` stands below `a`, and before `a-b`.
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by(|a, b| components(a).cmp(components(b)));
    let mut text = String::new();
    for entry in sorted {
        let sum = sums.get(entry.path.as_bytes()).copied().unwrap_or_default();
        text.extend(line(entry, Some(sum)));
    }
    text
}

fn components(entry: &Entry) -> impl Iterator<Item = &[u8]> {
    entry.path.as_bytes().split(|&byte| byte == b'/')
}

/// The largest files, largest first.
fn largest(entries: &[Entry], most: usize) -> String {
    let mut files: Vec<&Entry> = entries.iter().collect();
    files.sort_by(|a, b| bytes(b).cmp(&bytes(a)).then_with(|| a.path.cmp(&b.path)));
    files.into_iter().filter_map(|entry| line(entry, None)).take(most).collect()
}

/// The line for an entry: in a tree, where a directory's sum is known, under its directory; else
/// with its whole path, and none for directories.
fn line(entry: &Entry, sum: Option<u64>) -> Option<String> {
    let path = entry.path.to_string();
    let depth = path.matches('/').count();
    let name = match sum {
        Some(_) => format!("{}{}", "  ".repeat(depth), path.rsplit('/').next().unwrap_or_default()),
        None => path,
    };
    match &entry.kind {
        EntryKind::Directory => Some(format!("{:>9}  {name}/\n", size(sum?))),
        EntryKind::File { size: bytes, .. } => Some(format!("{:>9}  {name}\n", size(*bytes))),
        EntryKind::Symlink { target } => {
            Some(format!("{:>9}  {name} -> {}\n", "", lossy(target).escape_debug()))
        }
    }
}

fn bytes(entry: &Entry) -> u64 {
    match entry.kind {
        EntryKind::File { size, .. } => size,
        EntryKind::Directory | EntryKind::Symlink { .. } => 0,
    }
}

/// `--explain`: a sentence for each path.
fn explain(args: &ContextArgs) -> Result<()> {
    check_directory(&args.directory)?;
    let ignore = IgnoreFile::find(&args.directory, Path::new("Dockerfile"))?;
    let matcher = Matcher::new(&ignore.file, Dialect::Current)?;
    let mut explanations = Vec::new();
    for path in &args.explain {
        let inside = inside(&args.directory, path)?;
        if std::fs::symlink_metadata(args.directory.join(&inside)).is_err() {
            note(&format!("there is no `{}`", inside.display()));
        }
        explanations.push(matcher.explain(inside.as_os_str().as_bytes())?);
    }
    if args.json {
        return print_json(&explanations.iter().map(explanation_json).collect::<Vec<_>>());
    }
    let lines: Vec<_> = explanations.iter().map(ToString::to_string).collect();
    print(&(lines.join("\n") + "\n"))
}

fn explanation_json(explanation: &Explanation) -> serde_json::Value {
    let Explanation { path, excluded, reason } = explanation;
    let reason = reason.as_ref().map(|reason| {
        json!({
            "file": reason.file,
            "line": reason.line,
            "column": reason.column,
            "pattern": reason.pattern,
            "matched": lossy(&reason.matched),
            "not_entered": reason.not_entered.as_deref().map(lossy),
        })
    });
    json!({ "path": lossy(path), "excluded": excluded, "reason": reason })
}

/// A path as the ignore file sees it: relative to the directory, without `.` and `..`.
fn inside(directory: &Path, path: &Path) -> Result<PathBuf> {
    let outside = || format!("`{}` is not in `{}`", path.display(), directory.display());
    let relative = if path.is_absolute() {
        let root = std::fs::canonicalize(directory).with_context(outside)?;
        path.strip_prefix(&root).with_context(outside)?.to_owned()
    } else {
        path.to_owned()
    };
    let mut clean = PathBuf::new();
    for component in relative.components() {
        match component {
            Component::Normal(name) => clean.push(name),
            Component::CurDir => {}
            Component::ParentDir => ensure!(clean.pop(), outside()),
            Component::RootDir | Component::Prefix(_) => {}
        }
    }
    ensure!(!clean.as_os_str().is_empty(), "name a path in the directory, such as `src/app.py`");
    Ok(clean)
}

/// `--suggest` and `--write`: the user's ignore file, and what it lacks.
fn suggestion(args: &ContextArgs) -> Result<()> {
    check_directory(&args.directory)?;
    let found = IgnoreFile::find(&args.directory, Path::new("Dockerfile"))?;
    let name = found.path.unwrap_or_else(|| ".dockerignore".into());
    let path = file_in(&args.directory, &name);
    let existing = path.exists().then(|| std::fs::read(&path)).transpose();
    let existing = existing.with_context(|| format!("cannot read `{}`", path.display()))?;
    let text = suggest(existing.as_deref(), PYTHON)?;
    if !args.write {
        return print(&String::from_utf8_lossy(&text));
    }
    if existing.as_deref() == Some(&text[..]) {
        note(&format!("`{}` has it all already", path.display()));
        return Ok(());
    }
    write(&path, &text)?;
    note(&format!("wrote `{}`", path.display()));
    Ok(())
}
