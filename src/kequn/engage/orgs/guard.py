"""Every page says which roles it is for; one that does not is for nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation

from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role

V = TypeVar("V", bound=Callable[..., Any])


def allow(*roles: Role | Iterable[Role]) -> Callable[[V], V]:
    """Open a page to ``roles``, single ones or groups; everybody else is answered with 403."""
    opened = frozenset(role for each in roles for role in ([each] if isinstance(each, Role) else each))

    def mark(view: V) -> V:
        view.roles = opened  # type: ignore[attr-defined]
        return view

    return mark


def public(view: V) -> V:
    """Open a page to everybody, logged in or not."""
    view.public = True  # type: ignore[attr-defined]
    return view


def roles_of(view: Callable[..., Any]) -> frozenset[Role]:
    """The roles that a view is open to."""
    return getattr(view, "roles", frozenset())


def person(request: HttpRequest) -> Staff:
    """Who asks; behind the guard it is always a member of staff."""
    return cast("Staff", request.user)


class GuardMiddleware:
    """Sends strangers to the login, those without a second factor to its setup, and others away with 403."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._answer(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Decide before the view runs; the pages of allauth and the language switch guard themselves."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if getattr(view, "public", False) or name.startswith(OPEN):
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        staff = person(request)
        _speak(request, staff)
        if first := _first(request, staff):
            request.session[WANTED] = request.get_full_path() if request.method == "GET" else reverse("home")
            return HttpResponseRedirect(reverse(first))
        if staff.duty not in roles_of(view):
            raise PermissionDenied
        return None


WANTED = "wanted"  # where the person was going before the setup came first
# Names of allauth's pages, of the language switch and of the browser's own requests.
OPEN = ("account_", "mfa_", "socialaccount_", "openid_connect_", "set_language", "healthz", "readyz", "metrics")


def _speak(request: HttpRequest, staff: Staff) -> None:
    """The language that the person chose wins over that of the browser."""
    if staff.language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(staff.language)
        request.LANGUAGE_CODE = translation.get_language()


def _first(request: HttpRequest, staff: Staff) -> str | None:
    """The page that comes before all others: a password of one's own, then a second factor."""
    if staff.must_change:
        return "account_change_password"
    if settings.MFA_REQUIRED and not _second_factor(request, staff):
        return "mfa_activate_totp"
    return None


def _second_factor(request: HttpRequest, staff: Staff) -> bool:
    """Whether the person has one set up now, or came by single sign-on."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.utils import is_mfa_enabled

    signed_on = request.session.get("account_authentication_methods", [])
    return any(each.get("method") == "socialaccount" for each in signed_on) or bool(
        is_mfa_enabled(staff, [Authenticator.Type.TOTP])
    )
