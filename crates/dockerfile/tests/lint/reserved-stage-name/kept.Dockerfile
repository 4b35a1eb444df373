FROM python:3.13-slim AS sources
USER 1000
