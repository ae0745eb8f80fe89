"""Pages for machines: is the process alive, can it work, how does it do."""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from kequn.engage.orgs.guard import public
from kequn.engine.publish import current

FORWARDED = "HTTP_X_FORWARDED_FOR"
LOCAL = ("127.0.0.1", "::1", "")


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers."""
    return HttpResponse("ok", content_type="text/plain")


@public
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and a night is published, else 503; says which."""
    parts = {"database": _database(), "night": current(settings.WORKSPACE) is not None}
    return JsonResponse(parts, status=200 if all(parts.values()) else 503)


@public
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics of this process, for the machine itself: not for whoever comes through a proxy on it."""
    if FORWARDED in request.META or request.META.get("REMOTE_ADDR") not in LOCAL:
        return HttpResponse(status=403)
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True
