//! What every command does first: scan the directory, read `boxwright.yaml`, detect.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use boxwright_context::{Context, Dialect, IgnoreFile, Matcher, ScanOptions, Snapshot};
use boxwright_debian::Suite;
use boxwright_digest::Digest;
use boxwright_plan::{CONFIG_FILE, Config, Level, PythonMinor, SnapshotFiles, detect};

/// What the command line says about the project; it goes before what `boxwright.yaml` says.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ProjectArgs {
    /// The Python in the image: `3.13` (Debian trixie) or `3.11` (bookworm).
    #[arg(long, value_name = "X.Y")]
    pub python: Option<PythonMinor>,

    /// The application as `module:attribute`, where detection finds several or none.
    #[arg(long, value_name = "MODULE:ATTRIBUTE")]
    pub app: Option<String>,

    /// The start command, in one word for a shell to split: `--start "gunicorn app:app"`.
    #[arg(long, value_name = "COMMAND")]
    pub start: Option<String>,

    /// The folder that holds the application.
    #[arg(long, value_name = "DIR")]
    pub source: Option<String>,

    /// The file that lists the dependencies.
    #[arg(long, value_name = "FILE")]
    pub requirements: Option<String>,

    /// The port that the application listens on.
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,

    /// Add a server (gunicorn or uvicorn) where the project depends on none.
    #[arg(long)]
    pub add_server: bool,
}

/// A project's directory as a scan found it, and what was decided about it by hand.
#[derive(Debug)]
pub struct ScannedProject {
    /// The files that the ignore file lets in.
    pub snapshot: Snapshot,
    /// `boxwright.yaml`, and what the command line says on top of it.
    pub config: Config,
}

impl ScannedProject {
    /// Scans a directory. With a folder for it, digests of files are remembered from scan to scan.
    pub fn read(directory: &Path, args: &ProjectArgs, stat_cache: Option<&Path>) -> Result<Self> {
        let ignore = IgnoreFile::find(directory, Path::new("Dockerfile"))?;
        let ignore = Matcher::new(&ignore.file, Dialect::Current)?;
        let stat_cache = stat_cache.map(|folder| stat_cache_of(directory, folder)).transpose()?;
        let snapshot = Context::scan(directory, &ScanOptions { ignore, stat_cache })?;
        let mut config = Config::default();
        if snapshot.contains(CONFIG_FILE) {
            let text = String::from_utf8(snapshot.read(CONFIG_FILE)?);
            config = Config::parse(&text.with_context(|| format!("{CONFIG_FILE} is not UTF-8"))?)?;
        }
        args.apply_to(&mut config)?;
        Ok(Self { snapshot, config })
    }

    /// What the project is, how it is started, and why.
    pub fn detect(&self) -> Result<boxwright_plan::Project> {
        Ok(detect(&SnapshotFiles::new(&self.snapshot), &self.config)?)
    }

    /// What somebody should know before anything is built, each as a sentence.
    pub fn warnings(&self, project: &boxwright_plan::Project) -> Vec<String> {
        let decisions =
            project.decisions.iter().filter(|decision| decision.level == Level::Warning);
        let decisions =
            decisions.map(|decision| format!("{} ({})", decision.text, decision.evidence));
        let requirements = project.requirements.warnings.iter().map(ToString::to_string);
        decisions
            .chain(requirements)
            .chain(self.snapshot.warnings().iter().map(ToString::to_string))
            .collect()
    }
}

impl ProjectArgs {
    fn apply_to(&self, config: &mut Config) -> Result<()> {
        let Self { python, app, start, source, requirements, port, add_server } = self;
        config.python = python.or(config.python);
        config.port = port.or(config.port);
        config.app = app.clone().or(config.app.take());
        config.source = source.clone().or(config.source.take());
        config.requirements = requirements.clone().or(config.requirements.take());
        config.add_server |= add_server;
        if let Some(start) = start {
            config.start = Some(boxwright_plan::split_command(start).context("`--start`")?);
        }
        Ok(())
    }
}

/// The suite that ships the project's Python.
pub(crate) fn suite(project: &boxwright_plan::Project) -> Result<Suite> {
    let python = project.python.to_string();
    Suite::for_python(&python)
        .with_context(|| format!("no base has Python {python}: use 3.13 or 3.11"))
}

/// One stat cache a directory, wherever the command is given.
fn stat_cache_of(directory: &Path, folder: &Path) -> Result<PathBuf> {
    let path = std::fs::canonicalize(directory)
        .with_context(|| format!("cannot find `{}`", directory.display()))?;
    Ok(folder.join(Digest::of(path.as_os_str().as_encoded_bytes()).hex()))
}
