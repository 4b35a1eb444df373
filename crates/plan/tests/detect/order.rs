//! The order of the rules for the start command, and what counts as two answers.

use crate::{FASTAPI, FLASK, outcome, table};

const SERVED: (&str, &str) = ("requirements.txt", "flask\nfastapi\nuvicorn\ngunicorn\n");

#[test]
fn a_procfile_comes_before_the_sources() {
    insta::assert_snapshot!(table(&[
        (
            "web before worker",
            &[
                SERVED,
                ("app.py", FLASK),
                ("Procfile", "worker: celery\nweb: gunicorn -b :$PORT app:app\n")
            ]
        ),
        (
            "worker before another",
            &[SERVED, ("app.py", FLASK), ("Procfile", "beat: x\nworker: celery -A app\n")]
        ),
        ("the only one", &[SERVED, ("app.py", FLASK), ("Procfile", "# who\nbot: python bot.py\n")]),
        ("two, neither of them known", &[SERVED, ("app.py", FLASK), ("Procfile", "a: x\nb: y\n")]),
        (
            "its default port",
            &[
                SERVED,
                ("app.py", FLASK),
                ("Procfile", "web: uvicorn app:app --host 0.0.0.0 --port ${PORT:-5000}")
            ]
        ),
        (
            "set-up commands are not run",
            &[
                SERVED,
                ("app.py", FLASK),
                ("Procfile", "web: flask db upgrade && exec gunicorn app:app")
            ]
        ),
        (
            "a shell, and something else to go by",
            &[SERVED, ("app.py", FLASK), ("Procfile", "web: bash run.sh")]
        ),
        (
            "a shell, and nothing else",
            &[SERVED, ("lib.py", "x = 1\n"), ("Procfile", "web: gunicorn a:a | tee log")]
        ),
        (
            "a variable",
            &[SERVED, ("lib.py", "x = 1\n"), ("Procfile", "web: gunicorn a:a -w $WORKERS")]
        ),
        ("a development server", &[SERVED, ("app.py", FLASK), ("Procfile", "web: flask run")]),
        (
            "bound to the container alone",
            &[SERVED, ("app.py", FLASK), ("Procfile", "web: gunicorn app:app -b 127.0.0.1:9000")]
        ),
    ]));
}

#[test]
fn pyproject_names_the_application_or_a_script() {
    let script = "[project]\nname = \"shop\"\n[project.scripts]\nshop = \"shop.cli:main\"\n";
    let serving = "import uvicorn\nfrom shop.web import app\ndef main():\n    uvicorn.run(app, host='0.0.0.0', port=9000)\n";
    let printing = "def main():\n    print('hello')\n";
    insta::assert_snapshot!(table(&[
        (
            "FastAPI's entrypoint",
            &[
                SERVED,
                ("pyproject.toml", "[tool.fastapi]\nentrypoint = \"shop.web:app\"\n"),
                ("shop/web.py", FASTAPI),
                ("main.py", FLASK)
            ]
        ),
        (
            "a script that serves",
            &[
                SERVED,
                ("pyproject.toml", script),
                ("shop/cli.py", serving),
                ("shop/web.py", FASTAPI)
            ]
        ),
        (
            "a script that is a tool, beside an application",
            &[
                SERVED,
                ("pyproject.toml", script),
                ("src/shop/cli.py", printing),
                ("src/shop/__init__.py", FASTAPI)
            ]
        ),
        ("a script alone", &[SERVED, ("pyproject.toml", script), ("shop/cli.py", printing)]),
        (
            "a script of a module that is not there",
            &[SERVED, ("pyproject.toml", script), ("app.py", FLASK)]
        ),
        (
            "two scripts",
            &[
                SERVED,
                (
                    "pyproject.toml",
                    "[project]\nname='shop'\n[project.scripts]\na = 'app:a'\nb = 'app:b'\n"
                ),
                ("app.py", FLASK)
            ]
        ),
    ]));
}

#[test]
fn objects_are_looked_for_where_people_put_them() {
    let factory = "from flask import Flask\ndef create_app(config=None):\n    app = Flask(__name__)\n    return app\n";
    insta::assert_snapshot!(table(&[
        ("app.py", &[SERVED, ("app.py", FLASK)]),
        ("a package", &[SERVED, ("shop/__init__.py", FLASK)]),
        ("in app/", &[SERVED, ("app/__init__.py", ""), ("app/main.py", FASTAPI)]),
        (
            "in app/, importing its neighbours by bare names",
            &[
                SERVED,
                ("app/main.py", &format!("import routers\n{FASTAPI}")),
                ("app/routers.py", "")
            ]
        ),
        ("in src/", &[SERVED, ("src/server.py", FLASK)]),
        (
            "in a package in src/",
            &[SERVED, ("src/shop/__init__.py", ""), ("src/shop/api.py", FASTAPI)]
        ),
        (
            "in a folder of another name",
            &[
                SERVED,
                ("backend/main.py", &format!("from models import x\n{FASTAPI}")),
                ("backend/models.py", "x = 1\n")
            ]
        ),
        ("a module of another name", &[SERVED, ("shop.py", FLASK), ("test_shop.py", FLASK)]),
        (
            "an object of another name",
            &[SERVED, ("main.py", "import flask\nshop = flask.Flask('shop')\n")]
        ),
        ("a factory", &[SERVED, ("shop/__init__.py", factory)]),
        (
            "an object before a factory",
            &[
                SERVED,
                ("shop/__init__.py", factory),
                ("autoapp.py", "from shop import create_app\napp = create_app()\n")
            ]
        ),
        (
            "a factory that must be given something",
            &[SERVED, ("shop/__init__.py", &factory.replace("=None", ""))]
        ),
        (
            "FLASK_APP",
            &[
                SERVED,
                (".flaskenv", "FLASK_DEBUG=1\nFLASK_APP=shop.py\n"),
                ("shop.py", FLASK),
                ("other.py", FLASK)
            ]
        ),
        (
            "a package with a main module",
            &[SERVED, ("shop/__init__.py", ""), ("shop/__main__.py", "print()\n")]
        ),
        ("a script", &[SERVED, ("job.py", "print('hello')\n")]),
        (
            "a script with a main guard beside a library",
            &[
                SERVED,
                ("job.py", "import lib\nif __name__ == '__main__':\n    lib.go()\n"),
                ("lib.py", "print()\n")
            ]
        ),
    ]));
}

#[test]
fn two_applications_are_listed_and_one_of_them_inside_the_other_is_not() {
    insta::assert_snapshot!(table(&[
        ("two at the root", &[SERVED, ("main.py", FASTAPI), ("app.py", FLASK)]),
        ("one at the root, one in app/", &[SERVED, ("main.py", FASTAPI), ("app/main.py", FASTAPI)]),
        (
            "mounted into the other",
            &[
                SERVED,
                ("main.py", &format!("{FASTAPI}from app.api import api\napp.mount('/api', api)\n")),
                ("app/__init__.py", ""),
                ("app/api.py", "from fastapi import FastAPI\napi = FastAPI()\n")
            ]
        ),
        (
            "the same through wsgi.py",
            &[SERVED, ("app.py", FLASK), ("wsgi.py", "from app import app\n")]
        ),
        (
            "wrapped by wsgi.py",
            &[
                SERVED,
                ("app.py", FLASK),
                (
                    "wsgi.py",
                    "from werkzeug.middleware.proxy_fix import ProxyFix\nfrom app import app as inner\napp = ProxyFix(inner)\n"
                )
            ]
        ),
        (
            "the same through run.py, which serves when imported",
            &[SERVED, ("shop/__init__.py", FLASK), ("run.py", "from shop import app\napp.run()\n")]
        ),
        (
            "two factories",
            &[
                SERVED,
                ("a/__init__.py", "def create_app(): return Flask()\n"),
                ("b/__init__.py", "def create_app(): return Flask()\n")
            ]
        ),
        (
            "two scripts",
            &[
                SERVED,
                ("a.py", "if __name__ == '__main__': pass\n"),
                ("b.py", "if __name__ == '__main__': pass\n")
            ]
        ),
        ("nothing", &[SERVED, ("lib.py", "x = 1\n")]),
    ]));
}

#[test]
fn what_is_configured_wins() {
    let files = &[
        SERVED,
        ("main.py", FASTAPI),
        ("app.py", FLASK),
        ("shop.py", "def make(name): ...\nthing = load()\n"),
    ];
    let configs = [
        "app: app:app",
        "app: main",
        "app: main.py:app",
        "app: shop:make('x')",
        "app: shop:thing",
        "app: shop:nothing",
        "app: nowhere:app",
        "app: shop",
        "start: gunicorn app:app -b 0.0.0.0:9000",
        "{start: [gunicorn, app:app], port: 9000}",
        "{start: gunicorn app:app -b 0.0.0.0:9000, port: 9001}",
        "processes: {web: gunicorn app:app, worker: celery -A app}",
        "start: gunicorn app:app | tee log",
        "{app: app:app, port: 9000}",
    ];
    let shown = configs.map(|config| format!("# {config}\n{}", outcome(files, config)));
    insta::assert_snapshot!(shown.join("\n"));
}
