//! Which Python, where the project says nothing: the default one, unless only another has the wheels.

use boxwright_engine::{BuildError, DependencyError};
use boxwright_plan::{Decision, Evidence, Project, PythonMinor, Rule, Topic};

/// The other Pythons that may be tried, the newest first; none where the project, its
/// configuration or the command line says which it wants.
pub(crate) fn others(project: &Project) -> Vec<PythonMinor> {
    if project.python_evidence.rule != Rule::Default {
        return Vec::new();
    }
    PythonMinor::OFFERED.into_iter().rev().filter(|python| *python != project.python).collect()
}

/// Whether an error may only mean that this Python is too new, or too old, for the requirements.
pub(crate) fn wants_another(error: &BuildError) -> bool {
    matches!(error, BuildError::Dependencies(DependencyError::Resolve(_)))
}

/// The same project on another Python, with the reason among its decisions.
pub(crate) fn on(project: &Project, python: PythonMinor) -> Project {
    let mut project = project.clone();
    let text = format!(
        "Python {python} is taken, since the requirements have no wheels for {}: say `--python {python}`, \
         or `python: \"{python}\"` in boxwright.yaml, to settle it",
        project.python
    );
    let evidence = Evidence::by(Rule::Wheels);
    project.decisions.retain(|decision| decision.topic != Topic::Python);
    project.decisions.push(Decision::warning(Topic::Python, text, evidence.clone()));
    project.python = python;
    project.python_evidence = evidence;
    project
}

#[cfg(test)]
mod tests {
    use super::*;
    use boxwright_plan::{Config, MemoryFiles, detect};

    fn project(python_version: Option<&str>) -> Project {
        let mut files = vec![
            ("app.py", "from flask import Flask\napp = Flask(__name__)\n"),
            ("requirements.txt", "flask\ngunicorn\n"),
        ];
        files.extend(python_version.map(|version| (".python-version", version)));
        detect(&files.into_iter().collect::<MemoryFiles>(), &Config::default()).unwrap()
    }

    #[test]
    fn only_a_project_that_does_not_care_gets_another_python() {
        assert_eq!(others(&project(Some("3.13\n"))), []);
        let silent = project(None);
        assert_eq!(others(&silent), [PythonMinor::new(3, 11)]);
        let other = on(&silent, PythonMinor::new(3, 11));
        assert_eq!(other.python, PythonMinor::new(3, 11));
        let about = other.decisions.iter().filter(|decision| decision.topic == Topic::Python);
        let texts: Vec<_> = about.map(|decision| decision.text.as_str()).collect();
        assert!(
            matches!(texts[..], [text] if text.contains("3.11") && text.contains("3.13")),
            "{texts:?}"
        );
    }
}
