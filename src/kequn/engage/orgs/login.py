"""How people come in: staff that the bank's tables name, by password and code or by the bank's single sign-on."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from kequn.engage.orgs.models import Staff


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up: staff come from the bank's tables."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever has logged in within the time that a password counts as recent is not asked for it again."""
        records = get_authentication_records(self.request, self.request.user)
        last: float = max((each["at"] for each in records), default=0)
        return time.time() - last >= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


class SingleSignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """A login by single sign-on must name a member of staff whom the console knows."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Connect the login with the member of staff whose number it carries; a stranger is refused."""
        if sociallogin.is_existing:
            return
        number = sociallogin.account.extra_data.get("preferred_username", "")
        staff = Staff.objects.filter(username=number, is_active=True).first()
        if staff is None:
            raise ImmediateHttpResponse(self._refused(request)) from PermissionDenied()
        sociallogin.connect(request, staff)

    def _refused(self, request: HttpRequest) -> Any:
        from django.shortcuts import render

        return render(request, "403.html", status=403)
