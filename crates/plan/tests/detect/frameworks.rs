//! Each framework, made in the ways in which people make it.

use crate::{FLASK, outcome, table};

#[test]
fn objects_are_recognised_by_what_makes_them() {
    let all = (
        "requirements.txt",
        "flask\nfastapi\nstarlette\nquart\nlitestar\nsanic\naiohttp\nfalcon\nbottle\ndash\npyramid\nuvicorn\n",
    );
    let cases = [
        "import flask\napp = flask.Flask(__name__)\n",
        "import flask as f\napp = application = f.Flask(__name__)\n",
        "from flask import Flask as F\napp: F = F(__name__)\n",
        "from flask import Flask\nclass Shop(Flask): ...\napp = Shop(__name__)\n",
        "try:\n    from flask import Flask\nexcept ImportError:\n    Flask = None\napp = Flask(__name__)\n",
        "from flask import Flask\ndef build():\n    return Flask(__name__)\napp = build()\n",
        "from flask import Flask\ndef build():\n    it = Flask(__name__)\n    it.debug = 1\n    return it\napplication = build()\n",
        "from flask import Flask\nfrom flask_restful import Api\napp = Flask(__name__)\napi = Api(app)\n",
        "from whitenoise import WhiteNoise\nfrom flask import Flask\napp = Flask(__name__)\napp = WhiteNoise(app)\n",
        "from asgiref.wsgi import WsgiToAsgi\nfrom flask import Flask\nflask_app = Flask(__name__)\napp = WsgiToAsgi(flask_app)\n",
        "from celery import Celery\napp = Celery()\n",
        "from typer import Typer\napp = Typer()\nif __name__ == '__main__':\n    app()\n",
        "from starlette.applications import Starlette\napp = Starlette()\n",
        "from quart import Quart\napp = Quart(__name__)\n",
        "from litestar import Litestar\napp = Litestar([])\n",
        "from sanic import Sanic\napp = Sanic('x')\n",
        "from aiohttp import web\napp = web.Application()\nif __name__ == '__main__':\n    web.run_app(app, port=9000)\n",
        "import falcon\napp = falcon.App()\n",
        "import falcon.asgi\napp = falcon.asgi.App()\n",
        "import bottle\napp = bottle.default_app()\n",
        "from pyramid.config import Configurator\nwith Configurator() as config:\n    app = config.make_wsgi_app()\n",
        "from dash import Dash\napp = Dash(__name__)\nserver = app.server\n",
        "from dash import Dash\napp = Dash(__name__)\nif __name__ == '__main__':\n    app.run(debug=True)\n",
        "import socketio\nsio = socketio.AsyncServer()\napp = socketio.ASGIApp(sio)\n",
        "def application(environ, start_response):\n    return []\n",
        "async def app(scope, receive, send): ...\n",
    ];
    let shown = cases.map(|source| format!("{source}{}", outcome(&[all, ("main.py", source)], "")));
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn applications_are_followed_through_the_project() {
    let flask = ("requirements.txt", "flask\ngunicorn\n");
    let shop = "from flask import Flask\nfrom .extensions import db\ndef create_app():\n    app = Flask(__name__)\n    return app\n";
    insta::assert_snapshot!(table(&[
        (
            "a factory of a package",
            &[
                flask,
                ("run.py", "from shop import create_app\napp = create_app()\n"),
                ("shop/__init__.py", shop)
            ]
        ),
        (
            "through a relative import",
            &[
                flask,
                ("app/__init__.py", "from .factory import create_app\n"),
                ("app/factory.py", shop)
            ]
        ),
        (
            "through two modules",
            &[
                flask,
                ("wsgi.py", "import shop.web\napp = shop.web.app\n"),
                ("shop/__init__.py", ""),
                ("shop/web.py", "from shop.core import app\n"),
                ("shop/core.py", FLASK)
            ]
        ),
        (
            "imported inside of the factory",
            &[
                flask,
                (
                    "shop/__init__.py",
                    "def create_app():\n    from flask import Flask\n    return Flask(__name__)\n"
                )
            ]
        ),
        (
            "in a circle",
            &[
                flask,
                ("app.py", "from server import app\n"),
                ("server.py", "from app import app\n")
            ]
        ),
        (
            "out of a package that is not there",
            &[flask, ("app.py", "from vendor import create_app\napp = create_app()\n")]
        ),
    ]));
}

const MANAGE: &str = "import os\ndef main():\n    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n    from django.core.management import execute_from_command_line\nif __name__ == '__main__':\n    main()\n";
const WSGI: &str = "import os\nfrom django.core.wsgi import get_wsgi_application\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\napplication = get_wsgi_application()\n";
const ASGI: &str =
    "from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n";

#[test]
fn django_is_read_from_its_settings() {
    let needs = ("requirements.txt", "Django\ngunicorn\n");
    let manage = ("manage.py", MANAGE);
    let settings =
        ("shop/settings.py", "STATIC_ROOT = '/x'\nWSGI_APPLICATION = 'shop.wsgi.application'\n");
    let wsgi = ("shop/wsgi.py", WSGI);
    let asgi = ("shop/asgi.py", ASGI);
    insta::assert_snapshot!(table(&[
        ("as django-admin writes it", &[needs, manage, settings, wsgi, asgi]),
        (
            "a settings folder",
            &[
                needs,
                manage,
                ("shop/settings/__init__.py", "from .base import *\n"),
                ("shop/settings/base.py", "WSGI_APPLICATION = \"shop.wsgi.application\"\n"),
                wsgi
            ]
        ),
        ("no setting, a gateway", &[needs, manage, ("shop/settings.py", "DEBUG = False\n"), wsgi]),
        (
            "a computed setting, a gateway",
            &[
                needs,
                manage,
                ("shop/settings.py", "WSGI_APPLICATION = name() + '.application'\n"),
                wsgi
            ]
        ),
        (
            "a computed setting alone",
            &[
                needs,
                manage,
                ("shop/settings.py", "x = 1\nWSGI_APPLICATION = env('WSGI')\n"),
                ("shop/__init__.py", "")
            ]
        ),
        (
            "settings named by the gateway alone",
            &[needs, ("manage.py", "import sys\n"), settings, wsgi]
        ),
        (
            "asynchronous, served by uvicorn",
            &[("requirements.txt", "django\nuvicorn\n"), manage, settings, wsgi, asgi]
        ),
        (
            "channels",
            &[
                ("requirements.txt", "django\nchannels\ndaphne\n"),
                manage,
                (
                    "shop/settings.py",
                    "ASGI_APPLICATION = 'shop.asgi.application'\nWSGI_APPLICATION = 'shop.wsgi.application'\n"
                ),
                wsgi,
                asgi
            ]
        ),
        ("no server", &[("requirements.txt", "django\n"), manage, settings, wsgi]),
        (
            "in a folder of its own",
            &[
                needs,
                ("site/manage.py", MANAGE),
                ("site/shop/settings.py", settings.1),
                ("site/shop/wsgi.py", WSGI)
            ]
        ),
        ("a syntax error in manage.py", &[needs, ("manage.py", "print 'x'\n"), settings, wsgi]),
        (
            "manage.py without Django",
            &[
                ("requirements.txt", "flask\ngunicorn\n"),
                ("manage.py", "x = 1\n"),
                ("app.py", FLASK)
            ]
        ),
    ]));
}

#[test]
fn streamlit_brings_its_server() {
    let needs = ("requirements.txt", "streamlit\n");
    let script = "import streamlit as st\nst.write('x')\n";
    insta::assert_snapshot!(table(&[
        ("the only script", &[needs, ("dashboard.py", script), ("lib.py", "x = 1\n")]),
        ("the one of the usual name", &[needs, ("streamlit_app.py", script), ("other.py", script)]),
        ("two", &[needs, ("a.py", script), ("b.py", script)]),
    ]));
}
