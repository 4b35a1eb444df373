# build compilers stay here
FROM python:3.13-slim AS build
# this one describes nothing

ARG VERSION=1
USER 1000
