FROM python:3.13-slim
COPY . /app
USER 1000
