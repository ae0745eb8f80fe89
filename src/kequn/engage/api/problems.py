"""Errors of the API as ``application/problem+json`` (RFC 9457)."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from kequn.engage.audiences.faults import fault_of
from kequn.errors import KequnError

MEDIA = "application/problem+json"
TITLES = {
    400: "Bad request", 401: "Not authenticated", 403: "Not allowed", 404: "Not found", 405: "Method not allowed",
    409: "Conflict", 422: "Invalid input", 429: "Too many requests", 503: "Not ready",
}  # fmt: skip


class FieldError(Schema):
    """What is wrong with one field of the input."""

    field: str
    message: str


class Problem(Schema):
    """An error: ``type`` names its kind, ``detail`` says what is wrong and what to do, ``errors`` names fields."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldError] = Field(default_factory=list)


class ProblemError(Exception):
    """Answers with a problem."""

    def __init__(self, status: int, detail: str, errors: list[dict[str, str]] | None = None, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors, self.headers = status, detail, errors or [], headers


def problem(request: HttpRequest, status: int, detail: str, errors: list[dict[str, str]] | None = None) -> HttpResponse:
    """The response."""
    kind = TITLES.get(status, "Error").lower().replace(" ", "-")
    told = {
        "type": f"urn:kequn:problem:{kind}", "title": TITLES.get(status, "Error"), "status": status, "detail": detail,
        "instance": request.path, "errors": errors or [],
    }  # fmt: skip
    response = HttpResponse(json.dumps(told, ensure_ascii=False), status=status, content_type=MEDIA)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="kequn"'
    return response


def handle(api: NinjaAPI) -> None:
    """Make every error of ``api`` a problem."""
    for kind, answer in HANDLERS.items():
        api.add_exception_handler(kind, answer)


def _told(request: HttpRequest, error: Any) -> HttpResponse:
    response = problem(request, error.status, error.detail, error.errors)
    for name, value in error.headers.items():
        response[name.replace("_", "-")] = value
    return response


def _unknown(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(request, 401, "Send a valid token: Authorization: Bearer kq_...")


def _missing(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(request, 404, "There is no such thing here.")


def _refused(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(request, error.status_code, str(error))


def _invalid(request: HttpRequest, error: Any) -> HttpResponse:
    fields = [
        {"field": ".".join(str(part) for part in each["loc"][1:]) or str(each["loc"][0]), "message": each["msg"]}
        for each in error.errors
    ]
    return problem(request, 422, "; ".join(f"{each['field']}: {each['message']}" for each in fields), fields)


def _users(request: HttpRequest, error: Any) -> HttpResponse:
    """A rule or a name that is wrong; before the first night nothing can be answered."""
    if error.hint.startswith("Run: kequn night"):
        return problem(request, 503, str(error))
    fault = fault_of(error, "")
    place = f" (line {fault.line}, column {fault.column})" if fault.line else ""
    message = f"{fault.message}{place} {fault.hint}".strip()
    return problem(request, 422, message, [{"field": "rule", "message": message}] if fault.line else [])


HANDLERS: dict[type[Exception], Any] = {
    ProblemError: _told, AuthenticationError: _unknown, Http404: _missing, HttpError: _refused,
    ValidationError: _invalid, KequnError: _users,
}  # fmt: skip
