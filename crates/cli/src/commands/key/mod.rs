//! `boxwright key`: what decides whether dependencies are installed anew, and why it changed.

mod base;
mod git;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use boxwright_engine::{Cache, DEPENDENCY_FORMAT};
use boxwright_plan::{Config, ProjectFiles, detect, detect_dependencies};
use boxwright_requirements::{Architecture, Explanation, RequirementSet, SavedKey, explain};
use clap::Args;
use serde::Serialize;

use crate::args::CacheArgs;
use crate::config::{Environment, cache_if_any, host_architecture};
use crate::output::{DIFFERS, note, print, print_json, warn, write};
use crate::project::{ProjectArgs, ScannedProject};
use crate::target::{KnownTarget, target_of};

use base::Base;

/// The arguments of `boxwright key`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
The key stays while the same is installed: comments, order, spelling and layout of the
dependency files do not count. Standard output holds the key alone, for scripts to keep.

BASE is, in this order, a directory, a key that --save wrote, a dependency file, or a git
revision such as HEAD~1 or main, whose files are read without checking it out.

Exit code: 0 done, and equal to BASE; 1 failed; 2 wrong arguments; 3 differs from BASE.

Examples:
  boxwright key --explain main
  boxwright key --save key.json
  boxwright key --explain key.json || test $? = 3")]
pub struct KeyArgs {
    /// The project's directory, or its dependency file.
    #[arg(default_value = ".", value_name = "DIR")]
    pub directory: PathBuf,

    /// Tell what changed since BASE, and how much is reused.
    #[arg(long, value_name = "BASE")]
    pub explain: Option<String>,

    /// Write the key with all that it was made of, for a later `--explain`.
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,

    /// Print the key with all that it was made of as JSON.
    #[arg(long)]
    pub json: bool,

    /// What the dependencies are for: `linux/amd64` or `linux/arm64` [default: this machine's
    /// processor].
    #[arg(long, value_name = "PLATFORM")]
    pub platform: Option<Architecture>,

    /// What the command line says about the project.
    #[command(flatten)]
    pub project: ProjectArgs,

    /// Where the base of the last build is looked up.
    #[command(flatten)]
    pub cache: CacheArgs,
}

/// Runs `boxwright key`.
pub(crate) async fn run(args: &KeyArgs, environment: &Environment) -> Result<ExitCode> {
    let keys = Keys {
        args: &args.project,
        architecture: args.platform.unwrap_or_else(host_architecture),
        cache: cache_if_any(args.cache.cache_dir.as_ref(), environment).map(Arc::new),
    };
    let (key, target) = keys.of_path(&args.directory).await?;
    for warning in &key.warnings {
        warn(&warning.to_string());
    }
    if target.assumed {
        note(&format!("for {}, since nothing was built here yet", target.title()));
    }
    if let Some(path) = &args.save {
        write(path, (serde_json::to_string_pretty(&key)? + "\n").as_bytes())?;
    }
    let Some(base) = &args.explain else {
        show(args, &key, None)?;
        return Ok(ExitCode::SUCCESS);
    };
    let old = keys.of_base(&Base::of(base, directory_of(&args.directory))?).await?;
    let explanation = explain(&old.to_key(), &key.to_key());
    let is_hit = explanation.is_hit();
    show(args, &key, Some(&Compared { base, base_key: old.key.to_string(), explanation }))?;
    Ok(if is_hit { ExitCode::SUCCESS } else { ExitCode::from(DIFFERS) })
}

/// How a key compares with that of the base.
#[derive(Debug, Serialize)]
struct Compared<'a> {
    base: &'a str,
    base_key: String,
    #[serde(flatten)]
    explanation: Explanation,
}

/// What `boxwright key --json` prints.
#[derive(Debug, Serialize)]
struct KeyReport<'a> {
    #[serde(flatten)]
    key: &'a SavedKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<&'a Compared<'a>>,
}

fn show(args: &KeyArgs, key: &SavedKey, compared: Option<&Compared<'_>>) -> Result<()> {
    if args.json {
        return print_json(&KeyReport { key, explanation: compared });
    }
    let Some(Compared { explanation, .. }) = compared else {
        return print(&format!("{}\n", key.key));
    };
    let changes = explanation.changes.iter().map(|change| format!("{change}\n"));
    let unchanged = explanation.is_hit().then(|| "nothing changed\n".to_owned());
    let reused = format!("{} reused\n", explanation.reused);
    print(&changes.chain(unchanged).chain([reused]).collect::<String>())
}

/// Makes keys of projects, wherever these are.
struct Keys<'a> {
    args: &'a ProjectArgs,
    architecture: Architecture,
    cache: Option<Arc<Cache>>,
}

impl Keys<'_> {
    async fn of_base(&self, base: &Base) -> Result<SavedKey> {
        match base {
            Base::Saved(key) => Ok((**key).clone()),
            Base::Path(path) => Ok(self.of_path(path).await?.0),
            Base::Revision(revision) => {
                let mut config = revision.config()?;
                self.args.apply_to(&mut config)?;
                Ok(self.of_files(revision, &config).await?.0)
            }
        }
    }

    /// The key of a directory, or of one dependency file.
    async fn of_path(&self, path: &Path) -> Result<(SavedKey, KnownTarget)> {
        let mut args = self.args.clone();
        if path.is_file() {
            let name = path.file_name().and_then(|name| name.to_str());
            args.requirements = name.map(str::to_owned).or(args.requirements);
        }
        let folder = self.cache.as_ref().map(|cache| cache.stat_caches());
        let scanned = ScannedProject::scan(directory_of(path), &args, folder.as_deref())?;
        let files = boxwright_plan::SnapshotFiles::new(&scanned.snapshot);
        self.of_files(&files, &scanned.config).await
    }

    async fn of_files(
        &self,
        files: &dyn ProjectFiles,
        config: &Config,
    ) -> Result<(SavedKey, KnownTarget)> {
        let (requirements, python) = requirements(files, config)?;
        let target = target_of(python, self.architecture, self.cache.as_ref()).await?;
        Ok((SavedKey::of(&requirements, &target.target, Some(DEPENDENCY_FORMAT)), target))
    }
}

/// What a build would install. A project that cannot be started has dependencies all the same.
fn requirements(
    files: &dyn ProjectFiles,
    config: &Config,
) -> Result<(RequirementSet, boxwright_plan::PythonMinor)> {
    if let Ok(project) = detect(files, config) {
        return Ok((project.requirements, project.python));
    }
    let found = detect_dependencies(files, config)?;
    found.source.as_ref().context(
        "no file lists the dependencies: write a `requirements.txt`, name the file with `--requirements FILE`, and check that .dockerignore does not exclude it",
    )?;
    Ok((found.requirements, found.python))
}

/// The directory that a path names, or that holds the file it names.
fn directory_of(path: &Path) -> &Path {
    if !path.is_file() {
        return path;
    }
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
