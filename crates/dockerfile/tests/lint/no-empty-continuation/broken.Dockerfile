FROM python:3.13-slim
RUN apt-get update \

    && apt-get upgrade --yes
USER 1000
