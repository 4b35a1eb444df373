# boxwright: allow-file=runs-as-root the socket belongs to root
FROM python:3.13-slim
USER root
