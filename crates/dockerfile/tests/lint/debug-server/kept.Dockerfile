FROM python:3.13-slim AS development
USER 1000
CMD ["flask", "--app", "server", "run", "--host", "0.0.0.0"]

FROM python:3.13-slim
USER 1000
CMD ["gunicorn", "--bind", "0.0.0.0:5000", "server:app"]
