"""How gunicorn serves the application. https://docs.gunicorn.org/en/stable/settings.html"""

import os

# A container is reached from outside, so every interface; the platform chooses the port.
bind = f"0.0.0.0:{os.environ.get('PORT', '8080')}"

# Threads share the memory of one import of the application; more processes cost more of it.
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4

# A worker touches its heartbeat file all the time: memory, never the image's disk.
worker_tmp_dir = "/dev/shm"

# Logs are a stream that whoever runs the container collects.
accesslog = "-"
errorlog = "-"
