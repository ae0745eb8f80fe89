"""What surrounds every request: its line in the log, its place in the metrics, and answers when something is gone."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from prometheus_client import Counter, Histogram

from kequn.errors import KequnError

Answer = Callable[[HttpRequest], HttpResponse]
RETRY_SECONDS = 10
LOG = structlog.get_logger("kequn.console")
SECONDS = Histogram("kequn_request_seconds", "Seconds to answer a request", ["view"])
ANSWERS = Counter("kequn_requests", "Requests by view and status", ["view", "status"])


class RequestLogMiddleware:
    """One line a request: view, status, milliseconds and who; never an address, whose query may hold a phone."""

    def __init__(self, get_response: Answer) -> None:
        self._answer = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self._answer(request)
        seconds = time.perf_counter() - began
        view = request.resolver_match.view_name if request.resolver_match else "none"
        SECONDS.labels(view).observe(seconds)
        ANSWERS.labels(view, response.status_code).inc()
        user = getattr(request, "user", None)
        LOG.info(
            "request", view=view, method=request.method, status=response.status_code,
            ms=round(1000 * seconds, 1), staff=user.username if user and user.is_authenticated else "",
        )  # fmt: skip
        return response


class ProblemMiddleware:
    """A user's error that a view raises becomes a page that says what to do."""

    def __init__(self, get_response: Answer) -> None:
        self._answer = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Everything else is our fault, and ``broken`` answers it."""
        if isinstance(error, KequnError):
            return render(request, "site/problem.html", {"problem": error}, status=400)
        return None


def broken(request: HttpRequest) -> HttpResponse:
    """500; or 503 with a time to come back while the database does not answer: the next request simply works."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        LOG.error("database gone", kind=type(error).__name__)
        response = HttpResponse(render_to_string("503.html"), status=503)
        response["Retry-After"] = str(RETRY_SECONDS)
        return response
    LOG.error("broken", exc_info=error)
    return HttpResponse(render_to_string("500.html"), status=500)
