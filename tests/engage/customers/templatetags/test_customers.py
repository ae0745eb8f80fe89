"""Links to definitions: only to pages that are there and that the person may open."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kequn.engage.customers.templatetags.customers import defined, pick_pair
from kequn.engage.orgs.roles import Role


def page(role):
    return {"request": SimpleNamespace(user=SimpleNamespace(duty=role))}


def test_a_page_that_is_there_is_linked_for_whoever_may_open_it():
    assert defined(page(Role.ANALYST), "customer", 7, "<b>") == '<a class="defined" href="/customers/7/">&lt;b&gt;</a>'
    assert defined(page(Role.ADMINISTRATOR), "customer", 7, "<b>") == "&lt;b&gt;"


@pytest.mark.parametrize(("view", "name"), [("no_such_page", "x"), ("customer", "not a number"), ("customer", "")])
def test_no_page_no_link(view, name):
    assert defined(page(Role.ANALYST), view, name, "words") == "words"


def test_a_code_without_words_stands_for_itself():
    assert pick_pair({"gold": ("贵宾金", "Gold")}, "gold") == "贵宾金"
    assert pick_pair({}, "gold") == "gold"
