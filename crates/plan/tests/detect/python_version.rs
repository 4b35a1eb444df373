//! Which Python the project gets, and what says so.

use boxwright_plan::{Level, Topic};

use crate::{FLASK, Files, project};

fn python(extra: Files<'_>, config: &str) -> String {
    let files: Vec<_> = [("app.py", FLASK), ("requirements.txt", "flask\ngunicorn\n")]
        .into_iter()
        .chain(extra.iter().copied())
        .collect();
    match project(&files, config) {
        Ok(project) => {
            let decision = project.decisions_on(Topic::Python).next().unwrap();
            let warning = if decision.level == Level::Warning {
                format!("\n  warning: {}", decision.text)
            } else {
                String::new()
            };
            format!("{} by {}{warning}", project.python, decision.evidence)
        }
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn the_first_that_says_something_decides() {
    let pyproject = |range: &str| format!("[project]\nname = 'x'\nrequires-python = '{range}'\n");
    let exactly_ten = pyproject("==3.10.*");
    let cases: &[(&str, Files<'_>, &str)] = &[
        ("nothing", &[], ""),
        ("configured", &[(".python-version", "3.13")], "python: \"3.11\""),
        ("configured, unquoted", &[], "python: 3.11"),
        ("configured, unquoted and misread", &[], "python: 3.10"),
        ("configured, not on offer", &[], "python: \"3.12\""),
        ("configured, with a base of one's own", &[], "{python: \"3.12\", base: python:3.12-slim}"),
        (
            ".python-version",
            &[(".python-version", "# mine\n3.11.9\n"), ("runtime.txt", "python-3.13")],
            "",
        ),
        ("runtime.txt", &[("runtime.txt", "python-3.11.4\n")], ""),
        ("an older one", &[("runtime.txt", "python-3.10.2")], ""),
        ("one in between", &[(".python-version", "3.12")], ""),
        ("a newer one", &[(".python-version", "3.14")], ""),
        (
            "a newer one that the project insists on",
            &[(".python-version", "3.14"), ("pyproject.toml", &pyproject(">=3.14"))],
            "",
        ),
        ("Python 2", &[("runtime.txt", "python-2.7.18")], ""),
        (".tool-versions", &[(".tool-versions", "nodejs 20\npython 3.11.4 3.12.0\n")], ""),
        ("mise.toml", &[("mise.toml", "[tools]\nnode = '20'\npython = ['3.11']\n")], ""),
        ("Pipfile", &[("Pipfile", "[requires]\npython_version = '3.11'\n")], ""),
        ("a range: the lowest that satisfies it", &[("pyproject.toml", &pyproject(">=3.9"))], ""),
        ("a range that excludes the lowest", &[("pyproject.toml", &pyproject(">=3.12,<4"))], ""),
        ("a range by patch release", &[("pyproject.toml", &pyproject(">=3.11.5"))], ""),
        (
            "Poetry's caret",
            &[("pyproject.toml", "[tool.poetry.dependencies]\npython = '^3.12'\n")],
            "",
        ),
        ("a range that none satisfies", &[("pyproject.toml", &exactly_ten)], ""),
        ("a range that is none", &[("pyproject.toml", &pyproject("3 or so"))], ""),
        ("pyproject.toml that is no TOML", &[("pyproject.toml", "[project\n")], ""),
    ];
    let shown =
        cases.iter().map(|(title, files, config)| format!("{title}: {}", python(files, config)));
    insta::assert_snapshot!(shown.collect::<Vec<_>>().join("\n"));
}
