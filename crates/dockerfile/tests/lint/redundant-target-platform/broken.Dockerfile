FROM --platform=$TARGETPLATFORM python:3.13-slim
USER 1000
