FROM python:3.13-slim AS build
COPY requirements.txt ./
RUN python -m venv /opt/app && /opt/app/bin/pip install -r requirements.txt

FROM python:3.13-alpine
COPY --from=build /opt/app /opt/app
USER 1000
