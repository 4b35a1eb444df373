FROM python:3.13-slim
USER 1000
CMD ["uvicorn", "--host", "127.0.0.1", "app:app"]
