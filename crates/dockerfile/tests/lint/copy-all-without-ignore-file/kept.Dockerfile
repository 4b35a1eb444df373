FROM python:3.13-slim
COPY src /app/src
USER 1000
