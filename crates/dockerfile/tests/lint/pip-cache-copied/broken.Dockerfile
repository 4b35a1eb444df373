FROM python:3.13-alpine AS build
COPY requirements.txt ./
RUN pip install -r requirements.txt

FROM python:3.13-alpine
COPY --from=build /root/.cache /root/.cache
USER 1000
