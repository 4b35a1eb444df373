"""The pages."""

from django.http import JsonResponse
from django.shortcuts import render

SHELF = ["a box", "a bigger box", "a box of boxes"]


def index(request):
    return render(request, "index.html", {"shelf": SHELF})


def health(request):
    """For a load balancer: cheap, and of a fixed shape."""
    return JsonResponse({"status": "ok"})
