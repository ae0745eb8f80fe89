"""What a page shows: whose customers, in which night; the figures of a night are worked out once for each scope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, wraps
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from kequn.engage.language import say
from kequn.engage.orgs.guard import person
from kequn.engage.orgs.models import Org, Staff
from kequn.engage.orgs.roles import Role
from kequn.engage.orgs.scope import Scope
from kequn.engage.site.night import Night
from kequn.insight.catalogue import Catalogue, Tag
from kequn.insight.reading import definitions

T = TypeVar("T")


class Known(Catalogue):
    """A catalogue that puts its tags together once: pages ask for a name in every cell."""

    @cached_property
    def tags(self) -> dict[str, Tag]:
        return super().tags


@dataclass(frozen=True)
class Frame:
    """The night, the customers of ``scope``, and ``org`` where the person chose one below their own."""

    night: Night
    scope: Scope
    org: Org | None
    staff: Staff

    @cached_property
    def definitions(self) -> Catalogue:
        """The catalogue of tags, segments and rules."""
        found = definitions(self.night.workspace)
        return Known(found.topics, found.segments, found.prospects)

    def kept(self, name: Any, make: Callable[[], T]) -> T:
        """What ``make`` gives, worked out once for this night, scope and ``name``."""
        return self.night.kept((name, self.scope), make)

    def of(self, night: Night) -> Frame:
        """The same customers in another night."""
        return Frame(night, self.scope, self.org, self.staff)

    def address(self, view: str, *named: str, **asked: Any) -> str:
        """The address of a page with the chosen org kept; nothing where there is no such page."""
        chosen = {"org": self.org.org_id} if self.org else {}
        asked = {name: value for name, value in (chosen | asked).items() if value not in (None, "")}
        found = address(view, *named)
        return f"{found}?{urlencode(asked)}" if found and asked else found

    @cached_property
    def orgs(self) -> dict[str, str]:
        """Names of orgs by id."""
        return {org.org_id: str(org) for org in Org.objects.all()}

    @property
    def whose(self) -> str:
        """Whose customers these are, in words."""
        if self.org:
            return str(self.org)
        if self.scope.staff is not None:
            return say("我的管户", "My portfolio")
        return str(self.staff.org) if self.staff.org else say("全行", "The whole bank")


def address(view: str, *named: str) -> str:
    """The address of a page, or nothing where it is not there."""
    try:
        return reverse(view, args=named)
    except NoReverseMatch:
        return ""


def of_a_night(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Give ``view`` the frame; before the first night the page says what to run."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        night: Night | None = request.night  # type: ignore[attr-defined]
        if night is None:
            return render(request, "insight/no_night.html")
        return view(request, framed(request, night), *args, **named)

    return answer


def framed(request: HttpRequest, night: Night) -> Frame:
    """The frame of a request; ``?org=`` narrows it to an org that the person may see, else it is not there (404)."""
    staff = person(request)
    asked = request.GET.get("org", "")
    if not asked:
        return Frame(night, staff.scope, None, staff)
    org = None if staff.duty == Role.RM else Org.visible_to(staff).filter(org_id=asked).first()
    if org is None:
        raise Http404
    if org.parent_id is None:
        return Frame(night, staff.scope, None, staff)
    below = Org.objects.filter(path__startswith=org.path).values_list("org_id", flat=True)
    return Frame(night, Scope(orgs=tuple(below)), org, staff)


def a_month(text: str) -> date | None:
    """The first day of a month written as 2026-05; None for anything else."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
