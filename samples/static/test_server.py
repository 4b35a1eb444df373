"""Run with `python -m unittest` in this folder; needs no container and no port."""

import re
import unittest

from server import app


class Page(unittest.TestCase):
    def setUp(self):
        self.client = app.test_client()

    def test_everything_the_page_loads_is_served(self):
        page = self.client.get("/")
        self.assertEqual(page.status_code, 200)
        self.assertIn("<h1>Shipped</h1>", page.text)

        loaded = sorted(set(re.findall(r'(?:src|href)="([^"]+)"', page.text)))
        self.assertEqual(loaded, ["/static/app.js", "/static/box.svg", "/static/style.css"])
        for path in loaded:
            with self.subTest(path), self.client.get(path) as answer:
                self.assertEqual(answer.status_code, 200)
                self.assertTrue(answer.data)

    def test_files_have_their_types(self):
        for name, mimetype in [
            ("app.js", "text/javascript"),
            ("box.svg", "image/svg+xml"),
            ("style.css", "text/css"),
        ]:
            with self.subTest(name), self.client.get(f"/static/{name}") as answer:
                self.assertEqual(answer.mimetype, mimetype)


if __name__ == "__main__":
    unittest.main()
