//! `boxwright build`, as far as it comes without packages.

use crate::project::Project;

#[test]
fn a_secret_is_refused_before_anything_is_fetched() {
    let project = Project::flask();
    project.write(".env", "DEBUG=1\nSECRET_KEY=jx3hd8s0qmzb\n");
    project.write(
        "key.pem",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIGm\n-----END PRIVATE KEY-----\n",
    );
    insta::assert_snapshot!(project.run(&["build", "--offline"]));
}

#[test]
fn a_rule_is_switched_off_by_flag_or_file() {
    let project = Project::flask();
    project.write(".env", "SECRET_KEY=jx3hd8s0qmzb\n");
    let refused = |text: &str| text.contains("secrets would be published");
    assert!(refused(&project.run(&["build", "--offline"])));
    assert!(!refused(&project.run(&["build", "--offline", "--allow-leak", "dotenv"])));
    project.write("boxwright.yaml", "allow_leaks: [dotenv]\n");
    assert!(!refused(&project.run(&["build", "--offline"])));
    insta::assert_snapshot!(project.run(&["build", "--allow-leak", "dotnev"]));
}

#[test]
fn bulk_is_a_warning() {
    let project = Project::flask();
    project.write("node_modules/x/package.json", "{}");
    let said = project.run(&["build", "--offline", "--quiet"]);
    assert!(!said.contains("would be published"), "{said}");
    let said = project.run(&["build", "--offline"]);
    assert!(said.contains("warning: node_modules: "), "{said}");
}

#[test]
fn a_directory_that_is_none() {
    let project = Project::flask();
    insta::assert_snapshot!(project.session(&[&["build", "nowhere"], &["build", "app.py"]]));
}
