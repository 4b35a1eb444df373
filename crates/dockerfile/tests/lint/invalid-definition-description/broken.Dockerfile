# compilers stay here
FROM python:3.13-slim AS build
USER 1000
