"""Pages about customers: what they show, to whom, and what they do not."""

from __future__ import annotations

import pytest

from kequn.engage.customers.views import PARTS
from kequn.engage.orgs.roles import KNOWING, Role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", sorted(KNOWING))
def test_list_opens(as_, night, role):
    page = as_(role).get("/customers/")
    assert page.status_code == 200


def test_smoke(as_, night):
    client = as_(Role.ANALYST)
    ids = [r["customer_id"] for r in night.rows("SELECT customer_id FROM customer ORDER BY aum DESC LIMIT 3")]
    for i in ids:
        assert client.get(f"/customers/{i}/").status_code == 200
        for part in PARTS:
            r = client.get(f"/customers/{i}/{part}/")
            assert r.status_code == 200
