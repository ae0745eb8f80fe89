"""What surrounds every request."""

from __future__ import annotations

import logging
import os
import subprocess
import sys

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from django.test import Client

from kequn.engage.orgs.roles import Role
from kequn.engage.site import checks, views
from kequn.errors import KequnError

pytestmark = pytest.mark.django_db


def test_a_database_that_is_gone_is_answered_with_a_time_to_come_back(as_, monkeypatch):
    client = as_(Role.ADMINISTRATOR)
    client.raise_request_exception = False

    def gone(*args, **kwargs):
        raise OperationalError("server closed the connection")

    with monkeypatch.context() as patch:
        patch.setattr("django.db.backends.utils.CursorWrapper.execute", gone)
        answer = client.get("/people/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "10"
    assert client.get("/people/").status_code == 200  # and then it is back


def test_a_users_error_is_a_page_that_says_what_to_do(as_, monkeypatch):
    def wrong(role):
        raise KequnError("The rule ends too early.", "Close the bracket.")

    monkeypatch.setattr(views, "home_of", wrong)
    answer = as_(Role.ANALYST).get("/")
    assert answer.status_code == 400
    assert "Close the bracket." in answer.content.decode()


def test_logs_name_the_view_and_never_the_address(as_, caplog):
    caplog.set_level(logging.INFO)
    as_(Role.ADMINISTRATOR).get("/people/?q=13800138000")
    lines = [record.getMessage() for record in caplog.records]
    assert any("people" in line for line in lines)
    assert not any("13800138000" in line for line in lines)


@pytest.mark.parametrize("cookie", ["", "x", "'; DROP TABLE", "a" * 4000])
def test_a_foreign_session_leads_to_the_login(cookie):
    client = Client()
    client.cookies["kequn_session"] = cookie
    answer = client.get("/people/")
    assert (answer.status_code, answer.url) == (302, "/account/login/?next=/people/")


def test_an_expired_session_leads_to_the_login(as_):
    client = as_(Role.ADMINISTRATOR)
    SessionStore(client.session.session_key).delete()
    assert client.get("/people/").status_code == 302


def test_no_page_allows_inline_scripts_or_styles(as_):
    policy = as_(Role.ADMINISTRATOR).get("/people/")["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy


def test_metrics_are_for_the_machine_itself():
    assert Client(REMOTE_ADDR="10.0.0.9").get("/metrics").status_code == 403
    assert Client(REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="10.0.0.9").get("/metrics").status_code == 403
    text = Client(REMOTE_ADDR="127.0.0.1").get("/metrics").content.decode()
    assert "kequn_request_seconds" in text


def test_checks_have_numbers_and_say_what_to_do(settings):
    settings.HTTPS, settings.MFA_REQUIRED, settings.ALLOWED_HOSTS = False, False, ["*"]
    found = [*checks.secure(None), *checks.hosts(None)]
    assert [each.id for each in found] == ["kequn.W001", "kequn.W002", "kequn.E002"]
    assert all(each.hint for each in found)


def test_the_default_settings_are_fit_for_real_use(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "kequn.engage", "check", "--deploy", "--fail-level", "WARNING"],
        env=os.environ | {"KEQUN_HOME": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
