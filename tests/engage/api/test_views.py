"""Pages of tokens and operations."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kequn.engage.api.models import Token
from kequn.engage.api.tokens import make, open_to, recognised
from kequn.engage.audit.models import Entry
from kequn.engage.orgs.roles import Role
from kequn.errors import KequnError
from tests.engage.conftest import staff_of

NEW = {"name": "CRM", "scopes": ["catalogue:read", "plan:read"], "days": "30"}


def test_a_token_is_shown_once_and_only_its_hash_is_kept(as_):
    browser = as_(Role.ANALYST)
    page = browser.post(reverse("tokens"), NEW).content.decode()
    text = re.search(r'value="(kq_[\w-]+)"', page)[1]
    token = Token.objects.get()
    assert text not in str(vars(token).values())
    assert text not in browser.get(reverse("tokens")).content.decode()
    assert recognised(text) == token
    assert (token.owner, token.scopes) == (staff_of(Role.ANALYST), ["catalogue:read", "plan:read"])
    assert Entry.objects.filter(action="token", subject=f"token:{token.pk}").count() == 1
    assert Client(headers={"authorization": f"Bearer {text}"}).get("/api/v1/plan").status_code == 200


def test_a_revoked_token_opens_nothing(as_):
    browser = as_(Role.ANALYST)
    token, text = make(staff_of(Role.ANALYST), "x", ["catalogue:read"], 1)
    browser.post(reverse("token_revoke", args=[token.pk]))
    assert recognised(text) is None
    assert Entry.objects.first().detail == {"revoked": True}


def test_an_expired_token_opens_nothing(db):
    token, text = make(staff_of(Role.ANALYST), "x", ["catalogue:read"], 1)
    assert recognised(text)
    Token.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert recognised(text) is None


def test_its_last_use_is_noted(db):
    _, text = make(staff_of(Role.ANALYST), "x", ["catalogue:read"], 1)
    recognised(text)
    assert timezone.now() - Token.objects.get().last_used_at < timedelta(minutes=1)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.DATA_ENGINEER])
def test_nobody_gives_a_token_more_than_their_own_pages_show(as_, role):
    assert not {"customers:read", "plan:read", "audiences:read"} & set(open_to(staff_of(role)))
    with pytest.raises(KequnError):
        make(staff_of(role), "x", ["customers:read"], 1)
    page = as_(role).post(reverse("tokens"), NEW | {"scopes": ["customers:read"]})
    assert page.status_code == 422
    assert not Token.objects.exists()


def test_the_form_keeps_what_was_typed_and_says_what_is_missing(as_):
    page = as_(Role.ANALYST).post(reverse("tokens"), {"name": 'a "<b>" 😀', "days": "30"})
    assert page.status_code == 422
    assert "至少选一项权限" in page.content.decode()
    assert "a &quot;&lt;b&gt;&quot; 😀" in page.content.decode()


def test_an_administrator_sees_and_ends_the_tokens_of_others(as_):
    token, text = make(staff_of(Role.ANALYST), "of the analyst", ["catalogue:read"], 1)
    assert "of the analyst" in as_(Role.ADMINISTRATOR).get(reverse("tokens")).content.decode()
    assert "of the analyst" not in as_(Role.DATA_ENGINEER).get(reverse("tokens")).content.decode()
    assert as_(Role.DATA_ENGINEER).post(reverse("token_revoke", args=[token.pk])).status_code == 404
    assert recognised(text)


@pytest.mark.parametrize("role", [Role.MAKER, Role.RM, Role.AUDITOR])
def test_others_make_no_tokens(as_, role):
    assert as_(role).get(reverse("tokens")).status_code == 403


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_operations_are_listed(as_, language):
    page = as_(Role.ANALYST, language).get(reverse("api_docs"))
    assert page.status_code == 200
    assert "/api/v1/plan/customers/{customer_id}" in page.content.decode()
    assert "<script>" not in page.content.decode()
