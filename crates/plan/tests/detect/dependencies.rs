//! Which file lists the dependencies, and which folder is the application's.

use boxwright_plan::{Config, MemoryFiles, Server, detect};

use crate::{FLASK, Files, project, table};

fn source(files: Files<'_>, config: &str) -> String {
    match project(files, config) {
        Ok(project) => {
            let file = project
                .dependencies
                .map_or_else(|| "nothing".to_owned(), |it| format!("{} as {}", it.file, it.kind));
            format!("{file}, in `{}`", project.source)
        }
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn one_file_is_chosen_in_order_or_two_are_listed() {
    let app = ("app.py", FLASK);
    let requirements = ("requirements.txt", "flask\ngunicorn\n");
    let pyproject = (
        "pyproject.toml",
        "[project]\nname = 'x'\nversion = '1'\ndependencies = ['flask', 'gunicorn']\n",
    );
    let cases: &[(&str, Files<'_>, &str)] = &[
        ("requirements.txt", &[app, requirements], ""),
        ("before pyproject.toml", &[app, requirements, pyproject], ""),
        (
            "a pyproject.toml of tools",
            &[app, requirements, ("pyproject.toml", "[tool.ruff]\nline-length = 99\n")],
            "",
        ),
        ("two locks", &[app, requirements, ("poetry.lock", ""), ("Pipfile.lock", "{}")], ""),
        (
            "one of them named",
            &[app, requirements, ("poetry.lock", ""), ("Pipfile.lock", "{}")],
            "requirements: requirements.txt",
        ),
        (
            "a requirements folder",
            &[
                app,
                ("requirements/base.txt", "flask\n"),
                ("requirements/production.txt", "-r base.txt\ngunicorn\n"),
            ],
            "",
        ),
        (
            "beside the application",
            &[("src/app.py", FLASK), ("src/requirements.txt", "flask\ngunicorn")],
            "",
        ),
        (
            "two levels down",
            &[("services/web/app.py", FLASK), ("services/web/requirements.txt", "flask\ngunicorn")],
            "",
        ),
        (
            "in two folders",
            &[
                ("web/app.py", FLASK),
                ("web/requirements.txt", "flask"),
                ("jobs/app.py", FLASK),
                ("jobs/requirements.txt", "flask"),
            ],
            "",
        ),
        (
            "one of them named",
            &[
                ("web/app.py", FLASK),
                ("web/requirements.txt", "flask"),
                ("jobs/app.py", FLASK),
                ("jobs/requirements.txt", "flask"),
            ],
            "source: ./web/",
        ),
        ("a folder that is not there", &[app, requirements], "source: wbe"),
        ("a file that is not there", &[app, requirements], "requirements: reqs.txt"),
        (
            "documentation has its own",
            &[
                ("docs/requirements.txt", "sphinx"),
                ("docs/conf.py", ""),
                ("web/app.py", FLASK),
                ("web/requirements.txt", "flask"),
            ],
            "",
        ),
        ("misspelt", &[app, ("requirments.txt", "flask\n")], ""),
        ("misspelt otherwise", &[app, ("Requirement.txt", "flask\n")], ""),
        ("none", &[app], ""),
        ("none needed", &[("job.py", "print()\n")], ""),
        ("no Python", &[("index.html", "")], ""),
        ("another index", &[app, requirements], "index: https://pypi.example/simple"),
    ];
    let shown =
        cases.iter().map(|(title, files, config)| format!("{title}: {}", source(files, config)));
    insta::assert_snapshot!(shown.collect::<Vec<_>>().join("\n"));
}

#[test]
fn names_are_compared_whole_and_normalised() {
    insta::assert_snapshot!(table(&[
        ("spelt differently", &[("app.py", FLASK), ("requirements.txt", "FLASK\nGUNICORN\n")]),
        (
            "a part of another name",
            &[("app.py", FLASK), ("requirements.txt", "flask\ngunicorn-color\n")]
        ),
        ("in a comment", &[("app.py", FLASK), ("requirements.txt", "flask  # gunicorn\n")]),
    ]));
}

#[test]
fn a_configured_index_is_part_of_what_is_asked_for() {
    let files: Files<'_> = &[("app.py", FLASK), ("requirements.txt", "flask\ngunicorn\n")];
    let project = project(files, "index: https://pypi.example/simple").unwrap();
    assert_eq!(project.requirements.index.primary(), Some("https://pypi.example/simple"));
}

/// As PowerShell's `pip freeze >` writes it.
#[test]
fn utf_16_is_read() {
    let utf_16 =
        "\u{feff}flask\r\ngunicorn\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files =
        MemoryFiles::from([("app.py", FLASK.as_bytes().to_vec()), ("requirements.txt", utf_16)]);
    let project = detect(&files, &Config::default()).unwrap();
    assert_eq!(project.server, Server::Gunicorn);
}
