"""How people come in: staff that the bank's tables name, by password and code or by the bank's single sign-on."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from kequn.engage.language import say
from kequn.engage.orgs.models import Staff

V = TypeVar("V", bound=Callable[..., Any])


def recent(request: HttpRequest) -> bool:
    """Whether the person has given a password or code, or has come by single sign-on, a short while ago."""
    records = get_authentication_records(request, request.user)
    last: float = max((each["at"] for each in records), default=0)
    return time.time() - last < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def again(request: HttpRequest) -> HttpResponseRedirect:
    """To where the person shows once more who they are, and then back to this page."""
    apps = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    if apps and not get_reauthentication_flows(request.user):
        address = reverse("openid_connect_login", args=[apps[0]["provider_id"]])
    else:
        address = reverse("account_reauthenticate")
    return HttpResponseRedirect(f"{address}?{urlencode({'next': request.get_full_path()})}")


def sensitive(view: V) -> V:
    """Open a page only to whom has shown who they are a short while ago; they come back to it by GET."""

    @wraps(view)
    def asked_first(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return view(request, *args, **kwargs) if recent(request) else again(request)

    return cast("V", asked_first)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up: staff come from the bank's tables."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever has logged in within the time that a password counts as recent is not asked for it again."""
        return not recent(self.request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse a name that has failed too often, and keep on the chain that it was locked."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            from kequn.engage.audit.logins import locked

            locked(request, credentials)
            minutes = 15
            zh = f"失败次数过多，该工号已锁定 {minutes} 分钟，请稍后再试。"
            en = f"Too many failures: this staff number is locked for {minutes} minutes. Try again later."
            raise ValidationError(say(zh, en), code="too_many_login_attempts") from None

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """After a new password to where the person was going."""
        return reverse("account_continue")


class SingleSignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """A login by single sign-on must name a member of staff whom the console knows."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Connect the login with the member of staff whose number it carries; a stranger is refused."""
        if sociallogin.is_existing:
            return
        number = _number(sociallogin.account.extra_data)
        staff = Staff.objects.filter(username=number, is_active=True).first() if number else None
        if staff is None:
            raise ImmediateHttpResponse(self._refused(request)) from PermissionDenied()
        sociallogin.connect(request, staff)

    def _refused(self, request: HttpRequest) -> Any:
        from django.shortcuts import render

        return render(request, "403.html", status=403)


def _number(told: dict[str, Any]) -> str:
    """The staff number that the server tells, in the person's claims or in those of the identity token."""
    parts = [told, told.get("userinfo") or {}, told.get("id_token") or {}]
    return next((str(part["preferred_username"]) for part in parts if part.get("preferred_username")), "")
