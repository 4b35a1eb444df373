FROM python:3.13-slim
USER 1000
CMD ["celery", "worker"]
CMD ["gunicorn", "app:app"]
