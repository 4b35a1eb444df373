FROM python:3.13-slim
Run pip list
USER 1000
