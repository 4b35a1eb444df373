FROM --platform=linux/amd64 python:3.13-slim AS build-amd64
USER 1000
