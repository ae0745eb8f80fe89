"""A file leaves only for a purpose, within a limit, by somebody who may, and never without an entry of the chain."""

from __future__ import annotations

import csv
import hashlib
import io
import time

import pytest
from django.urls import reverse

from kequn.engage.audit import chain, export
from kequn.engage.audit.models import Entry
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role

pytestmark = pytest.mark.django_db
ADDRESS = reverse("audit")
FORM = {"export": "1", "format": "csv", "purpose": "季度审计检查"}


@pytest.fixture(autouse=True)
def _own(recorded):
    recorded(5)


def content(response):
    assert response.status_code == 200, response
    return b"".join(response.streaming_content)


def limited(settings, **values):
    workspace = settings.WORKSPACE
    settings.WORKSPACE = type(workspace)(workspace.home, workspace.settings.changed(**values))


def test_the_filtered_list_leaves_marked_and_recorded(as_):
    response = as_(Role.AUDITOR).post(f"{ADDRESS}?subject=customer:3&q=13800138000", FORM)
    rows = list(csv.reader(io.StringIO(content(response).decode("utf-8-sig"))))
    assert len(rows) == 3
    response = as_(Role.AUDITOR).post(f"{ADDRESS}?subject=customer:3&actor=张三", FORM | {"format": "xlsx"})
    assert content(response).startswith(b"PK")
    response = as_(Role.AUDITOR).post(f"{ADDRESS}?subject=customer:3", FORM)
    whole = content(response)
    rows = list(csv.reader(io.StringIO(whole.decode("utf-8-sig"))))
    entry = Entry.objects.first()
    assert "季度审计检查" in rows[0][0]
    assert entry.actor in rows[0][0]
    assert rows[0] == rows[-1]
    assert rows[2][:3] == ["4", rows[2][1], "S1"]
    assert (entry.action, entry.subject, entry.detail["rows"]) == ("export", "list:audit", 1)
    assert entry.detail["purpose"] == "季度审计检查"
    assert entry.detail["filters"] == {"subject": "customer:3"}
    assert entry.detail["sha256"] == hashlib.sha256(whole).hexdigest()
    assert response["Content-Disposition"].startswith('attachment; filename="audit-')
    assert response["Cache-Control"] == "no-store"
    details = [each.detail["filters"] for each in Entry.objects.filter(action="export").order_by("number")]
    assert details[0] == {"subject": "customer:3", "q": "…"}
    assert details[1] == {"subject": "customer:3", "actor": "…"}


@pytest.mark.parametrize("wrong", [{"purpose": "  ab  "}, {"purpose": ""}, {"format": "pdf"}, {"purpose": "x" * 201}])
def test_a_form_that_is_wrong_comes_back_as_it_was_filled_in(as_, wrong):
    browser = as_(Role.AUDITOR)
    response = browser.post(f"{ADDRESS}?actor=S1", FORM | wrong)
    assert (response.status_code, response["Location"]) == (302, f"{ADDRESS}?actor=S1")
    page = browser.get(response["Location"]).content.decode()
    assert 'class="menu export" open' in page
    assert "alert-danger" in page
    assert not Entry.objects.filter(action="export").exists()
    assert 'class="menu export" open' not in browser.get(ADDRESS).content.decode()


def test_too_many_rows_name_limit_count_and_a_way(as_, settings):
    limited(settings, console__export_rows=4)
    browser = as_(Role.AUDITOR)
    page = browser.get(browser.post(ADDRESS, FORM)["Location"]).content.decode()
    assert "共 5 行，一次最多导出 4 行" in page
    assert "筛选" in page
    assert b"S1" in content(browser.post(f"{ADDRESS}?subject=customer:3", FORM))


def test_a_list_that_grew_while_it_was_written_does_not_leave(as_, settings, monkeypatch):
    limited(settings, console__export_rows=4)
    monkeypatch.setattr("django.core.paginator.Paginator.count", 4)
    browser = as_(Role.AUDITOR)
    assert browser.post(ADDRESS, FORM).status_code == 302
    assert not Entry.objects.filter(action="export").exists()


def test_who_may_not_export_sees_no_button_and_is_refused(as_):
    browser = as_(Role.ADMINISTRATOR)
    assert 'name="export"' not in browser.get(ADDRESS).content.decode()
    assert browser.post(ADDRESS, FORM).status_code == 403
    assert [entry.action for entry in Entry.objects.all()][:1] == ["export_refused"]


def test_a_page_that_the_role_may_not_open_gives_no_file(as_):
    assert as_(Role.RM).post(ADDRESS, FORM).status_code == 403
    assert as_(Role.ANALYST).post(ADDRESS, FORM).status_code == 403


@pytest.mark.parametrize("role", list(Role))
def test_how_much_each_role_may_take(role, settings):
    expected = {Role.RM: 200, Role.ADMINISTRATOR: 0, Role.TELLER: 0}.get(role, 50_000)
    assert export.rows_most(Staff(username="x", role=role)) == expected


def test_what_cannot_be_recorded_does_not_leave(as_, monkeypatch):
    def broken(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(chain, "record", broken)
    browser = as_(Role.AUDITOR)
    with pytest.raises(OSError, match="disk full"):
        browser.post(ADDRESS, FORM)


def test_an_old_password_is_asked_for_again_and_the_form_is_kept(as_):
    staff = Staff.objects.filter(role=Role.AUDITOR, is_active=True).first()
    staff.set_password("a-long-password")
    staff.save()
    browser = as_(staff)
    session = browser.session
    session["account_authentication_methods"][0]["at"] = time.time() - 3600
    session.save()
    response = browser.post(f"{ADDRESS}?actor=S1", FORM)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_reauthenticate"))
    assert not Entry.objects.filter(action="export").exists()
    back = browser.post(response["Location"], {"password": "a-long-password"})
    assert back["Location"] == f"{ADDRESS}?actor=S1"
    assert "季度审计检查" in browser.get(back["Location"]).content.decode()
    assert content(browser.post(back["Location"], FORM))


def test_nothing_of_the_form_is_shown_as_a_message_elsewhere(as_):
    browser = as_(Role.AUDITOR)
    browser.post(ADDRESS, FORM | {"purpose": ""})
    assert "alert-danger" not in browser.get(reverse("audit_verify")).content.decode()
