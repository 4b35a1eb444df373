//! `boxwright key`.

use crate::project::Project;

fn committed() -> Project {
    let project = Project::flask();
    project.git(&["init", "-q"]);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "one"]);
    project
}

#[test]
fn standard_output_is_the_key_alone() {
    let project = Project::flask();
    let output = project.output(&["key", "--platform", "linux/amd64"]);
    let key = String::from_utf8(output.stdout).unwrap();
    assert!(key.starts_with("sha256:") && key.len() == "sha256:".len() + 64 + 1, "{key}");
    insta::assert_snapshot!(project.run(&["key", "--platform", "linux/amd64"]));
    insta::assert_snapshot!(
        "key_json",
        project.run(&["key", "--platform", "linux/amd64", "--json"])
    );
}

#[test]
fn a_revision_a_directory_a_file_and_a_saved_key_compare() {
    let project = committed();
    project.run(&["key", "--platform", "linux/arm64", "--save", "../key.json"]);
    std::fs::create_dir(project.directory().join("../before")).unwrap();
    std::fs::copy(
        project.directory().join("requirements.txt"),
        project.directory().join("../before/requirements.txt"),
    )
    .unwrap();
    let bases = ["HEAD", "../before", "../before/requirements.txt", "../key.json"];
    let compare =
        |base: &str| project.run(&["key", "--platform", "linux/arm64", "--explain", base]);

    project.write("requirements.txt", "# sorted\nGUNICORN == 23.0.0\n\nFlask==3.1.0\n");
    for base in bases {
        let said = compare(base);
        assert!(said.starts_with("nothing changed\n2 reused\n"), "{base}: {said}");
        assert!(!said.contains("[exit"), "{base}: {said}");
    }
    project.write("requirements.txt", "flask==3.1.1\nrich\ngunicorn==23.0.0\n");
    for base in bases {
        let said = compare(base);
        let expected = "flask 3.1.0 → 3.1.1 (requirements.txt:1)\nrich any version added (requirements.txt:2)\n1 reused\n";
        assert!(said.starts_with(expected) && said.ends_with("[exit 3]\n"), "{base}: {said}");
    }
    insta::assert_snapshot!(project.run(&[
        "key",
        "--platform",
        "linux/amd64",
        "--explain",
        "../key.json"
    ]));
}

#[test]
fn another_python_is_another_key() {
    let project = committed();
    project.write(".python-version", "3.11\n");
    insta::assert_snapshot!(project.run(&[
        "key",
        "--platform",
        "linux/amd64",
        "--explain",
        "HEAD"
    ]));
}

#[test]
fn a_revision_is_read_below_its_own_ignore_file() {
    let project = Project::new(&[
        ("web/requirements.txt", "flask==3.1.0\n"),
        ("web/notes.txt", "x"),
        ("other/requirements.txt", "django\n"),
    ]);
    project.git(&["init", "-q"]);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "one"]);
    project.write("web/requirements.txt", "flask==3.1.0\nrich==14.0.0\n");
    let said = project.run(&["key", "web", "--platform", "linux/amd64", "--explain", "HEAD"]);
    assert!(said.starts_with("rich 14.0.0 added (requirements.txt:2)\n1 reused\n"), "{said}");
    // Without it in the context there are no dependencies, then as now.
    project.write("web/.dockerignore", "requirements.txt\n");
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "two"]);
    project.write("web/.dockerignore", "");
    let said = project.run(&["key", "web", "--explain", "HEAD"]);
    assert!(said.contains("error: no file lists the dependencies"), "{said}");
}

#[test]
fn a_project_that_cannot_start_has_a_key() {
    let project = Project::new(&[("requirements.txt", "flask==3.1.0\n")]);
    assert!(project.run(&["key"]).starts_with("sha256:"));
    let by_file = project.run(&["key", "requirements.txt"]);
    assert_eq!(by_file, project.run(&["key"]));
}

#[test]
fn mistakes() {
    let project = committed();
    project.write("notes.txt", "x");
    let empty = Project::new(&[("notes.txt", "")]);
    let mut said = project.session(&[
        &["key", "--explain", "no-such-branch"],
        &["key", "--explain", "--upload-pack=x"],
        &["key", "--explain=--help"],
        &["key", "--explain", "notes.txt"],
        &["key", "--platform", "windows/amd64"],
        &["key", "nowhere"],
        &["key", "--requirements", "none.txt"],
    ]);
    said += &empty.run(&["key"]);
    insta::assert_snapshot!(said);
}

#[test]
fn without_git_a_revision_cannot_be_read() {
    let project = committed();
    let mut command = project.command(env!("CARGO_BIN_EXE_boxwright"));
    let output =
        command.env("PATH", "/nowhere").args(["key", "--explain", "HEAD"]).output().unwrap();
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap());
}
