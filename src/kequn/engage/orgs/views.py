"""Pages of people: who works where, in which role, and who can log in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kequn.engage.orgs.guard import allow, person
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role


@allow(Role.ADMINISTRATOR, Role.AUDITOR)
def people(request: HttpRequest) -> HttpResponse:
    """Staff of the person's orgs."""
    staff = Staff.visible_to(person(request)).select_related("org")[:50]
    return render(request, "orgs/people.html", {"staff": staff})
