FROM python:3.13-slim
ENV PYTHONUNBUFFERED 1
LABEL description the server
USER 1000
