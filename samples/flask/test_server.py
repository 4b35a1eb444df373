"""Run with `python -m unittest` in this folder; needs no container and no port."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "src"))

from server import app  # noqa: E402: the path above comes first


class Server(unittest.TestCase):
    def setUp(self):
        self.client = app.test_client()

    def test_the_root_greets(self):
        answer = self.client.get("/")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.text, "Hello from Flask!\n")

    def test_another_path_is_not_found(self):
        self.assertEqual(self.client.get("/nothing-here").status_code, 404)


if __name__ == "__main__":
    unittest.main()
