"""A condition on a tag to begin an audience with."""

from __future__ import annotations

from typing import Any

from kequn.insight.catalogue import Tag

FEN = 100


def snippet(tag: Tag, summary: dict[str, Any] | None, commonest: str | None) -> str:
    """The condition in the rule language, with a value that divides the customers: the median, the commonest code.

    Money is written in yuan, dates and texts in quotes; a flag stands alone.
    """
    middle = summary["median"] if summary else None
    if tag.type == "BOOLEAN":
        return tag.name
    if tag.type == "VARCHAR":
        code = commonest or next(iter(tag.values), None)
        return (
            f"{tag.name} is not null" if code is None else f"{tag.name} = '{str(code).replace(chr(39), chr(39) * 2)}'"
        )
    if middle is None:
        return f"{tag.name} is not null"
    if tag.type == "DATE":
        return f"{tag.name} >= '{middle.isoformat()}'"
    if tag.unit == "fen":
        return f"{tag.name} >= yuan({max(round(middle / FEN), 1)})"
    return f"{tag.name} >= {middle:g}" if isinstance(middle, float) else f"{tag.name} >= {middle}"
