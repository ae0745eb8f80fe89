"""Where a person starts, and the pages for what went wrong."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from kequn.engage.orgs.guard import allow, person, public
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import EVERYONE
from kequn.engage.site.navigation import home_of


@allow(EVERYONE)
def home(request: HttpRequest) -> HttpResponse:
    """The home page of the person's role."""
    again = "?tour=1" if "tour" in request.GET else ""
    return redirect(home_of(person(request).duty) + again)


@allow(EVERYONE)
@require_POST
def tour_seen(request: HttpRequest) -> HttpResponse:
    """The tour was taken or declined, and is not offered again."""
    Staff.objects.filter(pk=person(request).pk).update(toured=True)
    return HttpResponse(status=204)


@public
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the role may not do this."""
    return render(request, "403.html", status=403)


@public
def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: there is nothing here, or it is not the person's to see."""
    return render(request, "404.html", status=404)
