FROM python:3.13-slim AS context
USER 1000
