"""Who comes in and who does not: lock-out, one-time passwords, second factors, sessions that end."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from kequn.engage.audit.models import Entry
from kequn.engage.orgs.access import new_password
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role

pytestmark = pytest.mark.django_db
LOGIN = reverse("account_login")
PASSWORD = "a-long-password"
HOME = reverse("audit")


@pytest.fixture
def staff(bank, db):
    """An auditor with a password."""
    cache.clear()
    found = Staff.objects.filter(role=Role.AUDITOR, is_active=True).first()
    found.set_password(PASSWORD)
    found.save()
    return found


def log_in(staff, password=PASSWORD, browser=None):
    browser = browser or Client()
    return browser, browser.post(LOGIN, {"login": staff.username, "password": password})


def actions():
    return [(entry.action, entry.subject) for entry in Entry.objects.order_by("number")]


def code(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_login_and_logout_are_on_the_chain(staff):
    browser, answer = log_in(staff)
    assert answer.status_code == 302
    assert browser.get(HOME).status_code == 200
    browser.post(reverse("account_logout"))
    assert browser.get(HOME).status_code == 302
    about = f"staff:{staff.username}"
    assert actions() == [("login", about), ("logout", about)]
    assert Entry.objects.get(action="login").detail == {"method": ["password"], "address": "127.0.0.1"}


def test_a_failure_names_a_known_number_and_no_other(staff):
    log_in(staff, "wrong password")
    Client().post(LOGIN, {"login": "13800138000", "password": "my secret"})
    known, stranger = Entry.objects.order_by("number")
    assert (known.action, known.actor, known.subject) == ("login_failed", staff.username, f"staff:{staff.username}")
    assert (stranger.actor, stranger.subject[:5], len(stranger.subject)) == ("-", "name:", 21)
    for entry in (known, stranger):
        assert not {"13800138000", "my secret", "wrong password"} & {str(value) for value in entry.detail.values()}
        assert "13800138000" not in f"{entry.subject}{entry.detail}"


def test_too_many_failures_lock_the_number_even_for_the_right_password(staff, settings):
    allowed = settings.WORKSPACE.settings.integer("console.login_attempts")
    for _ in range(allowed):
        log_in(staff, "wrong password")
    browser, answer = log_in(staff)
    assert answer.status_code == 200
    assert "已锁定 15 分钟" in answer.content.decode()
    assert browser.get(HOME).status_code == 302
    assert actions()[-1] == ("login_locked", f"staff:{staff.username}")
    other = Staff.objects.filter(role=Role.ANALYST, is_active=True).first()
    other.set_password(PASSWORD)
    other.save()
    assert log_in(other)[1].status_code == 302


def test_behind_a_proxy_failures_are_those_of_the_browser(staff, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    wrong = {"login": staff.username, "password": "wrong"}
    Client(headers={"x-forwarded-for": "10.9.8.7, 10.1.2.3"}).post(LOGIN, wrong)
    assert Entry.objects.latest("number").detail["address"] == "10.1.2.3"


def test_whoever_is_switched_off_is_out_at_the_next_request(staff):
    browser, _ = log_in(staff)
    Staff.objects.filter(pk=staff.pk).update(is_active=False)
    answer = browser.get(HOME)
    assert (answer.status_code, answer["Location"]) == (302, f"{LOGIN}?next={HOME}")
    assert log_in(staff)[1].status_code != 302 or "inactive" in log_in(staff)[1]["Location"]


def test_a_stolen_cookie_ends_with_the_session(staff):
    browser, _ = log_in(staff)
    thief = Client()
    thief.cookies["kequn_session"] = browser.cookies["kequn_session"].value
    assert thief.get(HOME).status_code == 200
    browser.post(reverse("account_logout"))
    assert thief.get(HOME).status_code == 302


def test_an_expired_session_is_none(staff):
    browser, _ = log_in(staff)
    Session.objects.update(expire_date="2020-01-01T00:00:00Z")
    assert browser.get(HOME).status_code == 302


def test_a_made_up_cookie_is_nobody(staff):
    browser = Client()
    browser.cookies["kequn_session"] = "x" * 32
    assert browser.get(HOME).status_code == 302


def test_a_new_password_ends_the_other_sessions(staff):
    first, _ = log_in(staff)
    second, _ = log_in(staff)
    new = "quite-another-password-9"
    answer = first.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert answer["Location"] == reverse("account_continue")
    assert first.get(HOME).status_code == 200
    assert second.get(HOME).status_code == 302
    assert ("password", f"staff:{staff.username}") in actions()


def test_a_password_for_one_login_must_be_changed_first(staff):
    once = new_password(staff, once=True)
    browser, _ = log_in(staff, once)
    answer = browser.get(f"{HOME}?actor=S1")
    assert answer["Location"] == reverse("account_change_password")
    assert "一次性密码" in browser.get(answer["Location"]).content.decode()
    new = "quite-another-password-9"
    answer = browser.post(answer["Location"], {"oldpassword": once, "password1": new, "password2": new})
    assert browser.get(answer["Location"])["Location"] == f"{HOME}?actor=S1"
    assert browser.get(HOME).status_code == 200


def test_a_second_factor_is_set_up_first_and_asked_for_ever_after(staff, settings, django_capture_on_commit_callbacks):
    settings.MFA_REQUIRED = True
    browser, _ = log_in(staff)
    answer = browser.get(f"{HOME}?actor=S1")
    assert answer["Location"] == reverse("mfa_activate_totp")
    page = browser.get(answer["Location"])
    assert "设置验证器" in page.content.decode()
    secret = page.context["form"].secret
    wrong = browser.post(answer["Location"], {"code": "000000"})
    assert wrong.context["form"].errors
    with django_capture_on_commit_callbacks(execute=True):
        done = browser.post(answer["Location"], {"code": code(secret)})
    assert done["Location"] == reverse("mfa_view_recovery_codes")
    assert "已保存，继续" in browser.get(done["Location"]).content.decode()
    assert browser.get(reverse("account_continue"))["Location"] == f"{HOME}?actor=S1"
    assert browser.get(HOME).status_code == 200
    assert ("factor", f"staff:{staff.username}") in actions()

    cache.clear()  # a code counts once
    other, answer = log_in(staff)
    assert answer["Location"] == reverse("mfa_authenticate")
    assert other.get(HOME).status_code == 302
    other.post(answer["Location"], {"code": "000000"})
    assert ("login_failed", f"staff:{staff.username}") in actions()
    answer = other.post(answer["Location"], {"code": code(secret)})
    assert answer.status_code == 302
    assert other.get(HOME).status_code == 200
    last = Entry.objects.filter(action="login").first()
    assert last.detail["method"] == ["password", "mfa"]
    stored = Authenticator.objects.get(user=staff, type="totp")
    assert TOTP(stored).validate_code("000000") is False

    stored.delete()  # whoever takes it away needs another at once
    assert other.get(HOME)["Location"] == reverse("mfa_activate_totp")


def test_sensitive_acts_ask_again_after_a_while(staff):
    browser, _ = log_in(staff)
    assert browser.get(reverse("audit_verify")).status_code == 200
    session = browser.session
    session["account_authentication_methods"] = [
        each | {"at": time.time() - 3600} for each in session["account_authentication_methods"]
    ]
    session.save()
    answer = browser.get(reverse("audit_verify"))
    assert answer["Location"] == f"{reverse('account_reauthenticate')}?next=%2Faudit%2Fverify%2F"
    assert "请再次确认是您本人" in browser.get(answer["Location"]).content.decode()
    assert browser.post(answer["Location"], {"password": "wrong"}).status_code == 200
    assert browser.post(answer["Location"], {"password": PASSWORD})["Location"] == reverse("audit_verify")
    assert browser.get(reverse("audit_verify")).status_code == 200


def test_the_language_is_remembered_on_another_device(staff):
    browser, _ = log_in(staff)
    browser.post(reverse("set_language"), {"language": "en", "next": HOME})
    assert "Search" in browser.get(HOME).content.decode()
    other, _ = log_in(staff)
    assert "Search" in other.get(HOME).content.decode()
    staff.refresh_from_db()
    assert staff.language == "en"
    browser.post(reverse("set_language"), {"language": "xx"})
    staff.refresh_from_db()
    assert staff.language == "en"
