"""The smallest web application worth putting into a container.

In the image gunicorn imports `app` from here; `python server.py` starts Flask's
own server instead, for development.
"""

import os

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello():
    return "Hello from Flask!\n"


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=int(os.environ.get("PORT", "8080")))
