FROM python:3.8-slim
USER 1000
