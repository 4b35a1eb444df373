FROM python:3.13-slim
WORKDIR /app
WORKDIR static
USER 1000
