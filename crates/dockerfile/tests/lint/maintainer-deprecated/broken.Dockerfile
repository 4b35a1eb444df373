FROM python:3.13-slim
MAINTAINER Ada <ada@example.com>
USER 1000
