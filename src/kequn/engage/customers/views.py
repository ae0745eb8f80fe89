"""Pages about customers: the list with its search box, one customer with its parts, a masked field in clear."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from kequn.amounts import FEN
from kequn.engage.audit import export
from kequn.engage.customers import contacts, portfolio, scored, ties, vault, wealth, who
from kequn.engage.customers.reveal import PURPOSES, REVEALERS, RevealError, TooManyRevealsError, limit
from kequn.engage.customers.reveal import reveal as revealed
from kequn.engage.customers.words import FIELDS, of
from kequn.engage.language import say
from kequn.engage.orgs.guard import allow, person
from kequn.engage.orgs.login import sensitive
from kequn.engage.orgs.models import Org, Staff
from kequn.engage.orgs.roles import KNOWING, Role
from kequn.engage.plan.explaining import told
from kequn.engage.site.night import Night
from kequn.insight.reading import definitions
from kequn.insight.scores.words import LEVELS

PAGES_MOST = 10_000
MANAGERS_MOST = 500
NEVER = "no-store, private"


@allow(KNOWING)
@never_cache
def search(request: HttpRequest) -> HttpResponseBase:
    """The person's customers by value; what is sent with POST is looked for, or the list leaves as a file.

    What is looked for may be a telephone or identity number: it is never part of an address.
    """
    night: Night | None = request.night  # type: ignore[attr-defined]
    if night is None:
        return render(request, "customers/none.html")
    user, filters = person(request), portfolio.Filters.of(request.GET.dict(), night)
    if export.asked(request):
        total = portfolio.count(night, user, filters)
        lines = _file_rows(night, user, filters, total)
        return export.download(request, "customers", _heads(), lines, total=total)
    if request.method == "POST":
        return _look_up(request, night, user)
    number = min(int(text), PAGES_MOST) if (text := request.GET.get("page", "1")).isdecimal() else 1
    rows, total = portfolio.page(night, user, filters, max(number, 1))
    pages = max(-(-total // portfolio.PAGE), 1)
    shown = {
        "rows": _in_words(night, rows),
        "total": total,
        "number": max(number, 1),
        "pages": pages,
        "previous": max(number, 1) - 1,
        "next": max(number, 1) + 1,
    }
    choices = {"filters": filters, "managers": _managers(user), "known": _choices(night), "scored": _scored(night)}
    return render(request, "customers/search.html", shown | choices | {"totals": portfolio.totals(night, user)})


@allow(KNOWING)
@never_cache
def customer(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Everything about one customer; what takes longer comes as parts."""
    night, user = _night(request), person(request)
    found = who.who(night, user, customer_id)
    if found is None:
        raise Http404
    known = definitions(night.workspace)
    fields = [{"field": name, "label": of(FIELDS, name), "masked": found.values.get(name, "")} for name in FIELDS]
    shown = {
        "who": found, "row": found.row, "fields": fields, "may_reveal": user.duty in REVEALERS,
        "tiers": known.tags["tier"].values, "segments": [known.segments[name] for name in found.segments],
        "facts": who.tag_facts(night, found, who.FACTS), "figures": who.tag_facts(night, found, who.MONEY),
        "prospects": _prospects(night, customer_id), "parts": PARTS,
    }  # fmt: skip
    response = render(request, "customers/customer.html", shown)
    response["Cache-Control"] = NEVER
    return response


@allow(KNOWING)
@never_cache
def part(request: HttpRequest, customer_id: int, part: str) -> HttpResponse:
    """One part of the page about a customer."""
    night, user = _night(request), person(request)
    if part not in PARTS or not who.in_scope(night, user, customer_id):
        raise Http404
    shown = PARTS[part](night, user, customer_id)
    response = render(request, f"customers/part_{part}.html", shown | {"customer_id": customer_id})
    response["Cache-Control"] = NEVER
    return response


@allow(REVEALERS)
@never_cache
@sensitive
def reveal(request: HttpRequest, customer_id: int, field: str) -> HttpResponse:
    """Ask what a masked field is needed for; then record it and show the field once."""
    night, user = _night(request), person(request)
    if field not in FIELDS or not who.in_scope(night, user, customer_id):
        raise Http404
    shown: dict[str, Any] = {"customer_id": customer_id, "field": field, "label": of(FIELDS, field), "limit": limit(),
                             "purposes": [(code, say(*both)) for code, both in PURPOSES.items()]}  # fmt: skip
    shown["name"] = vault.masked_values([customer_id]).get(customer_id, {}).get("name", "")
    status = 200
    if request.method == "POST":
        asked = {"purpose": request.POST.get("purpose", ""), "note": request.POST.get("note", "")}
        try:
            shown["value"] = revealed(user, customer_id, field, **asked)
        except RevealError as error:
            shown |= asked | {"error": error}
            status = 429 if isinstance(error, TooManyRevealsError) else 422
    response = render(request, "customers/reveal.html", shown, status=status)
    response["Cache-Control"] = NEVER
    return response


def _look_up(request: HttpRequest, night: Night, user: Staff) -> HttpResponse:
    """To the one customer found, else a list of them; nothing of what was looked for is kept or written back."""
    ids = vault.search(night, user, request.POST.get("q", ""))
    rows = portfolio.some(night, user, ids)
    if len(rows) == 1:
        return redirect("customer", rows[0]["customer_id"])
    return render(request, "customers/found.html", {"rows": _in_words(night, rows)})


def _night(request: HttpRequest) -> Night:
    night: Night | None = request.night  # type: ignore[attr-defined]
    if night is None:
        raise Http404
    return night


def _in_words(night: Night, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    tiers = definitions(night.workspace).tags["tier"].values
    orgs = Org.objects.in_bulk({row["org_id"] for row in rows if row["org_id"]})
    return [
        row | {"tier_name": of(tiers, row["tier"]),
               "next_name": of(tiers, row["tier_next"]) if row["tier_next"] else "",
               "org": orgs.get(row["org_id"]),
               "level_name": of(LEVELS, row["level"]) if row["level"] in portfolio.WARNED else "",
               "weight": scored.WEIGHTS.get(row["level"] or "", "")}
        for row in rows
    ]  # fmt: skip


def _managers(user: Staff) -> list[Staff]:
    """Relationship managers whose customers the person may see, for the filter."""
    if user.duty == Role.RM:
        return []
    roles = (Role.RM, Role.CHIEF_RM)
    return list(Staff.visible_to(user).filter(role__in=roles, is_active=True).order_by("username")[:MANAGERS_MOST])


def _choices(night: Night) -> dict[str, list[tuple[str, str]]]:
    known = definitions(night.workspace)
    return {
        "tiers": [(code, say(*both)) for code, both in known.tags["tier"].values.items()],
        "segments": [(each.name, say(each.zh, each.en)) for each in known.segments.values()],
    }


def _scored(night: Night) -> bool:
    return night.has("score_attrition")


def _prospects(night: Night, customer_id: int) -> list[dict[str, Any]]:
    if not night.has("prospect"):
        return []
    known = definitions(night.workspace).prospects
    text = """SELECT rule, evidence_zh, evidence_en, estimate_fen, confidence_percent FROM prospect
        WHERE customer_id = $id ORDER BY confidence_percent DESC, rule"""
    return [row | {"zh": known[row["rule"]].zh, "en": known[row["rule"]].en}
            for row in night.rows(text, id=customer_id) if row["rule"] in known]  # fmt: skip


def _heads() -> list[str]:
    return [
        say("客户号", "Customer"), say("姓名", "Name"), say("层级", "Tier"), say("金融资产(元)", "AUM (yuan)"),
        say("距下一层级(元)", "Gap to next tier (yuan)"), say("30天内到期(元)", "Maturing in 30 days (yuan)"),
        say("流失预警", "Attrition"), say("网点", "Outlet"), say("客户经理", "RM"),
    ]  # fmt: skip


def _file_rows(night: Night, user: Staff, filters: portfolio.Filters, total: int) -> Iterator[tuple[object, ...]]:
    """Names stay masked in a file; customer numbers are texts, which no spreadsheet rounds."""
    for row in portfolio.every(night, user, filters, total):
        (told,) = _plain(night, [row])
        yield (
            str(row["customer_id"]), row["name"], told["tier_name"], _yuan(row["aum"]), _yuan(row["tier_gap"]),
            _yuan(row["maturing_30d_fen"]), told["level_name"], row["org_id"] or "", row["staff_id"] or "",
        )  # fmt: skip


def _plain(night: Night, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    tiers = definitions(night.workspace).tags["tier"].values
    return [{"tier_name": of(tiers, row["tier"]), "level_name": of(LEVELS, row["level"]) if row["level"] else ""}
            for row in rows]  # fmt: skip


def _yuan(fen: int | None) -> Decimal | None:
    return None if fen is None else Decimal(fen) / FEN


# What a part shows: its template is customers/part_<name>.html.
PARTS: dict[str, Callable[[Night, Staff, int], dict[str, Any]]] = {
    "wealth": lambda night, user, id_: {"chart": wealth.chart(night, id_)},
    "holdings": lambda night, user, id_: {"rows": wealth.holdings(night, id_)},
    "scores": lambda night, user, id_: {"scored": scored.scored(night, id_)},
    "plan": lambda night, user, id_: {"told": told(night, id_)},
    "timeline": lambda night, user, id_: {"rows": contacts.timeline(night, id_)},
    "ties": lambda night, user, id_: {"ties": ties.ties(night, user, id_)},
}
