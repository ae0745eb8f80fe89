"""The API as one thing: its operations, its OpenAPI document, and views that need no session."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import translation
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

import kequn
from kequn.engage.api import audiences, reading
from kequn.engage.api.problems import MEDIA, handle, problem
from kequn.engage.orgs.guard import public

View = Callable[..., HttpResponse]


class Service(NinjaAPI):
    """Describes its errors as problems."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The document, in which every answer but 200 is ``application/problem+json``; made once."""
        return self._document

    @cached_property
    def _document(self) -> OpenAPISchema:
        document = super().get_openapi_schema()
        for operations in document["paths"].values():
            for operation in operations.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400 and "application/json" in answer.get("content", {}):
                        answer["content"] = {MEDIA: answer["content"]["application/json"]}
        return document


api = Service(
    title="Kequn", version=kequn.__version__, urls_namespace="service", docs_url=None, openapi_url="/openapi.json",
    description="Customers, audiences, plan and catalogue for programs. Money is whole fen; 64-bit ids are text; "
    "every answer names its night. A token acts within its owner's scope.",
)  # fmt: skip
api.add_router("/audiences", audiences.router)
api.add_router("", reading.router)
handle(api)


def stateless(view: View) -> View:
    """Open to the guard, because a token guards it; answers in English; a wrong method is a problem too."""

    @public
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with translation.override("en"):
            response = view(request, *args, **kwargs)
        if response.status_code != 405:
            return response
        told = problem(request, 405, f"{request.method} is not possible here.")
        told["Allow"] = response["Allow"]
        return told

    return answer


@public
def nothing(request: HttpRequest, rest: str = "") -> HttpResponse:
    """404 for every other address below /api/v1."""
    return problem(request, 404, "There is no such operation; see /api/v1/openapi.json.")


nothing.csrf_exempt = True  # type: ignore[attr-defined]


def addresses() -> list[URLPattern]:
    """The operations' patterns, each open to requests without a session."""
    patterns = [each for each in api.urls[0] if isinstance(each, URLPattern)]
    for pattern in patterns:
        pattern.callback = nothing if pattern.name == "api-root" else stateless(pattern.callback)
    return patterns
