FROM python:3.13-slim
COPY app /app
CMD ["gunicorn", "--chdir", "/app", "app:app"]
