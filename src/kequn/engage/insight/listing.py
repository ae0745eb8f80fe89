"""Lists of customers: pages of fifty, and the same rows as a file; a customer is shown by number, never by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from kequn.engage.audit import export
from kequn.engage.insight import wording
from kequn.engage.insight.frame import Frame, address
from kequn.engage.language import say
from kequn.engage.site import figures
from kequn.engage.site.night import Rows
from kequn.insight.scores.words import LEVELS

SIZE = 50
NUMBERS = ("money", "percent", "count", "whole_percent")
SHORT = ("tier", "org", "level")

FEN = 100
V = TypeVar("V", bound=Callable[..., HttpResponse])


@dataclass(frozen=True)
class Column:
    """One column: its field of the rows, its heading, and how it is written."""

    field: str
    head: str
    form: str = "text"

    @property
    def css(self) -> str:
        return (
            "num" if self.form in NUMBERS else {"lines": "lines"}.get(self.form, "keep" if self.form in SHORT else "")
        )


@dataclass(frozen=True)
class Listing:
    """``query`` is a SELECT in a total order, already within the scope; ``name`` is that of the file."""

    frame: Frame
    name: str
    query: str
    values: dict[str, Any]
    columns: Sequence[Column]
    key: Any = field(default=None)

    @property
    def total(self) -> int:
        """How many rows there are on all pages."""
        counted: int = self.frame.kept(
            ("total", self.name, self.query, self.key),
            lambda: self.frame.night.value(f"SELECT count(*) FROM ({self.query})", **self.values),
        )
        return counted

    def rows(self, limit: int, offset: int) -> Rows:
        """Some of the rows."""
        query = f"{self.query} LIMIT $list_limit OFFSET $list_offset"
        return self.frame.night.rows(query, **self.values, list_limit=limit, list_offset=offset)


@dataclass(frozen=True)
class Sheet:
    """One page of a list: its cells as (text, address, class, heading), and where it stands."""

    columns: Sequence[Column]
    cells: list[list[dict[str, str]]]
    total: int
    number: int
    last: int

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.last else None


def sheet(request: HttpRequest, listing: Listing) -> Sheet:
    """The page that ``?page=`` asks for; the first for anything that is no page."""
    last = max(1, -(-listing.total // SIZE))
    asked = request.GET.get("page", "1")
    number = min(int(asked), last) if asked.isdecimal() and asked != "0" else 1
    rows = listing.rows(SIZE, (number - 1) * SIZE)
    cells = [[_cell(listing.frame, column, row) for column in listing.columns] for row in rows]
    return Sheet(listing.columns, cells, listing.total, number, last)


def listed(request: HttpRequest, listing: Listing, template: str, page: dict[str, Any]) -> HttpResponseBase:
    """The page of a list with its ``sheet``, or the whole list as a file where the page's form asks for one."""
    if export.asked(request):
        heads = [column.head for column in listing.columns]
        return export.download(request, listing.name, heads, _raw(listing), total=listing.total)
    return render(request, template, page | {"sheet": sheet(request, listing)})


def _raw(listing: Listing) -> Iterator[list[object]]:
    for row in listing.rows(listing.total, 0):
        yield [_plain(listing.frame, column, row) for column in listing.columns]


def _plain(frame: Frame, column: Column, row: dict[str, Any]) -> object:
    found = row[column.field]
    if column.form == "money" and found is not None:
        return found / FEN
    if column.form in NUMBERS:
        return found
    return _text(frame, column, found)


def _cell(frame: Frame, column: Column, row: dict[str, Any]) -> dict[str, str]:
    found = row[column.field]
    link = address("customer", str(found)) if column.form == "customer" else ""
    chip = {"urgent": "bad", "warn": "warn"}.get(str(found), "on") if column.form == "level" else ""
    return {"text": _text(frame, column, found), "link": link, "css": column.css, "head": column.head, "chip": chip}


def _text(frame: Frame, column: Column, found: Any) -> str:
    if found is None or found == "":
        return "–"
    writers: dict[str, Callable[[Any], object]] = {
        "money": figures.money, "percent": figures.percent, "count": figures.count,
        "tier": lambda code: wording.code(frame.definitions, "tier", code),
        "tag": lambda name: wording.named(frame.definitions, name),
        "org": lambda org: frame.orgs.get(org, org),
        "level": lambda level: say(*LEVELS[level]),
        "whole_percent": lambda number: f"{number}%",
    }  # fmt: skip
    return str(writers.get(column.form, str)(found))


def customer() -> Column:
    """The customer's number, which opens their page."""
    return Column("customer_id", say("客户号", "Customer"), "customer")


def responsible() -> list[Column]:
    """Branch and RM."""
    return [
        Column("branch_id", say("支行", "Branch"), "org"), Column("staff_id", say("客户经理", "RM")),
    ]  # fmt: skip
