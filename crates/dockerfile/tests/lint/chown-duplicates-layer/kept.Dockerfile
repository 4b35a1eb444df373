FROM python:3.13-slim
WORKDIR /app
RUN useradd app
COPY --chown=app:app . .
USER app
