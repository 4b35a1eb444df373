FROM python:3.13-slim
WORKDIR /app
COPY . .
RUN useradd app && chown -R app:app /app
USER app
