//! `boxwright plan`: what would be built, and why.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use boxwright_engine::DEPENDENCY_FORMAT;
use boxwright_plan::{Base, BuildPlan, Decision, Level, Project, Step};
use boxwright_requirements::{Architecture, DependencyKey};
use clap::Args;
use serde::Serialize;

use crate::args::CacheArgs;
use crate::config::{Environment, cache_if_any, host_architecture};
use crate::output::{count, print, print_json, warn};
use crate::project::{ProjectArgs, ScannedProject};
use crate::target::{KnownTarget, target_of};

/// The arguments of `boxwright plan`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Nothing is built, downloaded or run. Each decision stands with the place it was read from
and the rule that read it; what could be meant in two ways is an error that names the flag
to decide with.")]
pub struct PlanArgs {
    /// The project's directory.
    #[arg(default_value = ".", value_name = "DIR")]
    pub directory: PathBuf,

    /// Print the plan as JSON.
    #[arg(long)]
    pub json: bool,

    /// What the image runs on: `linux/amd64` or `linux/arm64` [default: this machine's processor].
    #[arg(long, value_name = "PLATFORM")]
    pub platform: Option<Architecture>,

    /// What the command line says about the project.
    #[command(flatten)]
    pub project: ProjectArgs,

    /// Where the base of the last build is looked up.
    #[command(flatten)]
    pub cache: CacheArgs,
}

/// Runs `boxwright plan`.
pub(crate) async fn run(args: &PlanArgs, environment: &Environment) -> Result<()> {
    let cache = cache_if_any(args.cache.cache_dir.as_ref(), environment).map(Arc::new);
    let folder = cache.as_ref().map(|cache| cache.stat_caches());
    let scanned = ScannedProject::scan(&args.directory, &args.project, folder.as_deref())?;
    let project = scanned.detect()?;
    let architecture = args.platform.unwrap_or_else(host_architecture);
    let target = target_of(project.python, architecture, cache.as_ref()).await?;
    let key = DependencyKey::of(&project.requirements, &target.target)
        .with_layer_format(DEPENDENCY_FORMAT);
    let plan = BuildPlan::new(&project, key.digest(), &scanned.config);
    let warnings = scanned.warnings(&project);
    if args.json {
        return print_json(&PlanReport::new(&project, &plan, &target, &warnings));
    }
    print(&text(&project, &plan, &target))?;
    for warning in &warnings {
        warn(warning);
    }
    Ok(())
}

/// What `boxwright plan --json` prints.
#[derive(Debug, Serialize)]
struct PlanReport<'a> {
    /// What was detected, with every decision.
    project: &'a Project,
    /// What the image starts from.
    #[serde(flatten)]
    base: &'a Base,
    /// The target in words, and whether it was assumed since no base was resolved yet.
    target: String,
    target_assumed: bool,
    /// What is done, in this order.
    steps: &'a [Step],
    warnings: &'a [String],
}

impl<'a> PlanReport<'a> {
    fn new(
        project: &'a Project,
        plan: &'a BuildPlan,
        target: &KnownTarget,
        warnings: &'a [String],
    ) -> Self {
        let BuildPlan { name: _, base, base_evidence: _, steps, decisions: _ } = plan;
        let (target, target_assumed) = (target.title(), target.assumed);
        Self { project, base, target, target_assumed, steps, warnings }
    }
}

/// The plan on one screen: what was decided and why, then what the image will be.
fn text(project: &Project, plan: &BuildPlan, target: &KnownTarget) -> String {
    let mut text = String::from("Decided\n");
    let decided = || project.decisions.iter().filter(|decision| decision.level == Level::Note);
    // One long line must not push all evidence off the screen.
    let width = decided().map(|decision| decision.text.chars().count()).max().unwrap_or(0).min(56);
    for Decision { topic, text: decision, evidence, .. } in decided() {
        let _ = writeln!(text, "  {topic:<13} {decision:<width$}  {evidence}");
    }
    text.push_str("\nImage\n");
    let base = match &plan.base {
        Base::Composed { .. } => "composed of Debian packages".to_owned(),
        Base::Image { reference, .. } => reference.clone(),
    };
    let _ = writeln!(text, "  {:<13} {base}, for {}", "base", target.title());
    let mut last = "";
    for (what, value) in plan.steps.iter().flat_map(|step| rows(step, project)) {
        let _ = writeln!(text, "  {:<13} {value}", if what == last { "" } else { what });
        last = what;
    }
    text
}

/// A step in words.
fn rows(step: &Step, project: &Project) -> Vec<(&'static str, String)> {
    let row = |what, value: String| vec![(what, value)];
    match step {
        Step::InstallSystemPackages { packages } => row("packages", packages.join(" ")),
        Step::InstallDependencies { key, .. } => {
            let set = &project.requirements;
            let listed = match &set.lock {
                Some(lock) => format!("{} locked", count(lock.packages.len(), "package")),
                None => count(set.requirements.len(), "requirement"),
            };
            row("dependencies", format!("{listed}, key {}", &key.hex()[..12]))
        }
        Step::CopySource(copy) => {
            let from = if copy.from.is_empty() { "." } else { &copy.from };
            let only = if copy.include.is_empty() {
                String::new()
            } else {
                format!(", only {}", copy.include.join(", "))
            };
            row("files", format!("{from} → {}{only}", copy.to))
        }
        Step::SetEnv { variables } => {
            let shown = variables.iter().filter(|(name, _)| *name != "PATH");
            shown.map(|(name, value)| ("environment", format!("{name}={value}"))).collect()
        }
        Step::WorkDir { path: _ } => Vec::new(),
        Step::User(user) => row("user", user.to_string()),
        Step::Expose { port } => row("port", port.to_string()),
        Step::Label { labels } => {
            labels.iter().map(|(name, value)| ("label", format!("{name}={value}"))).collect()
        }
        Step::Healthcheck(check) => {
            row("healthcheck", format!("every {} s: {}", check.interval, check.command.join(" ")))
        }
        Step::Run { command } => row("runs", command.clone()),
        Step::Start(start) => row("starts", start.to_string()),
    }
}
