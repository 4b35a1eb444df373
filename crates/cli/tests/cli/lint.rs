//! `boxwright lint` and `boxwright fmt`.

use crate::project::Project;

const POOR: &str = "\
FROM python:latest
COPY . .
RUN pip install -r requirements.txt
EXPOSE 5000
CMD python app.py
";

fn poor() -> Project {
    let project = Project::new(&[
        ("app.py", "from flask import Flask\napp = Flask(__name__)\napp.run(port=8000)\n"),
        ("requirements.txt", "flask==3.1.0\ngunicorn==23.0.0\n"),
    ]);
    project.write("Dockerfile", POOR);
    project
}

#[test]
fn findings_show_their_lines() {
    insta::assert_snapshot!(poor().run(&["lint"]));
}

#[test]
fn rules_are_allowed_and_denied() {
    let project = poor();
    let rules = |text: &str| -> Vec<String> {
        let heads = text.lines().filter(|line| line.contains('[') && line.contains("]: "));
        heads.map(|line| line.split("]: ").next().unwrap().to_owned() + "]").collect()
    };
    let said = project.run(&["lint", "--allow", "runs-as-root", "--deny", "unpinned-base"]);
    let found = rules(&said);
    assert!(found.contains(&"error[unpinned-base]".to_owned()), "{said}");
    assert!(!said.contains("runs-as-root"), "{said}");
    assert!(said.ends_with("[exit 1]\n"), "{said}");
    let denied = project.run(&["lint", "--deny", "warnings"]);
    assert!(!rules(&denied).iter().any(|rule| rule.starts_with("warning")), "{denied}");
}

#[test]
fn output_for_programs() {
    let project = Project::new(&[(
        "Dockerfile",
        "FROM python:3.13-slim\nCMD python -m http.server\nUSER 1\n",
    )]);
    let json: serde_json::Value =
        serde_json::from_slice(&project.output(&["lint", "--json"]).stdout).unwrap();
    assert_eq!(json[0]["rule"], "JSONArgsRecommended");
    let sarif: serde_json::Value =
        serde_json::from_slice(&project.output(&["lint", "--sarif"]).stdout).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "JSONArgsRecommended");
    let help = sarif["runs"][0]["tool"]["driver"]["rules"][2]["helpUri"].as_str().unwrap();
    assert!(help.ends_with("/blob/main/docs/lint/pip-cache-in-layer.md"), "{help}");
}

#[test]
fn safe_fixes_are_made() {
    let project = poor();
    let said = project.run(&["lint", "--fix"]);
    assert!(said.contains("note: 2 changes in `Dockerfile`"), "{said}");
    insta::assert_snapshot!(project.read("Dockerfile"));
    let fixed = project.read("Dockerfile");
    project.run(&["lint", "--fix"]);
    assert_eq!(project.read("Dockerfile"), fixed);
}

#[test]
fn all_rules_are_listed() {
    insta::assert_snapshot!(Project::new(&[]).run(&["lint", "--list"]));
}

#[test]
fn a_context_may_be_elsewhere() {
    let project = poor();
    project.write("deploy/prod.Dockerfile", POOR);
    let alone = project.run(&["lint", "deploy/prod.Dockerfile"]);
    assert!(!alone.contains("exposed-port-not-bound"), "{alone}");
    let within = project.run(&["lint", "deploy/prod.Dockerfile", "--context", "."]);
    assert!(within.contains("exposed-port-not-bound"), "{within}");
}

#[test]
fn mistakes() {
    let project = Project::new(&[("Dockerfile", "FORM python\n")]);
    std::fs::write(project.directory().join("latin"), b"FROM \xe9\n").unwrap();
    insta::assert_snapshot!(project.session(&[
        &["lint"],
        &["lint", "nowhere"],
        &["lint", "latin"],
        &["lint", "--allow", "nope"],
        &["lint", "--json", "--sarif"],
    ]));
}

#[test]
fn the_formatter_checks_and_writes() {
    let project = Project::new(&[
        ("Dockerfile", "from  python:3.13\nrun  pip  list\n"),
        ("tidy", "FROM a\n"),
    ]);
    insta::assert_snapshot!(project.session(&[
        &["fmt", "--check"],
        &["fmt", "--check", "tidy"],
        &["fmt", "Dockerfile", "tidy"],
        &["fmt", "--check"],
        &["fmt", "nowhere"],
    ]));
    assert_eq!(project.read("Dockerfile"), "FROM python:3.13\nRUN pip  list\n");
}
