ARG TAG
FROM python:${TAG:-3.13-slim}
USER 1000
