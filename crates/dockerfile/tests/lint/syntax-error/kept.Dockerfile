FROM python:3.13-slim
RUN pip list
USER 1000
