FROM python:3.13-slim
ARG TOKEN_FILE=/run/secrets/token
ENV PUBLIC_KEY=abc
USER 1000
