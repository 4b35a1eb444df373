FROM python:3.13-slim
LABEL org.opencontainers.image.authors="Ada <ada@example.com>"
USER 1000
