//! `--help`.

use crate::project::Project;

#[test]
fn help_says_what_there_is() {
    let project = Project::new(&[]);
    let commands = ["plan", "init", "context", "key", "lint", "fmt", "dockerfile", "compose"];
    insta::assert_snapshot!("help", project.run(&["--help"]));
    for command in commands {
        insta::assert_snapshot!(format!("help_{command}"), project.run(&[command, "--help"]));
    }
}

#[test]
fn first_lines_are_short() {
    let project = Project::new(&[]);
    let help = project.run(&["--help"]);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    for line in commands.take_while(|line| !line.is_empty()) {
        assert!(line.len() <= 100, "{line}");
    }
}
