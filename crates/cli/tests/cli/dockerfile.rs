//! `boxwright dockerfile` and `boxwright compose`.

use crate::project::Project;

#[test]
fn what_is_printed_passes_our_own_lint_and_format() {
    for sample in ["flask", "gunicorn", "django", "fastapi"] {
        for profile in ["simple", "production", "multistage", "reload"] {
            for dialect in ["buildkit", "classic"] {
                let project = Project::sample(sample);
                let arguments =
                    ["dockerfile", "--profile", profile, "--dialect", dialect, "--write"];
                let said = project.run(&arguments);
                assert!(said.ends_with("note: wrote `Dockerfile`\n"), "{sample} {profile}: {said}");
                let said = project.run(&["fmt", "--check"]);
                assert_eq!(said, "", "{sample} {profile} {dialect}");
                let said = project.run(&["lint"]);
                let is_right = said.ends_with("Dockerfile: nothing found\n");
                assert!(
                    is_right || profile == "simple" || profile == "reload",
                    "{sample} {profile}: {said}"
                );
            }
        }
    }
}

#[test]
fn flags_change_the_text() {
    let project = Project::flask();
    insta::assert_snapshot!("dockerfile", project.run(&["dockerfile"]));
    let alpine = ["dockerfile", "--release", "alpine", "--installer", "uv", "--dialect", "classic"];
    insta::assert_snapshot!("dockerfile_alpine", project.run(&alpine));
    let python2 = ["dockerfile", "--python", "2.7", "--start", "python app.py", "--port", "80"];
    insta::assert_snapshot!("dockerfile_python2", project.run(&python2));
}

#[test]
fn only_its_own_file_is_overwritten() {
    let project = Project::flask();
    insta::assert_snapshot!(project.session(&[
        &["dockerfile", "--write"],
        &["dockerfile", "--write"],
        &["dockerfile", "--profile", "simple", "--write"],
    ]));
    project.write(".dockerignore", "mine\n");
    project.write("Dockerfile", "FROM mine\n");
    let said = project.run(&["dockerfile", "--write"]);
    assert!(said.starts_with("--- Dockerfile\n+++ Dockerfile\n@@ "), "{said}");
    assert!(said.contains("\n-FROM mine\n") && said.ends_with("[exit 1]\n"), "{said}");
    assert_eq!(project.read("Dockerfile"), "FROM mine\n");
    assert_eq!(project.read(".dockerignore"), "mine\n");
}

#[test]
fn mistakes() {
    let project = Project::sample("script");
    insta::assert_snapshot!(project.session(&[
        &["dockerfile", "--profile", "static"],
        &["dockerfile", "--profile", "best"],
        &["dockerfile", "--python", "2.7"],
        &["dockerfile", "--python", "2.7", "--start", "a | b"],
        &["dockerfile", "nowhere"],
    ]));
}

#[test]
fn a_compose_file() {
    let project = Project::flask();
    project.write("requirements.txt", "flask==3.1.0\ngunicorn==23.0.0\npsycopg==3.2.3\n");
    insta::assert_snapshot!("compose", project.run(&["compose"]));
    project.run(&["compose", "--write"]);
    assert_eq!(project.read("compose.yaml"), project.run(&["compose"]));
    project.write("compose.yaml", "services: {}\n");
    let said = project.run(&["compose", "--write"]);
    assert!(said.contains("-services: {}\n") && said.ends_with("[exit 1]\n"), "{said}");
    assert_eq!(project.read("compose.yaml"), "services: {}\n");
}
