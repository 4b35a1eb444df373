"""Run with `python -m unittest` in this folder; needs no container and no port.

FastAPI's test client would need a further package, so that the application is called as a
server calls it.
"""

import asyncio
import json
import unittest

from main import app


def get(path):
    """The status and the JSON of an answer."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "server": ("localhost", 8080),
    }
    asyncio.run(app(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], json.loads(body)


class Boxes(unittest.TestCase):
    def test_all_are_listed(self):
        status, boxes = get("/")
        self.assertEqual(status, 200)
        self.assertEqual([box["name"] for box in boxes], ["small", "large"])

    def test_one_is_found_and_another_is_not(self):
        self.assertEqual(get("/boxes/large"), (200, {"name": "large", "litres": 60}))
        self.assertEqual(get("/boxes/none")[0], 404)

    def test_health_is_json(self):
        self.assertEqual(get("/health"), (200, {"status": "ok"}))


if __name__ == "__main__":
    unittest.main()
