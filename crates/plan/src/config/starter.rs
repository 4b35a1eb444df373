//! A first `boxwright.yaml`: what was detected, written down to be changed.

use crate::build_plan::python_path;
use crate::evidence::{Evidence, Topic};
use crate::project::Project;

/// What can be said beyond that, as comments.
const FURTHER: &str = "\
# More that can be said; see docs/boxwright.schema.json.
# env: {LOG_LEVEL: info}
# system_packages: [libpq5]
# healthcheck: /health
# pre_start: [python manage.py migrate]
";

/// Writes what detection decided as a `boxwright.yaml`, each line with its reason.
///
/// The result says the same as the project without it: whoever edits it changes one thing at a time.
pub fn starter_config(project: &Project) -> String {
    let mut text = String::from("# What was detected. A key that is deleted is detected again.\n");
    let mut say = |topic: Option<Topic>, key: &str, value: String| {
        let why = topic.and_then(|topic| reason(project, topic));
        let why = why.map(|evidence| format!("  # {evidence}")).unwrap_or_default();
        text += &[key, ": ", &value, &why, "\n"].concat();
    };
    if let Some(name) = &project.name {
        say(None, "name", quoted(name));
    }
    if !project.source.is_empty() {
        say(Some(Topic::Source), "source", quoted(&project.source));
    }
    if let Some(dependencies) = &project.dependencies {
        say(Some(Topic::Dependencies), "requirements", quoted(&dependencies.file));
    }
    say(Some(Topic::Python), "python", quoted(&project.python.to_string()));
    say(Some(Topic::Start), "start", quoted(&project.start.to_string()));
    if let Some(port) = project.port {
        say(Some(Topic::Port), "port", port.to_string());
    }
    let path = python_path(project).map(|path| ("PYTHONPATH", path));
    let variables = project.environment.iter().map(|(name, value)| (name.as_str(), value.clone()));
    let variables: Vec<_> = variables.chain(path).collect();
    if !variables.is_empty() {
        text += "env:\n";
        for (name, value) in variables {
            text += &["  ", name, ": ", &quoted(&value), "\n"].concat();
        }
    }
    text + "\n" + FURTHER
}

fn reason(project: &Project, topic: Topic) -> Option<&Evidence> {
    let mut decisions = project.decisions_on(topic);
    decisions.next_back().map(|decision| &decision.evidence)
}

/// JSON's strings are YAML's double-quoted ones.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
