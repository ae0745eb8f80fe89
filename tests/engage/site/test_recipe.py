"""The recipe "Add a page" of CONTRIBUTING.md, followed literally: its view answers within the person's scope."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import pytest
from django.conf import settings as console
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import RequestFactory

from kequn.engage.orgs.guard import allow, person, roles_of
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import KNOWING, Role
from kequn.engage.site.night import shown

RECIPES = Path(__file__).parents[3] / "CONTRIBUTING.md"
TEMPLATE = """{% extends "site/base.html" %}{% block title %}{% say "本月生日" "Birthdays this month" %}{% endblock %}
{% block content %}{% for row in rows %}<p>{{ row.customer_id }}</p>{% endfor %}{% endblock %}"""


@pytest.fixture
def birthdays(tmp_path, settings):
    section = RECIPES.read_text("utf-8").split("## Add a page")[1].split("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    (tmp_path / "insight").mkdir()
    (tmp_path / "insight" / "birthdays.html").write_text(TEMPLATE, "utf-8")
    templates = copy.deepcopy(console.TEMPLATES)
    templates[0]["DIRS"].append(tmp_path)
    settings.TEMPLATES = templates
    names = {"allow": allow, "KNOWING": KNOWING, "HttpRequest": HttpRequest, "HttpResponse": HttpResponse,
             "shown": shown, "person": person, "render": render}  # fmt: skip
    exec(code, names)
    return names["birthdays"]


def asked(night, staff) -> HttpRequest:
    request = RequestFactory().get("/birthdays/")
    request.night, request.user, request._messages = night, staff, []
    return request


def test_the_page_shows_what_the_person_looks_after_and_no_more(birthdays, night, db):
    assert Role.RM in roles_of(birthdays)
    assert Role.ADMINISTRATOR not in roles_of(birthdays)
    month = night.as_of.month
    rms = list(Staff.objects.filter(role=Role.RM).values_list("username", flat=True))
    rm = night.value("SELECT staff_id FROM customer WHERE birthday_month = $month AND staff_id = ANY($rms) LIMIT 1",
                     month=month, rms=rms)  # fmt: skip
    own = night.rows("SELECT customer_id FROM customer WHERE staff_id = $rm AND birthday_month = $month",
                     rm=rm, month=month)  # fmt: skip
    page = birthdays(asked(night, Staff.objects.get(username=rm))).text
    assert page.count("<p>") == len(own) > 0
    assert all(f"<p>{row['customer_id']}</p>" in page for row in own)
    assert "本月生日" in page


def test_a_view_without_its_mark_is_open_to_nobody():
    assert roles_of(lambda request: HttpResponse()) == frozenset()
