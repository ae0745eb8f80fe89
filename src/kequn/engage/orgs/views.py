"""Pages of people: who works where, in which role, and who can log in."""

from __future__ import annotations

from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from auditlog.models import LogEntry
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import check_for_language
from django.views.i18n import set_language

from kequn.engage.audit.words import particular, written
from kequn.engage.orgs.forms import Filters
from kequn.engage.orgs.guard import WANTED, allow, person, public
from kequn.engage.orgs.models import Assignment, Org, Staff
from kequn.engage.orgs.roles import EVERYONE, Role
from kequn.engage.orgs.tree import above, level

PAGE = 50
SHOWN_MOST = 20
READERS = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})


@allow(READERS)
def people(request: HttpRequest) -> HttpResponse:
    """Staff of the person's orgs."""
    user, filters = person(request), Filters(request.GET)
    page = Paginator(filters.found(user), PAGE).get_page(request.GET.get("page"))
    orgs = Org.visible_to(user).exclude(level=Org.Level.OUTLET)[:300]
    return render(request, "orgs/people.html", {"page": page, "filters": filters, "orgs": orgs})


@allow(READERS)
def orgs(request: HttpRequest) -> HttpResponse:
    """One level of the tree: an org and what is right below it."""
    user = person(request)
    top = request.GET.get("org") or user.org_id
    org = get_object_or_404(Org.visible_to(user), org_id=top)
    own, below = level(user, org, request.night)  # type: ignore[attr-defined]
    return render(request, "orgs/orgs.html", {"own": own, "below": below, "above": above(user, org)})


@allow(READERS)
def one(request: HttpRequest, number: str) -> HttpResponse:
    """A member of staff: role, logins, sessions, and what was changed."""
    staff = get_object_or_404(Staff.visible_to(person(request)).select_related("org"), username=number)
    return render(request, "orgs/staff.html", about(staff))


@allow(READERS)
def assignments(request: HttpRequest, number: str) -> HttpResponse:
    """How many customers a relationship manager looks after, and since when."""
    staff = get_object_or_404(Staff.visible_to(person(request)).select_related("org"), username=number)
    rows = Assignment.objects.filter(staff_id=staff.username)
    history = rows.order_by("-valid_from", "-valid_to").values("valid_from", "valid_to").annotate(number=Count("pk"))
    context = {
        "staff": staff, "page": Paginator(history, PAGE).get_page(request.GET.get("page")),
        "open": _open(rows).count(), "ended": rows.count() - _open(rows).count(),
    }  # fmt: skip
    return render(request, "orgs/assignments.html", context)


@allow(EVERYONE)
def me(request: HttpRequest) -> HttpResponse:
    """The person's own page: what the console knows of them."""
    return render(request, "orgs/me.html", about(person(request)))


@public
def language(request: HttpRequest) -> HttpResponseBase:
    """Switch the language, and remember it for whoever is logged in."""
    asked = request.POST.get("language", "")
    if request.user.is_authenticated and check_for_language(asked):
        Staff.objects.filter(pk=request.user.pk).update(language=asked)
    return set_language(request)


@public
def carry_on(request: HttpRequest) -> HttpResponse:
    """To where the person was going before a password or second factor had to be set up."""
    return redirect(request.session.pop(WANTED, "home"))


def about(staff: Staff) -> dict[str, Any]:
    """What the pages of one member of staff show."""
    return {
        "staff": staff,
        "factor": is_mfa_enabled(staff),
        "sessions": UserSession.objects.filter(user=staff).order_by("-last_seen_at")[:SHOWN_MOST],
        "history": _history(staff),
        "customers": _open(Assignment.objects.filter(staff_id=staff.username)).count()
        if staff.duty is Role.RM
        else None,
    }


def _open(rows: QuerySet[Assignment]) -> QuerySet[Assignment]:
    return rows.filter(valid_to=None)


def _history(staff: Staff) -> list[dict[str, Any]]:
    """What was changed of them, newest first: when, by whom, and each field's old and new value."""
    entries = LogEntry.objects.get_for_object(staff).select_related("actor").order_by("-timestamp")[:SHOWN_MOST]
    return [{"at": entry.timestamp, "by": entry.actor, "changes": _changes(entry)} for entry in entries]


def _changes(entry: LogEntry) -> list[tuple[str, str, str]]:
    """Each field's name with its old and new value, in words."""
    return [(particular(name), written(before), written(after)) for name, (before, after) in entry.changes_dict.items()]
