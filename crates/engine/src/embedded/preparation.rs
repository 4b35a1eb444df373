//! A plan as the embedded engine carries it out: which steps it has, and the configuration they make.

use std::collections::BTreeMap;

use boxwright_digest::Digest;
use boxwright_image::Image;
use boxwright_plan::{BuildPlan, CopySource, Step, User};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::BuiltLayer;
use super::base::BaseResolution;

/// A step that this engine cannot carry out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the embedded engine cannot carry out the step `{step}`: {reason}; {fix}")]
pub struct UnsupportedStep {
    /// The step's name.
    pub step: &'static str,
    /// Why not.
    pub reason: &'static str,
    /// What to do.
    pub fix: &'static str,
}

/// The install step, taken apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Install<'a> {
    pub(crate) key: Digest,
    pub(crate) index: Option<&'a str>,
    pub(crate) layer_budget: usize,
}

/// A plan of which every step can be carried out.
#[derive(Debug, Clone)]
pub(crate) struct Preparation<'a> {
    pub(crate) install: Install<'a>,
    pub(crate) copy: &'a CopySource,
    /// Who runs the processes.
    pub(crate) user: User,
    plan: &'a BuildPlan,
}

impl<'a> Preparation<'a> {
    /// Checks every step before anything is fetched.
    pub(crate) fn new(plan: &'a BuildPlan) -> Result<Self, UnsupportedStep> {
        let (mut install, mut copy, mut user) = (None, None, User::NONROOT);
        for step in &plan.steps {
            match step {
                Step::InstallDependencies { key, index, layer_budget, .. } => {
                    let layer_budget = usize::from(*layer_budget);
                    install = Some(Install { key: *key, index: index.as_deref(), layer_budget });
                }
                Step::CopySource(source) => copy = Some(source),
                Step::InstallSystemPackages { .. } | Step::Run { .. } => {
                    return Err(unsupported(step));
                }
                Step::User(named) => user = *named,
                Step::SetEnv { .. }
                | Step::WorkDir { .. }
                | Step::Expose { .. }
                | Step::Label { .. }
                | Step::Healthcheck(_)
                | Step::Start(_) => {}
            }
        }
        let missing = |step| UnsupportedStep {
            step,
            reason: "the plan has none",
            fix: "plan with `BuildPlan::new`",
        };
        Ok(Self {
            install: install.ok_or_else(|| missing("install-dependencies"))?,
            copy: copy.ok_or_else(|| missing("copy-source"))?,
            user,
            plan,
        })
    }

    /// The folder that is copied, for people.
    pub(crate) fn source_title(&self) -> &str {
        if self.copy.from.is_empty() { "." } else { &self.copy.from }
    }

    /// The image: its layers, and the configuration that the steps make.
    pub(crate) fn image(&self, base: &BaseResolution, layers: &[BuiltLayer], epoch: u64) -> Image {
        let mut image = Image::empty(base.target.architecture.oci());
        image.config.created = Some(rfc3339(epoch));
        for built in layers {
            image.append(built.layer.clone(), &format!("{}: {}", built.kind.name(), built.title));
        }
        for step in &self.plan.steps {
            apply(step, &mut image);
        }
        let labels = &mut image.config.config.labels;
        labels.insert(
            "org.opencontainers.image.base.name".to_owned(),
            format!("debian:{}", base.suite),
        );
        labels.insert("org.opencontainers.image.created".to_owned(), rfc3339(epoch));
        image.annotations = annotations(labels);
        image
    }
}

/// What a registry shows without fetching the configuration.
fn annotations(labels: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let standard = |(name, _): &(&String, &String)| name.starts_with("org.opencontainers.image.");
    labels.iter().filter(standard).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn apply(step: &Step, image: &mut Image) {
    let config = &mut image.config;
    match step {
        Step::SetEnv { variables } => {
            for (name, value) in variables {
                config.set_env(name, value);
            }
        }
        Step::WorkDir { path } => config.config.working_dir.clone_from(path),
        Step::User(user) => config.config.user = user.to_string(),
        Step::Expose { port } => config.expose(*port),
        Step::Label { labels } => config.config.labels.extend(labels.clone()),
        Step::Healthcheck(check) => {
            let nanoseconds = |seconds: u32| u64::from(seconds) * 1_000_000_000;
            let command: Vec<_> =
                ["CMD"].into_iter().chain(check.command.iter().map(String::as_str)).collect();
            let value = serde_json::json!({
                "Test": command,
                "Interval": nanoseconds(check.interval),
                "Timeout": nanoseconds(check.timeout),
                "StartPeriod": nanoseconds(check.start_period),
                "Retries": check.retries,
            });
            // Docker's own field; the OCI specification has none, and other engines ignore it.
            config.config.other.insert("Healthcheck".to_owned(), value);
        }
        Step::Start(start) => config.config.cmd = start.exec(),
        // Layers, or refused before.
        Step::InstallDependencies { .. }
        | Step::CopySource(_)
        | Step::InstallSystemPackages { .. }
        | Step::Run { .. } => {}
    }
}

fn unsupported(step: &Step) -> UnsupportedStep {
    let (reason, fix) = match step {
        Step::Run { .. } => {
            ("it runs nothing of the project", "build with Docker from `boxwright dockerfile`")
        }
        _ => (
            "it does not install system packages yet",
            "build with Docker from `boxwright dockerfile`",
        ),
    };
    UnsupportedStep { step: step.name(), reason, fix }
}

/// Seconds since 1970 as `2024-05-01T00:00:00Z`. What lies beyond the year 9999 is the last second
/// before it, since RFC 3339 knows no later one.
fn rfc3339(seconds: u64) -> String {
    const LAST: i64 = 253_402_300_799;
    let seconds = i64::try_from(seconds).unwrap_or(LAST).min(LAST);
    let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    time.format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_a_date() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_200, "2024-03-01T00:00:00Z"),
            (u64::MAX, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(seconds), text);
        }
    }
}
