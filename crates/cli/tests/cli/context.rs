//! `boxwright context`.

use crate::project::Project;

fn mixed() -> Project {
    let project = Project::flask();
    project.write(".dockerignore", "# mine\n**/*.log\n!keep.log\ndata\n");
    project.write("static/css/site.css", &"a".repeat(1500));
    project.write("static-old/x.css", "b");
    project.write("debug.log", "x");
    project.write("keep.log", "x");
    project.write("data/big.bin", "x");
    project
}

#[test]
fn a_tree_a_list_and_the_largest() {
    let project = mixed();
    insta::assert_snapshot!(project.session(&[
        &["context"],
        &["context", "--flat"],
        &["context", "--largest", "2"],
        &["context", ".", "--largest"],
    ]));
}

#[test]
fn every_path_has_its_reason() {
    let project = mixed();
    let paths = ["app.py", "./debug.log", "keep.log", "data/big.bin", "no/such.log"];
    let mut arguments = vec!["context"];
    arguments.extend(paths.iter().flat_map(|path| ["--explain", path]));
    insta::assert_snapshot!(project.run(&arguments));
    let absolute = project.directory().join("debug.log");
    let said = project.run(&["context", "--explain", absolute.to_str().unwrap()]);
    assert!(said.starts_with("`debug.log` stays out"), "{said}");
    insta::assert_snapshot!(
        "explain_json",
        project.run(&["context", "--explain", "data/big.bin", "--json"])
    );
    insta::assert_snapshot!("explain_outside", project.run(&["context", "--explain", "../x"]));
}

#[test]
fn json_holds_everything() {
    let project = Project::new(&[("a.py", "x\n"), (".env", "SECRET_KEY=jx3hd8s0qmzb\n")]);
    std::os::unix::fs::symlink("a.py", project.directory().join("link")).unwrap();
    insta::assert_snapshot!(project.run(&["context", "--json"]));
}

#[test]
fn leaks_are_listed() {
    let project = Project::flask();
    project.write(".env", "SECRET_KEY=jx3hd8s0qmzb\n");
    project.write(".git/HEAD", "ref: refs/heads/main\n");
    insta::assert_snapshot!(project.run(&["context", "--largest=1"]));
    let allowed = project.run(&["context", "--allow-leak", "dotenv", "--allow-leak", "git"]);
    assert!(!allowed.contains("secret:") && !allowed.contains("bulk:"), "{allowed}");
}

#[test]
fn a_suggestion_keeps_what_the_file_says() {
    let project = Project::flask();
    project.write(".dockerignore", "# mine\r\nvenv\n!.env.example\n");
    let suggested = project.run(&["context", "--suggest"]);
    assert!(suggested.starts_with("# mine\r\nvenv\n!.env.example\n\n# History\n"), "{suggested}");
    assert_eq!(project.read(".dockerignore"), "# mine\r\nvenv\n!.env.example\n");

    let said = project.session(&[&["context", "--write"], &["context", "--write"]]);
    insta::assert_snapshot!(said);
    assert_eq!(project.read(".dockerignore"), suggested);
}

#[test]
fn mistakes() {
    let project = Project::flask();
    project.write(".dockerignore", "ok\na[\n");
    insta::assert_snapshot!(project.session(&[
        &["context"],
        &["context", "nowhere"],
        &["context", "--flat", "--largest"],
        &["context", "--allow-leak", "nope"],
    ]));
}

#[test]
fn a_second_scan_remembers_digests() {
    let project = Project::flask();
    let first = project.run(&["context", "--json"]);
    assert_eq!(project.run(&["context", "--json"]), first);
    let scans = project.directory().join("../cache/boxwright/scans");
    assert_eq!(std::fs::read_dir(scans).unwrap().count(), 1);
    // A home that cannot be written to costs time alone.
    assert_eq!(project.run(&["context", "--json", "--cache-dir", "/proc/none"]), first);
}
