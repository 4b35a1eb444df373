"""A package that holds its application: gunicorn starts it as `gunicorn_app:app`."""

import platform

from flask import Flask, jsonify

app = Flask(__name__)


@app.get("/")
def index():
    return "Served by gunicorn.\n"


@app.get("/health")
def health():
    """For a load balancer: cheap, and of a fixed shape."""
    return jsonify(status="ok", python=platform.python_version())
