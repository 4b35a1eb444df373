"""Run with `python -m unittest` in this folder; needs no container and no port."""

import os
import pathlib
import runpy
import unittest
from unittest import mock

from gunicorn_app import app

CONFIG = pathlib.Path(__file__).parent / "conf" / "gunicorn_config.py"


class Application(unittest.TestCase):
    def setUp(self):
        self.client = app.test_client()

    def test_the_root_answers(self):
        answer = self.client.get("/")
        self.assertEqual((answer.status_code, answer.text), (200, "Served by gunicorn.\n"))

    def test_health_is_json(self):
        answer = self.client.get("/health")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.get_json()["status"], "ok")


class Configuration(unittest.TestCase):
    def bind(self, environment):
        with mock.patch.dict(os.environ, environment, clear=True):
            return runpy.run_path(str(CONFIG))["bind"]

    def test_the_port_is_the_platforms_or_8080(self):
        self.assertEqual(self.bind({}), "0.0.0.0:8080")
        self.assertEqual(self.bind({"PORT": "9000"}), "0.0.0.0:9000")

    def test_the_access_log_goes_to_standard_output(self):
        self.assertEqual(runpy.run_path(str(CONFIG))["accesslog"], "-")


if __name__ == "__main__":
    unittest.main()
