FROM python:3.13-slim
RUN pip install --no-cache-dir --index-url https://ci:hunter2@pypi.example.com/simple app
USER 1000
