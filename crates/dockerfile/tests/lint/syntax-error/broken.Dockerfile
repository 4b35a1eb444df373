FROM python:3.13-slim
RUNN pip list
USER 1000
