"""Find tags in the catalogue, with the share of customers who have a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kequn.engage.insight.frame import Frame
from kequn.insight.catalogue import Tag

TEXTS = ("name", "zh", "en", "description_zh", "description_en")


@dataclass(frozen=True)
class Wanted:
    """What one looks for; an empty text is any."""

    words: str = ""
    dimension: str = ""
    sensitivity: str = ""
    owner: str = ""


def search(frame: Frame, wanted: Wanted) -> list[Tag]:
    """Tags in which every word occurs, those first whose name or label does, else in the catalogue's order."""
    words = wanted.words.lower().split()
    found = [
        tag
        for tag in frame.definitions.tags.values()
        if wanted.dimension in ("", tag.dimension)
        and wanted.sensitivity in ("", tag.sensitivity)
        and wanted.owner in ("", tag.owner)
        and all(any(word in getattr(tag, field).lower() for field in TEXTS) for word in words)
    ]
    return sorted(found, key=lambda tag: not any(word in f"{tag.name} {tag.zh} {tag.en}".lower() for word in words))


def owners(frame: Frame) -> list[str]:
    """Everybody who owns a tag."""
    return sorted({tag.owner for tag in frame.definitions.tags.values()})


def coverage(frame: Frame, tags: Sequence[Tag]) -> dict[str, float | None]:
    """The share of the scope's customers with a value, by name; nothing for tags that the night does not have."""
    columns = frame.night.columns["customer"]
    names = [tag.name for tag in tags if tag.name in columns]
    return frame.kept(("coverage", *names), lambda: _counted(frame, names)) if names else {}


def _counted(frame: Frame, names: Sequence[str]) -> dict[str, float | None]:
    where, values = frame.scope.condition()
    listed = ", ".join(f"COUNT({name}) AS {name}" for name in names)
    row = frame.night.row(f"SELECT COUNT(*) AS customer_id, {listed} FROM customer WHERE {where}", **values) or {}
    everybody = row.pop("customer_id")
    return {name: rows / everybody if everybody else None for name, rows in row.items()}
