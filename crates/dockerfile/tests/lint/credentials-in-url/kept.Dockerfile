FROM python:3.13-slim
RUN --mount=type=secret,id=pip,target=/etc/pip.conf pip install --no-cache-dir app
USER 1000
