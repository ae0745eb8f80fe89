"""Pages of audiences: the list, the builder, one audience with its versions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kequn.engage.audiences import keeping
from kequn.engage.audiences.counting import PAGE, Looker
from kequn.engage.audiences.faults import fault_of
from kequn.engage.audiences.forms import AudienceForm, ListForm, examples
from kequn.engage.audiences.models import Audience
from kequn.engage.audiences.phrases import differences, lines
from kequn.engage.audiences.vocabulary import vocabulary
from kequn.engage.language import say
from kequn.engage.orgs.guard import allow, person
from kequn.engage.orgs.roles import PLANNERS, Role
from kequn.engage.site.night import shown
from kequn.errors import KequnError

READERS = PLANNERS | {Role.BRANCH_MANAGER, Role.CHIEF_RM}
MAKERS = READERS - {Role.APPROVER}


def looker_of(request: HttpRequest) -> Looker:
    """The request's night as the person may see it; raises KequnError before the first night."""
    return Looker(shown(request), person(request).scope)


def audience_of(request: HttpRequest, pk: int, *, own: bool = False) -> Audience:
    """An audience that the person may see (``own``: change), else 404."""
    found = Audience.visible_to(person(request))
    return get_object_or_404(found.filter(owner=person(request)) if own else found, pk=pk)


def may_make(request: HttpRequest) -> bool:
    """Whether the person's role makes audiences."""
    return person(request).duty in MAKERS


@allow(READERS)
def audiences(request: HttpRequest) -> HttpResponse:
    """Audiences that the person may see, the last changed first."""
    form = ListForm(request.GET)
    chosen = form.chosen()
    me = person(request)
    found = Audience.visible_to(me).filter(archived_at__isnull=not chosen["archived"])
    if chosen["q"]:
        found = found.filter(name__icontains=chosen["q"])
    if chosen["owner"]:
        found = found.filter(owner=me) if chosen["owner"] == "me" else found.exclude(owner=me)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    filtered = any(chosen.values())
    context = {"form": form, "page": page, "filtered": filtered, "examples": examples(), "may_make": may_make(request)}
    return render(request, "audiences/list.html", context)


@allow(MAKERS)
def new(request: HttpRequest) -> HttpResponse:
    """The builder for a new audience; ``?rule=`` begins with a rule."""
    if request.night is None:  # type: ignore[attr-defined]
        return render(request, "audiences/no_night.html")
    looker = looker_of(request)
    if request.method != "POST":
        return _builder(request, AudienceForm(looker, initial={"rule": request.GET.get("rule", "")}))
    form = AudienceForm(looker, request.POST)
    if not form.is_valid():
        return _builder(request, form, status=422)
    made = keeping.create(looker, person(request), form.draft())
    messages.success(request, say("已保存。", "Saved."))
    return redirect("audience", made.pk)


@allow(MAKERS)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The builder for another version; when somebody was quicker, both versions are shown to choose from."""
    audience = audience_of(request, pk, own=True)
    looker = looker_of(request)
    if request.method != "POST":
        return _builder(request, AudienceForm(looker, initial=AudienceForm.held(audience)), audience)
    form = AudienceForm(looker, request.POST)
    if not form.is_valid():
        return _builder(request, form, audience, status=422)
    try:
        keeping.save(looker, audience, person(request), form.draft())
    except keeping.NewerVersionError as error:
        changed = differences(error.newest.rule, form.draft().rule, looker.known.tags)
        conflict = {"problem": error, "newest": error.newest, "changed": changed}
        return _builder(request, form, audience, conflict=conflict, status=409)
    messages.success(request, say("已保存。", "Saved."))
    return redirect("audience", pk)


def _builder(
    request: HttpRequest, form: AudienceForm, audience: Audience | None = None, *,
    conflict: dict[str, Any] | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The page; ``status`` 422 for what is wrong in the form, 409 for a conflict."""
    context = {
        "form": form, "rule": form["rule"].value() or "", "audience": audience, "conflict": conflict,
        "vocabulary": vocabulary(looker_of(request)),
    }  # fmt: skip
    return render(request, "audiences/builder.html", context, status=status)


@allow(READERS)
def audience(request: HttpRequest, pk: int) -> HttpResponse:
    """One audience: its rule in words, its size and profile, its versions."""
    found = audience_of(request, pk)
    if request.night is None:  # type: ignore[attr-defined]
        return render(request, "audiences/no_night.html")
    looker = looker_of(request)
    context = {
        "audience": found, "versions": found.versions.select_related("author")[:PAGE], "rule": found.rule,
        "lines": lines(found.rule, looker.known.tags), "fault": _fault(looker, found.rule),
        "mine": found.owned_by(person(request)) and may_make(request), "may_make": may_make(request),
    }  # fmt: skip
    return render(request, "audiences/audience.html", context)


def _fault(looker: Looker, rule: str) -> Any:
    try:
        looker.chosen(rule)
    except KequnError as error:
        return fault_of(error, rule)
    return None


@allow(READERS)
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """What changed between two versions (``from`` and ``to``; default: the last change), in words."""
    found = audience_of(request, pk)
    versions = list(found.versions.select_related("author"))
    numbers = {str(version.number): version for version in versions}
    newer = numbers.get(request.GET.get("to", ""), versions[0])
    before = next((each for each in versions if each.number < newer.number), newer)
    older = numbers.get(request.GET.get("from", ""), before)
    changed = differences(older.rule, newer.rule, looker_of(request).known.tags)
    context = {"audience": found, "versions": versions, "older": older, "newer": newer, "changed": changed}
    return render(request, "audiences/compare.html", context)


@allow(MAKERS)
@require_POST
def clone(request: HttpRequest, pk: int) -> HttpResponse:
    """A copy of one's own."""
    made = keeping.clone(looker_of(request), audience_of(request, pk), person(request))
    messages.success(request, say("已复制，可以修改了。", "Copied; the copy is yours to change."))
    return redirect("audience_edit", made.pk)


@allow(MAKERS)
@require_POST
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    """Put away (``away`` 1) or bring back (0)."""
    found = audience_of(request, pk, own=True)
    away = request.POST.get("away") == "1"
    keeping.archive(found, person(request), away=away)
    done = (
        say(f"“{found.name}”已归档，可随时恢复。", f"“{found.name}” is archived and can be brought back.")
        if away
        else say(f"“{found.name}”已恢复。", f"“{found.name}” is back.")
    )
    messages.success(request, done)
    return redirect(reverse("audience", args=[pk]))
