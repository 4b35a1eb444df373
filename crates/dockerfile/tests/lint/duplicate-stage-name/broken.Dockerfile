FROM python:3.13-slim AS build
RUN pip list

FROM python:3.12-slim AS build
USER 1000
