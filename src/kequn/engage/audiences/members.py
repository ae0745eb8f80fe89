"""The customers of an audience: a list with columns of one's choice, and its export."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from kequn.engage.audiences.counting import PAGE, Looker, columns_of, members, size
from kequn.engage.audiences.faults import fault_of
from kequn.engage.audiences.models import Audience
from kequn.engage.audiences.parts import linked
from kequn.engage.audiences.views import READERS, audience_of, looker_of
from kequn.engage.audiences.vocabulary import vocabulary
from kequn.engage.audit import export
from kequn.engage.language import say
from kequn.engage.orgs.guard import allow
from kequn.engage.site import figures
from kequn.errors import KequnError
from kequn.insight.catalogue import Tag

COLUMNS = ("tier", "lifecycle_stage", "aum", "aum_month_avg")
COLUMNS_MOST = 12


@allow(READERS)
def member_list(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Members within the person's scope, by customer number."""
    audience = audience_of(request, pk)
    looker = looker_of(request)
    tags = _tags(looker, request.GET.getlist("columns"))
    context: dict[str, Any] = {"audience": audience, "tags": tags, "vocabulary": vocabulary(looker)["tags"]}
    try:
        total = size(looker, audience.rule).customers
    except KequnError as error:
        return render(request, "audiences/members.html", context | {"fault": fault_of(error, audience.rule)})
    if export.asked(request):
        return _file(request, looker, audience, tags, total)
    last = max(1, -(-total // PAGE))
    asked = request.GET.get("page", "1")
    page = min(max(1, int(asked)), last) if asked.isdecimal() and len(asked) < 9 else 1
    found = members(looker, audience.rule, [tag.name for tag in tags], skip=(page - 1) * PAGE)
    rows = [row | {"cells": [(tag, _shown(row[tag.name], tag)) for tag in tags]} for row in linked(found)]
    context |= {"rows": rows, "total": total, "page": page, "last": last, "previous": page - 1, "following": page + 1,
                "chosen": [tag.name for tag in tags]}  # fmt: skip
    return render(request, "audiences/members.html", context)


def _file(
    request: HttpRequest, looker: Looker, audience: Audience, tags: Sequence[Tag], total: int
) -> HttpResponseBase:
    heads = [say("客户号", "Customer"), *(_head(tag) for tag in tags)]
    found = members(looker, audience.rule, [tag.name for tag in tags], most=None)
    rows = ([str(row["customer_id"]), *(_exported(row[tag.name], tag) for tag in tags)] for row in found)
    return export.download(request, f"audience-{audience.pk}", heads, rows, total=total)


def _tags(looker: Looker, asked: Sequence[str]) -> list[Tag]:
    known = looker.known.tags
    names = columns_of(looker, asked) or columns_of(looker, COLUMNS)
    return [known[name] for name in names[:COLUMNS_MOST]]


def _shown(value: Any, tag: Tag) -> str:
    return figures.tag(value, tag.unit, tag.values) or "–"


def _head(tag: Tag) -> str:
    label = say(tag.zh, tag.en)
    return f"{label} ({figures.currency()})" if tag.unit == "fen" else label


def _exported(value: Any, tag: Tag) -> object:
    """Money in yuan with two decimals, codes by their labels, everything else as it is."""
    if tag.unit == "fen" and isinstance(value, int):
        return Decimal(value) / 100
    return say(*tag.values[value]) if value in tag.values else value
