FROM python:3.13-slim as build
USER 1000
