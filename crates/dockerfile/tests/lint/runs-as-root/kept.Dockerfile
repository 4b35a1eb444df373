FROM python:3.13-slim
COPY app /app
RUN useradd --create-home app
USER app
CMD ["gunicorn", "--chdir", "/app", "app:app"]
