FROM python:3.13-slim
ENV FLASK_DEBUG=1
USER 1000
CMD ["flask", "--app", "server", "run", "--host", "0.0.0.0"]
