//! Which server an application gets, and how it is told its port.

use crate::{FASTAPI, FLASK, outcome, table};

const FACTORY: &str = "from fastapi import FastAPI\ndef create_app():\n    return FastAPI()\n";

#[test]
fn the_server_is_one_that_the_project_depends_on() {
    let flask = ("app.py", FLASK);
    let fastapi = ("main.py", FASTAPI);
    let factory = ("main.py", FACTORY);
    insta::assert_snapshot!(table(&[
        ("gunicorn", &[("requirements.txt", "flask\nGunicorn"), flask]),
        ("waitress", &[("requirements.txt", "flask\nwaitress"), flask]),
        ("granian", &[("requirements.txt", "flask\ngranian"), flask]),
        ("none for Flask", &[("requirements.txt", "flask\nflask-gunicorn-tools"), flask]),
        ("uvicorn", &[("requirements.txt", "fastapi\nuvicorn"), fastapi]),
        ("uvicorn of an extra", &[("requirements.txt", "FastAPI[standard]>=0.112"), fastapi]),
        (
            "gunicorn with uvicorn's worker",
            &[("requirements.txt", "fastapi\nuvicorn\ngunicorn"), fastapi]
        ),
        (
            "gunicorn with the worker's own package",
            &[("requirements.txt", "fastapi\nuvicorn\ngunicorn\nuvicorn_worker"), fastapi]
        ),
        ("hypercorn", &[("requirements.txt", "fastapi\nhypercorn"), fastapi]),
        ("daphne", &[("requirements.txt", "fastapi\ndaphne"), fastapi]),
        ("none for FastAPI", &[("requirements.txt", "fastapi"), fastapi]),
        ("gunicorn alone cannot serve it", &[("requirements.txt", "fastapi\ngunicorn"), fastapi]),
        ("a factory by uvicorn", &[("requirements.txt", "fastapi\nuvicorn"), factory]),
        ("a factory by hypercorn", &[("requirements.txt", "fastapi\nhypercorn"), factory]),
        ("a factory by granian", &[("requirements.txt", "fastapi\ngranian"), factory]),
        (
            "a factory by waitress",
            &[
                ("requirements.txt", "flask\nwaitress"),
                (
                    "main.py",
                    "from flask import Flask\ndef create_app():\n    return Flask(__name__)\n"
                )
            ]
        ),
    ]));
}

#[test]
fn a_server_is_added_when_asked() {
    let fastapi = &[("requirements.txt", "fastapi"), ("main.py", FASTAPI)];
    let flask = &[("requirements.txt", "flask"), ("app.py", FLASK)];
    insta::assert_snapshot!(
        [outcome(fastapi, "add_server: true"), outcome(flask, "add_server: true")].join("\n")
    );
    let project = crate::project(flask, "add_server: true").unwrap();
    let names: Vec<_> = project
        .requirements
        .requirements
        .iter()
        .map(boxwright_requirements::Requirement::label)
        .collect();
    assert_eq!(names, ["flask", "gunicorn"]);
}

#[test]
fn gunicorn_is_told_of_its_configuration_and_no_more_than_it_needs() {
    let requirements = ("requirements.txt", "flask\ngunicorn\n");
    let app = ("app.py", FLASK);
    insta::assert_snapshot!(table(&[
        (
            "found by gunicorn itself",
            &[requirements, app, ("gunicorn.conf.py", "bind = '0.0.0.0:5000'\n")]
        ),
        (
            "in a folder",
            &[
                requirements,
                app,
                (
                    "conf/gunicorn.conf.py",
                    "import os\nbind = '0.0.0.0:' + os.environ.get('PORT', '9000')\nworker_tmp_dir = '/dev/shm'\n"
                )
            ]
        ),
        ("without an address", &[requirements, app, ("gunicorn_config.py", "workers = 2\n")]),
        (
            "an address by format",
            &[
                requirements,
                app,
                (
                    "gunicorn_config.py",
                    "import os\nport = int(os.getenv('PORT', 7000))\nbind = '{}:{}'.format('0.0.0.0', port)\n"
                )
            ]
        ),
        (
            "an address by f-string",
            &[
                requirements,
                app,
                (
                    "gunicorn_config.py",
                    "import os\nbind = f\"0.0.0.0:{os.environ.get('PORT') or 7001}\"\n"
                )
            ]
        ),
        (
            "several addresses",
            &[
                requirements,
                app,
                ("gunicorn_config.py", "bind = ['0.0.0.0:7002', 'unix:/run/a']\n")
            ]
        ),
        ("a socket", &[requirements, app, ("gunicorn_config.py", "bind = 'unix:/run/app.sock'\n")]),
        (
            "the container alone",
            &[requirements, app, ("gunicorn_config.py", "bind = '127.0.0.1:8000'\n")]
        ),
        ("a computed address", &[requirements, app, ("gunicorn_config.py", "bind = address()\n")]),
        (
            "two files",
            &[requirements, app, ("gunicorn_config.py", ""), ("conf/gunicorn_conf.py", "")]
        ),
        ("one that hides gunicorn", &[requirements, app, ("gunicorn.py", "bind = ':1'\n")]),
        ("with a syntax error", &[requirements, app, ("gunicorn_config.py", "bind = \n")]),
        (
            "named in a Procfile",
            &[
                requirements,
                app,
                ("config/web.py", "bind = ':7003'\n"),
                ("Procfile", "web: gunicorn -c python:config.web app:app\n")
            ]
        ),
    ]));
}

#[test]
fn the_port_is_what_the_code_binds() {
    let requirements = ("requirements.txt", "flask\nfastapi\nuvicorn\n gunicorn\n");
    let app = |tail: &str| format!("import os\n{FLASK}{tail}");
    let main = |line: &str| app(&format!("if __name__ == '__main__':\n    {line}\n"));
    let cases = [
        main("app.run(port=5001)"),
        main("app.run('0.0.0.0', 5002)"),
        main("app.run(host='0.0.0.0', port=int(os.environ.get('PORT', 5003)))"),
        main("port = int(os.getenv('PORT', '5004')); app.run(port=port)"),
        main("app.run(debug=True)"),
        main("app.run(port=pick())"),
        app("def main():\n    port = 5005\n    app.run(port=port)\n"),
        app("import uvicorn\nasync def main():\n    uvicorn.run('x', port=5006)\n"),
        app("import subprocess\nsubprocess.run(['x'], port=1)\n"),
        app("app.run(port=5007)\n"),
        app("app.run(host='0.0.0.0', port=80)\n"),
    ];
    let shown = cases.map(|source| {
        format!(
            "# {}\n{}",
            source.replace(FLASK, ""),
            outcome(&[requirements, ("app.py", &source)], "")
        )
    });
    insta::assert_snapshot!(shown.join("\n"));
}
