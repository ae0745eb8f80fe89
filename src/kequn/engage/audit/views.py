"""Pages of the audit chain: search it, follow an event, see whether it is whole."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from kequn.engage.audit import chain, export
from kequn.engage.audit.events import Search, Shown, around
from kequn.engage.audit.models import Entry
from kequn.engage.audit.verify import Finding, verified_entry, verify
from kequn.engage.language import say
from kequn.engage.orgs.guard import allow, person
from kequn.engage.orgs.login import sensitive
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role

PAGE = 50
ENTRIES_MOST = 20_000  # so many are verified while somebody waits for the page, at a thousand a second
READERS = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})


@allow(READERS)
def events(request: HttpRequest) -> HttpResponseBase:
    """The chain, newest first, narrowed by the address; leaves as a file."""
    user, search = person(request), Search(request.GET)
    entries = search.found(user)
    pages = Paginator(entries, PAGE)
    if export.asked(request):
        return export.download(request, "audit", _heads(), _rows(entries, user), total=pages.count)
    page = pages.get_page(request.GET.get("page"))
    shown = [Shown.of(entry, user) for entry in page]
    return render(request, "audit/events.html", {"page": page, "shown": shown, "search": search, "total": pages.count})


@allow(READERS)
def event(request: HttpRequest, number: int) -> HttpResponse:
    """One entry with what came before and after."""
    user = person(request)
    entry = Entry.visible_to(user).filter(number=number).first()
    if entry is None:
        raise Http404
    faults = [each.words for each in verified_entry(entry)]
    context = {"shown": Shown.of(entry, user), "around": around(entry, user), "faults": faults}
    return render(request, "audit/event.html", context)


@allow(READERS)
@sensitive
def whole(request: HttpRequest) -> HttpResponse:
    """Whether the chain is whole: what the last look found; a POST looks again and keeps the outcome on the chain."""
    total = Entry.objects.count()
    if request.method == "POST" and total <= ENTRIES_MOST:
        report = verify()
        chain.record(person(request), "verify", "chain:", **report.data)
        return redirect("audit_verify")
    last = Entry.objects.filter(action="verify").order_by("-number").first()
    found = [Finding(each["kind"], each["first"], each["last"]) for each in last.detail["findings"]] if last else []
    context = {
        "last": last, "found": [say(*each.words) for each in found], "total": total, "long": total > ENTRIES_MOST,
    }  # fmt: skip
    return render(request, "audit/verify.html", context)


def _heads() -> list[str]:
    return [say("编号", "Number"), say("时间", "Time"), say("人员", "Who"), say("岗位", "Role"), say("动作", "What"),
            say("对象", "On what"), say("详情", "Particulars")]  # fmt: skip


def _rows(entries: QuerySet[Entry], user: Staff) -> Iterator[tuple[object, ...]]:
    for entry in entries.iterator(1_000):
        shown = Shown.of(entry, user)
        yield entry.number, entry.at, entry.actor, shown.role, shown.action, shown.subject, shown.brief
