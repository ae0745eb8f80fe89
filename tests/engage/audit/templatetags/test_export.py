"""The button of a list shows itself to whom may export, with what stands in the way."""

from __future__ import annotations

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.template import Context, Template
from django.test import RequestFactory

from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "total", "shows"),
    [
        (Role.ANALYST, 9, 'name="purpose"'),
        (Role.ANALYST, 50_001, "共 50,001 行，一次最多导出 50,000 行"),
        (Role.RM, 200, 'name="purpose"'),
        (Role.RM, 201, "一次最多导出 200 行"),
        (Role.ADMINISTRATOR, 9, ""),
    ],
)
def test_the_button(role, total, shows):
    request = RequestFactory().get("/list/?tier=gold")
    request.user, request.session = Staff(username="S1", role=role), SessionStore()
    page = Template("{% load export %}{% export_button total %}").render(Context({"request": request, "total": total}))
    assert shows in page
    assert bool(page.strip()) is bool(shows)
    assert ('action="/list/?tier=gold"' in page) is bool(shows)
