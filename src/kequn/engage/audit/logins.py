"""Logins, failures and changes of password or second factor go to the audit chain; never what was typed as password."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa import signals as factor
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from kequn.engage.audit import chain
from kequn.engage.orgs.models import Staff

NOBODY = "-"
HASH_DIGITS = 16


@receiver(account.user_logged_in)
def logged_in(request: HttpRequest, user: Staff, **kwargs: Any) -> None:
    """Somebody came in, and how."""
    methods = [each["method"] for each in get_authentication_records(request, user)]
    _record(request, user, "login", method=methods)


@receiver(user_logged_out)
def logged_out(request: HttpRequest, user: Staff | None, **kwargs: Any) -> None:
    """Somebody left."""
    if user is not None:
        _record(request, user, "logout")


@receiver(user_login_failed)
def failed(credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    """A name and password did not fit."""
    if request is not None:
        actor, subject = named(str(credentials.get("username", "")))
        chain.record(actor, "login_failed", subject, method=["password"], address=_address(request))


def locked(request: HttpRequest, credentials: dict[str, Any]) -> None:
    """A name that failed too often was tried once more."""
    actor, subject = named(str(credentials.get("username", "")))
    chain.record(actor, "login_locked", subject, address=_address(request))


@receiver(factor.authentication_failed)
def code_failed(request: HttpRequest, user: Staff, **kwargs: Any) -> None:
    """A code did not fit."""
    _record(request, user, "login_failed", method=["mfa"])


@receiver(account.password_changed)
def password_changed(request: HttpRequest, user: Staff, **kwargs: Any) -> None:
    """Also ends the duty to change a one-time password."""
    Staff.objects.filter(pk=user.pk).update(must_change=False)
    _record(request, user, "password")


@receiver(factor.authenticator_added)
def factor_added(request: HttpRequest, user: Staff, authenticator: Any, **kwargs: Any) -> None:
    """A second factor was set up."""
    _record(request, user, "factor", what=f"{authenticator.type} added")


@receiver(factor.authenticator_removed)
def factor_removed(request: HttpRequest, user: Staff, authenticator: Any, **kwargs: Any) -> None:
    """A second factor was taken away."""
    _record(request, user, "factor", what=f"{authenticator.type} removed")


@receiver(factor.authenticator_reset)
def factor_reset(request: HttpRequest, user: Staff, authenticator: Any, **kwargs: Any) -> None:
    """Recovery codes were made anew."""
    _record(request, user, "factor", what=f"{authenticator.type} reset")


def named(typed: str) -> tuple[str, str]:
    """Actor and subject for a name that somebody typed: as it is where staff have it, else only a keyed digest.

    People type passwords, phones and names of customers into the wrong field.
    """
    if Staff.objects.filter(username=typed).exists():
        return typed, f"staff:{typed}"
    return NOBODY, f"name:{salted_hmac('kequn.login', typed).hexdigest()[:HASH_DIGITS]}"


def _record(request: HttpRequest, staff: Staff, action: str, **detail: Any) -> None:
    chain.record(staff, action, f"staff:{staff.username}", address=_address(request), **detail)


def _address(request: HttpRequest) -> str:
    return str(get_adapter(request).get_client_ip(request))
