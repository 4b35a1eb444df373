FROM python:3.13-slim
USER 1000
CMD ["uvicorn", "--host", "0.0.0.0", "app:app"]
