"""What surrounds every request: its line in the log, its place in the metrics, and answers when something is gone."""

from __future__ import annotations

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


class DatabaseGoneMiddleware:
    """503 with a time to come back while the database does not answer; the next request after that simply works."""

    def __init__(self, get_response: Answer) -> None:
        self._answer = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self._answer(request)
        except (OperationalError, InterfaceError) as error:
            return self._gone(error)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The same for what a view raises; a user's error becomes a page that says what to do."""
        if isinstance(error, OperationalError | InterfaceError):
            return self._gone(error)
        if isinstance(error, KequnError):
            return render(request, "site/problem.html", {"problem": error}, status=400)
        return None

    def _gone(self, error: Exception) -> HttpResponse:
        LOG.error("database gone", kind=type(error).__name__)
        response = HttpResponse(render_to_string("503.html"), status=503)
        response["Retry-After"] = str(RETRY_SECONDS)
        return response
