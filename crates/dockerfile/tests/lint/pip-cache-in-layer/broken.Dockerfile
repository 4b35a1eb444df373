FROM python:3.13-slim
WORKDIR /app
COPY requirements.txt ./
RUN pip install -r requirements.txt \
    && python -m pip install gunicorn
USER 1000
