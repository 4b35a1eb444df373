FROM python:3.13-alpine AS build
COPY requirements.txt ./
RUN python -m venv /venv && /venv/bin/pip install -r requirements.txt

FROM python:3.13-alpine
COPY --from=build /venv /venv
USER 1000
