FROM --platform=$BUILDPLATFORM python:3.13-slim AS build

FROM python:3.13-slim
USER 1000
