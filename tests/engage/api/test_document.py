"""The OpenAPI document is what the API does: Schemathesis asks it everything, with tokens of different scopes."""

from __future__ import annotations

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck
from schemathesis.specs.openapi.checks import positive_data_acceptance

from kequn.engage.api.service import api as service
from kequn.engage.api.tokens import SCOPES
from kequn.engage.api.views import CHINESE
from kequn.engage.audiences.counting import Looker
from kequn.engage.audiences.keeping import Draft, create
from kequn.engage.orgs.roles import Role
from kequn.engage.site.night import Night
from tests.engage.conftest import staff_of

EXAMPLES = 8
# Whether a rule, a cursor or a tag's name is right, no schema can say: 422 is right for most texts.
BEYOND_A_SCHEMA = ("/count", "/members", "/contacts", "/audiences")
OPERATIONS = sorted(
    (method.upper(), path) for path, methods in service.get_openapi_schema()["paths"].items() for method in methods
)


@pytest.fixture
def document(db, settings):
    """The document as a program loads it, asked in this process, on the connection of the test."""
    settings.API_REQUESTS_A_MINUTE = 1_000_000
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_there_are_operations():
    assert len(OPERATIONS) == 9
    for method, path in OPERATIONS:
        operation = service.get_openapi_schema()["paths"][path][method.lower()]
        assert operation["security"] == [{"Bearer": []}]
        assert operation["x-scope"] in SCOPES
        assert path in CHINESE
        assert "application/problem+json" in operation["responses"][404]["content"]


@pytest.mark.parametrize("scopes", [sorted(SCOPES), ["catalogue:read"]], ids=["all", "one"])
@pytest.mark.parametrize("operation_", OPERATIONS, ids=" ".join)
def test_every_operation_answers_as_documented(document, api, night: Night, operation_, scopes):
    method, path = operation_
    owner = staff_of(Role.ANALYST)
    audience = create(Looker(night, owner.scope), owner, Draft("a", "tier = 'gold'"))
    customer = str(night.value("SELECT customer_id FROM plan LIMIT 1"))
    text = api(owner, scopes).text
    operation = document[path][method]
    headers = {"Authorization": f"Bearer {text}", "Accept-Encoding": "identity"}
    excluded = [positive_data_acceptance] if path.endswith(BEYOND_A_SCHEMA) else []

    @hypothesis.given(case=operation.as_strategy())
    @hypothesis.settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate(headers=headers, excluded_checks=excluded)

    ask()
    known = {"audience_id": str(audience.pk), "customer_id": customer}
    wanted = {name: value for name, value in known.items() if f"{{{name}}}" in path}
    case = operation.Case(
        path_parameters=wanted,
        **({"body": {"rule": "age > 3"}, "media_type": "application/json"} if method == "POST" else {}),
    )
    answer = case.call_and_validate(headers=headers)
    needed = "catalogue:read" if path.endswith("/catalogue") else "other"
    assert answer.status_code == (200 if needed in scopes or len(scopes) > 1 else 403)
