FROM python:3.13-slim
COPY app /app/
USER 1000
