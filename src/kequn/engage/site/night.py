"""The night that a page shows: one for the whole request, opened once for the whole process."""

from __future__ import annotations

import re
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kequn.bank.contract import contracts
from kequn.bank.store import part_infos
from kequn.engine.duck import DuckEngine
from kequn.engine.macros import Parameters
from kequn.engine.publish import Published, current, nights
from kequn.errors import KequnError
from kequn.insight.reading import Reading
from kequn.workspace import Workspace

Rows = list[dict[str, Any]]
T = TypeVar("T")
HEADER = "X-Kequn-Night"
OPEN_MOST = 3
KEPT_MOST = 500


class Night:
    """A published night with its tables as views, for any number of threads.

    Pages read it with DuckDB's SQL and bound parameters: ``rows("SELECT aum FROM customer WHERE customer_id = $id",
    id=7)``. Every published table is there under its name; tables of the bank after ``bank("balance")``.
    """

    def __init__(self, workspace: Workspace, published: Published) -> None:
        self.workspace = workspace
        self.published = published
        self.as_of: date = published.as_of
        self.key = published.folder.name
        self._spill = tempfile.TemporaryDirectory(prefix="kequn-console-")
        memory, threads = workspace.settings.text("console.memory"), workspace.settings.integer("engine.threads")
        engine = DuckEngine(threads, memory, Path(self._spill.name) / "spill")
        self.reading = Reading(published, engine, Parameters(published.as_of, workspace.settings))
        self.columns = {name: self.reading.attach(name) for name in published.manifest["tables"] if self._filled(name)}
        self._attached: set[str] = set()
        self._kept: OrderedDict[Any, Any] = OrderedDict()
        self._lock = threading.Lock()

    def has(self, table: str) -> bool:
        """Whether the night published ``table``."""
        return table in self.columns

    def rows(self, query: str, **values: Any) -> Rows:
        """Rows of a SELECT with parameters ``$name``."""
        with self.reading.engine.connection.cursor() as cursor:
            cursor.execute(query, {name: value for name, value in values.items() if f"${name}" in query})
            names = [each[0] for each in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def row(self, query: str, **values: Any) -> dict[str, Any] | None:
        """The first row, or None."""
        return next(iter(self.rows(query, **values)), None)

    def value(self, query: str, **values: Any) -> Any:
        """The first column of the first row, or None."""
        found = self.row(query, **values)
        return next(iter(found.values())) if found else None

    def bank(self, *tables: str) -> None:
        """Attach standard tables as they were on this night's day."""
        with self._lock:
            for table in tables:
                if table not in self._attached:
                    parts = [part.folder for part in part_infos(self.workspace, table, self.as_of)]
                    self.reading.engine.attach(table, parts, contracts()[table].stored_columns)
                    self._attached.add(table)

    def kept(self, key: Any, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once for this night and ``key`` (name the scope in it) while it is remembered."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                found: T = self._kept[key]
                return found
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > KEPT_MOST:
                self._kept.popitem(last=False)
        return made

    def _filled(self, name: str) -> bool:
        return any(self.published.table(name).glob("*.parquet"))


_OPENED: OrderedDict[Path, Night] = OrderedDict()
_OPENING = threading.Lock()


def opened(workspace: Workspace, published: Published) -> Night:
    """The night, from the few that this process keeps open."""
    with _OPENING:
        night = _OPENED.get(published.folder)
        if night is None:
            night = _OPENED[published.folder] = Night(workspace, published)
            while len(_OPENED) > OPEN_MOST:
                _OPENED.popitem(last=False)  # closed when the last request that reads it ends
        _OPENED.move_to_end(published.folder)
        return night


def newest(workspace: Workspace) -> Night | None:
    """The night that the pointer names, or None before the first."""
    published = current(workspace)
    return opened(workspace, published) if published else None


def forget() -> None:
    """Close the nights that this process keeps open; whoever still reads one keeps it to the end."""
    with _OPENING:
        _OPENED.clear()


class NightMiddleware:
    """Gives every request ``request.night``: the newest, or for a part of a page the one that the page shows.

    A part of a page whose night has been replaced is answered with 409 and a note to load the page again, so that
    no page shows two nights.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = request.headers.get(HEADER, "")
        request.night = self._night(asked)  # type: ignore[attr-defined]
        if asked and (request.night is None or request.night.key != asked):  # type: ignore[attr-defined]
            return render(request, "site/newer_night.html", status=409)
        return self._answer(request)

    def _night(self, asked: str) -> Night | None:
        workspace = settings.WORKSPACE
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{12}", asked):
            for published in nights(workspace):
                if published.folder.name == asked:
                    return opened(workspace, published)
        return newest(workspace)


def shown(request: HttpRequest) -> Night:
    """The night of a page that needs one; raises KequnError before the first night."""
    night: Night | None = request.night  # type: ignore[attr-defined]
    if night is None:
        raise KequnError("No night is published yet.", "Run: kequn night")
    return night
