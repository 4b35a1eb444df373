//! The first `boxwright.yaml` says what detection would say without it.

use boxwright_plan::{BuildPlan, Config, MemoryFiles, Step, detect, starter_config};

use crate::{FASTAPI, FLASK, Files, project};

fn environment(files: Files<'_>, config: &str) -> Vec<Step> {
    let project = project(files, config).unwrap();
    let config = Config::parse(config).unwrap();
    let plan = BuildPlan::new(&project, boxwright_digest::Digest::of("key"), &config);
    plan.steps
        .into_iter()
        .filter(|step| !matches!(step, Step::InstallDependencies { .. }))
        .collect()
}

#[test]
fn it_changes_nothing() {
    let cases: &[Files<'_>] = &[
        &[("app.py", FLASK), ("requirements.txt", "flask\ngunicorn\n")],
        &[("app.py", FLASK), ("requirements.txt", "flask\n")],
        &[
            ("src/shop/__init__.py", FASTAPI),
            ("requirements.txt", "fastapi\nuvicorn\n"),
            (".python-version", "3.11"),
        ],
        &[
            (
                "web/app.py",
                "from flask import Flask\ndef create_app():\n    return Flask(__name__)\n",
            ),
            ("web/requirements.txt", "flask\ngunicorn\n"),
        ],
        &[("job.py", "print()\n")],
    ];
    let mut shown = Vec::new();
    for files in cases {
        let text = starter_config(&project(files, "").unwrap());
        assert_eq!(environment(files, &text), environment(files, ""), "{text}");
        shown.push(text);
    }
    insta::assert_snapshot!(shown.join("\n"));
}

proptest::proptest! {
    /// Whatever a source holds, reading it ends in a plan or in a message.
    #[test]
    fn any_source_is_read_or_refused(words in proptest::collection::vec(proptest::sample::select(vec![
        "app", "=", "Flask", "(", ")", "[", "]", "{", "}", ":", "\n", "    ", "def ", "class ", "import ", "from ",
        "flask", ".", ",", "'", "f'", "\"\"\"", "if ", "else", "lambda ", "return ", "run", "port", "5000", "#", "\\",
        "create_app", "os.environ.get('PORT')", "async ", "await ", "yield ", "@", "*", "é", "\t", "\r",
    ]), 0..80)) {
        let source = words.concat();
        let files = MemoryFiles::from([("app.py", source.as_str()), ("requirements.txt", "flask\ngunicorn\n")]);
        if let Err(error) = detect(&files, &Config::default()) {
            proptest::prop_assert!(!error.to_string().is_empty());
        }
    }
}
