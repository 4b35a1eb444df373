//! What every command does first: scan the directory, read `boxwright.yaml`, detect.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use boxwright_context::{
    Context, Dialect, Finding, FoundIgnore, IgnoreFile, LeakRules, Matcher, ScanOptions, Severity,
    Snapshot, leaks,
};
use boxwright_debian::Suite;
use boxwright_digest::Digest;
use boxwright_plan::{CONFIG_FILE, Config, ConfigError, Level, PythonMinor, SnapshotFiles, detect};
use boxwright_requirements::Rule;

use crate::output::snippet;

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

    /// Let in what a rule of the leak check refuses or warns of, such as `dotenv`. May be repeated.
    #[arg(long = "allow-leak", value_name = "RULE")]
    pub allow_leaks: Vec<boxwright_context::Rule>,
}

/// A project's directory as a scan found it, and what was decided about it by hand.
#[derive(Debug)]
pub struct ScannedProject {
    /// The files that the ignore file lets in.
    pub snapshot: Snapshot,
    /// The ignore file.
    pub ignore: FoundIgnore,
    /// `boxwright.yaml`, and what the command line says on top of it.
    pub config: Config,
    /// What the leak check only warns of.
    leaks: Vec<String>,
}

impl ScannedProject {
    /// Scans a directory to build from it: what must not be published is an error. With a folder
    /// for it, digests of files are remembered from scan to scan.
    pub fn read(directory: &Path, args: &ProjectArgs, stat_cache: Option<&Path>) -> Result<Self> {
        let scanned = Self::scan(directory, args, stat_cache)?;
        let leaks = check_leaks(&scanned.snapshot, &scanned.leak_rules())?;
        Ok(Self { leaks, ..scanned })
    }

    /// Scans a directory to look at it; nothing is checked.
    pub fn scan(directory: &Path, args: &ProjectArgs, stat_cache: Option<&Path>) -> Result<Self> {
        check_directory(directory)?;
        let mut config = read_config(directory)?;
        args.apply_to(&mut config)?;
        let ignore = IgnoreFile::find(directory, Path::new("Dockerfile"))?;
        let matcher = Matcher::new(&ignore.file, Dialect::Current)?;
        let stat_cache = stat_cache.map(|folder| stat_cache_of(directory, folder)).transpose()?;
        let snapshot = Context::scan(directory, &ScanOptions { ignore: matcher, stat_cache })?;
        Ok(Self { snapshot, ignore, config, leaks: Vec::new() })
    }

    /// What the project is, how it is started, and why.
    pub fn detect(&self) -> Result<boxwright_plan::Project> {
        Ok(detect(&SnapshotFiles::new(&self.snapshot), &self.config)?)
    }

    /// The rules of the leak check that were not switched off.
    pub fn leak_rules(&self) -> LeakRules {
        self.config
            .allow_leaks
            .iter()
            .fold(LeakRules::default(), |rules, rule| rules.without(*rule))
    }

    /// What somebody should know before anything is built, each as a sentence. That pins lack hashes
    /// is said by `boxwright key`, not again with each build.
    pub fn warnings(&self, project: &boxwright_plan::Project) -> Vec<String> {
        let decisions =
            project.decisions.iter().filter(|decision| decision.level == Level::Warning);
        let decisions =
            decisions.map(|decision| format!("{} ({})", decision.text, decision.evidence));
        let requirements = project.requirements.warnings.iter();
        let requirements = requirements.filter(|warning| warning.rule != Rule::PinWithoutHash);
        let requirements = requirements.map(ToString::to_string);
        decisions.chain(requirements).chain(self.context_warnings()).collect()
    }

    /// What somebody should know about the files, each as a sentence.
    pub(crate) fn context_warnings(&self) -> Vec<String> {
        let passed_over = self.ignore.passed_over.iter().map(|path| {
            format!(
                "`{}` is a symbolic link out of the directory, so that nothing is left out: copy the file",
                path.display()
            )
        });
        let scan = self.snapshot.warnings().iter().map(ToString::to_string);
        passed_over.chain(scan).chain(self.leaks.iter().cloned()).collect()
    }
}

/// Looks for what should not be published: secrets are an error that lists them, ballast is
/// returned as a sentence each.
pub fn check_leaks(snapshot: &Snapshot, rules: &LeakRules) -> Result<Vec<String>> {
    let findings = leaks(snapshot, rules)?;
    let (secrets, bulk): (Vec<_>, Vec<_>) =
        findings.iter().partition(|finding| finding.severity == Severity::Secret);
    if !secrets.is_empty() {
        let list: Vec<_> = secrets.into_iter().map(describe_leak).collect();
        bail!(
            "secrets would be published with the image:\n  {}\n  what is none is let in by `--allow-leak RULE`, or `allow_leaks: [RULE]` in {CONFIG_FILE}",
            list.join("\n  ")
        );
    }
    Ok(bulk.into_iter().map(describe_leak).collect())
}

/// A finding on one line: place, what it is, what to do, and the rule.
pub(crate) fn describe_leak(finding: &Finding) -> String {
    let Finding { rule, path, line, message, fix, .. } = finding;
    let line = line.map(|line| format!(":{line}")).unwrap_or_default();
    format!("{path}{line}: {message}; {fix} [{rule}]")
}

/// Says what is wrong with a directory that cannot be a project's.
pub(crate) fn check_directory(directory: &Path) -> Result<()> {
    let shown = directory.display();
    ensure!(directory.exists(), "`{shown}` does not exist: name the project's directory");
    ensure!(directory.is_dir(), "`{shown}` is no directory: name the project's directory");
    Ok(())
}

/// `boxwright.yaml` of a directory, also where the ignore file leaves it out; without it, what an
/// empty one says.
pub(crate) fn read_config(directory: &Path) -> Result<Config> {
    let path = directory.join(CONFIG_FILE);
    let bytes = match std::fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Config::default()),
        bytes => bytes.with_context(|| format!("cannot read `{}`", path.display()))?,
    };
    parse_config(bytes)
}

/// The text of a `boxwright.yaml`, wherever it was read.
pub(crate) fn parse_config(bytes: Vec<u8>) -> Result<Config> {
    let text = String::from_utf8(bytes).with_context(|| format!("{CONFIG_FILE} is not UTF-8"))?;
    Config::parse(&text).map_err(|error| match &error {
        ConfigError::Malformed { line, column, .. } => {
            anyhow!("{error}\n{}", snippet(&text, *line, *column))
        }
        ConfigError::Value { .. } => error.into(),
    })
}

impl ProjectArgs {
    pub(crate) fn apply_to(&self, config: &mut Config) -> Result<()> {
        let Self { python, app, start, source, requirements, port, add_server, allow_leaks } = self;
        config.python = python.or(config.python);
        config.port = port.or(config.port);
        config.app = app.clone().or(config.app.take());
        config.source = source.clone().or(config.source.take());
        config.requirements = requirements.clone().or(config.requirements.take());
        config.add_server |= add_server;
        config.allow_leaks.extend(allow_leaks);
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
