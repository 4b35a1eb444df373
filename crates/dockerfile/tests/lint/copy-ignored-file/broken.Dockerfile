FROM python:3.13-slim
COPY ./secrets/key.pem app /app/
USER 1000
