"""Tokens of somebody for tests of the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kequn.engage.api.tokens import make, open_to
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role
from tests.engage.conftest import staff_of

Ask = Callable[..., Any]


@pytest.fixture
def api(db: None) -> Callable[..., Ask]:
    """``api(Role.ANALYST)``: a function that asks with a new token, ``ask("/plan")`` or ``ask("/x", data={...})``."""

    def give(who: Role | Staff = Role.ANALYST, scopes: list[str] | None = None) -> Ask:
        owner = staff_of(who) if isinstance(who, Role) else who
        _, text = make(owner, "test", open_to(owner) if scopes is None else scopes, 30)
        client = Client(headers={"authorization": f"Bearer {text}"})

        def ask(path: str, data: Any = None, **query: Any) -> Any:
            if data is None:
                return client.get(f"/api/v1{path}", query)
            return client.post(f"/api/v1{path}", data, content_type="application/json")

        ask.text = text
        return ask

    return give
