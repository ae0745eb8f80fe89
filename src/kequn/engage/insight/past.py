"""Earlier nights: the one that figures are compared with, and one a month for trends."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

from kequn.engage.site.night import Night, Rows, opened
from kequn.engine.duck import parquet_files
from kequn.engine.publish import Published, nights

T = TypeVar("T")
MONTHS_MOST = 13
REMEMBERED_MOST = 3_000
_REMEMBERED: OrderedDict[Any, Any] = OrderedDict()
_LOCK = threading.Lock()


def months(night: Night) -> list[Published]:
    """The newest night of each month up to that of ``night``, oldest first, at most MONTHS_MOST."""

    def read() -> list[Published]:
        newest = {each.as_of.replace(day=1): each for each in nights(night.workspace) if each.as_of < night.as_of}
        newest[night.as_of.replace(day=1)] = night.published
        return [newest[month] for month in sorted(newest)][-MONTHS_MOST:]

    return night.kept("months", read)


def before(night: Night) -> Night | None:
    """The newest night of an earlier month, which figures are compared with; None where there is none."""
    earlier = months(night)[:-1]
    return opened(night.workspace, earlier[-1]) if earlier else None


def files(published: Published, table: str) -> list[str]:
    """The files of a table of any night, for ``read_parquet($files)``."""
    return [str(file) for file in parquet_files([published.table(table)])]


def remembered(published: Published, key: Any, make: Callable[[], T]) -> T:
    """What ``make`` gives of a night that never changes again, for as long as this process remembers it."""
    whole = (published.folder, key)
    with _LOCK:
        if whole in _REMEMBERED:
            _REMEMBERED.move_to_end(whole)
            found: T = _REMEMBERED[whole]
            return found
    made = make()
    with _LOCK:
        _REMEMBERED[whole] = made
        while len(_REMEMBERED) > REMEMBERED_MOST:
            _REMEMBERED.popitem(last=False)
    return made


def by_name(rows: Rows, field: str) -> dict[Any, dict[str, Any]]:
    """Rows by the value of one field."""
    return {row[field]: row for row in rows}
