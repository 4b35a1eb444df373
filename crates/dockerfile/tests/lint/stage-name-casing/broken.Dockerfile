FROM python:3.13-slim AS Build
USER 1000
