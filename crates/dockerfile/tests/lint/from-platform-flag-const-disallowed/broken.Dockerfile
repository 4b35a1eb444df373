FROM --platform=linux/amd64 python:3.13-slim AS build
USER 1000
