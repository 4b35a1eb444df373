"""Run with `python -m unittest` in this folder; needs no container, port or database."""

import os
import unittest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

import django  # noqa: E402: the settings are named above
from django.test import Client  # noqa: E402

django.setup()


class Shop(unittest.TestCase):
    def setUp(self):
        self.client = Client()

    def test_the_shelf_is_shown(self):
        page = self.client.get("/")
        self.assertEqual(page.status_code, 200)
        self.assertIn("<li>a bigger box</li>", page.content.decode())

    def test_health_is_json(self):
        answer = self.client.get("/health")
        self.assertEqual((answer.status_code, answer.json()), (200, {"status": "ok"}))

    def test_what_the_server_imports_is_an_application(self):
        from shop.wsgi import application

        self.assertTrue(callable(application))


if __name__ == "__main__":
    unittest.main()
