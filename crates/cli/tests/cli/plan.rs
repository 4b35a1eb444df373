//! `boxwright plan` and `boxwright init`.

use crate::project::Project;

const PLATFORM: [&str; 2] = ["--platform", "linux/amd64"];

#[test]
fn every_sample_on_one_screen() {
    for sample in ["flask", "gunicorn", "django", "fastapi", "script", "static"] {
        let project = Project::sample(sample);
        let text = project.run(&["plan", PLATFORM[0], PLATFORM[1]]);
        assert!(text.lines().count() <= 40, "{text}");
        insta::assert_snapshot!(format!("plan_{sample}"), text);
    }
}

#[test]
fn all_steps_are_shown() {
    let project = Project::flask();
    project.write(
        "boxwright.yaml",
        "name: shop\nsystem_packages: [libpq5]\nhealthcheck: /health\nlabels: {team: boxes}\n\
         env: {LEVEL: info}\ninclude: [app.py]\npre_start: [python migrate.py]\nports: [9001]\n",
    );
    insta::assert_snapshot!(project.run(&["plan", PLATFORM[0], PLATFORM[1]]));
    insta::assert_snapshot!(
        "plan_json",
        project.run(&["plan", PLATFORM[0], PLATFORM[1], "--json"])
    );
}

#[test]
fn warnings_stand_apart() {
    let project = Project::new(&[("app.py", "print(1)\n"), (".python-version", "3.12\n")]);
    insta::assert_snapshot!(project.run(&["plan", PLATFORM[0], PLATFORM[1]]));
}

#[test]
fn what_cannot_be_decided_names_the_flag() {
    let two = Project::new(&[
        ("app.py", "from flask import Flask\napp = Flask(__name__)\n"),
        ("main.py", "from flask import Flask\napp = Flask(__name__)\n"),
        ("requirements.txt", "flask\ngunicorn\n"),
    ]);
    let no_server = Project::new(&[
        ("app.py", "from flask import Flask\napp = Flask(__name__)\n"),
        ("requirements.txt", "flask\n"),
    ]);
    let misspelt = Project::new(&[
        ("app.py", "from flask import Flask\napp = Flask(__name__)\n"),
        ("requirments.txt", "flask\ngunicorn\n"),
    ]);
    let broken = Project::new(&[("app.py", "def (:\n"), ("requirements.txt", "flask\n")]);
    let said = [
        two.run(&["plan"]),
        no_server.run(&["plan"]),
        misspelt.run(&["plan"]),
        broken.run(&["plan"]),
        Project::new(&[]).run(&["plan"]),
    ];
    insta::assert_snapshot!(said.join("\n"));
    let said = two.run(&["plan", "--app", "main:app"]);
    assert!(said.contains("starts        gunicorn --worker-tmp-dir /dev/shm main:app\n"), "{said}");
}

#[test]
fn a_mistake_in_the_configuration_is_underlined() {
    let project = Project::flask();
    let said = ["name: shop\nprot: 9000\n", "port: many\n", "port: 0\n", "allow_leaks: [dot]\n"]
        .map(|text| {
            project.write("boxwright.yaml", text);
            project.run(&["plan"])
        });
    insta::assert_snapshot!(said.join("\n"));
    // Left out of the image, it counts all the same.
    project.write(".dockerignore", "boxwright.yaml\n");
    assert!(project.run(&["plan"]).contains("boxwright.yaml:1:15"));
}

#[test]
fn a_configuration_file_changes_what_it_says_and_nothing_else() {
    let project = Project::sample("flask");
    project.write("boxwright.yaml", "port: 9000\n");
    let plan = project.run(&["plan"]);
    assert!(plan.contains("  files         src → /app\n"), "{plan}");
    assert!(plan.contains("  port          9000\n"), "{plan}");
}

#[test]
fn init_writes_once_and_never_over() {
    let project = Project::flask();
    let before = project.run(&["plan", PLATFORM[0], PLATFORM[1]]);
    insta::assert_snapshot!("init", project.run(&["init"]));
    insta::assert_snapshot!("init_file", project.read("boxwright.yaml"));
    let image = |plan: &str| plan.split_once("Image\n").unwrap().1.to_owned();
    let after = project.run(&["plan", PLATFORM[0], PLATFORM[1]]);
    assert_eq!(image(&after), image(&before), "the file says what was detected");

    insta::assert_snapshot!("init_again", project.run(&["init"]));
    project.write("boxwright.yaml", "port: 9000\n");
    insta::assert_snapshot!("init_differs", project.run(&["init"]));
    assert_eq!(project.read("boxwright.yaml"), "port: 9000\n");
}
