"""Charts: a title that is a sentence, a unit, rows, and the way to draw them; every chart is a table too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal[
    "line", "area", "bar", "rows", "sankey", "heat", "funnel", "interval", "calibration", "graph", "histogram",
]  # fmt: skip
Unit = Literal["fen", "count", "share", "days", "plain"]


@dataclass(frozen=True)
class Chart:
    """``columns`` head the rows; the first is what rows are called, the others are series, all in ``unit``.

    How rows are read, by kind. line, area, bar: category, then a number a series (area and bar are stacked when
    ``stacked``). rows: horizontal bars, category and number. sankey: from, to, number. heat: row, column, number.
    funnel: step, number left, and what was lost (text). interval: name, low, estimate, high. calibration: predicted,
    observed, customers. graph: from, to (lineage, left to right). histogram: class, number.
    ``links`` opens what is behind a row (address by row number); ``marks`` are (category, text) on the axis.
    """

    name: str
    kind: Kind
    title: str
    unit: Unit
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    stacked: bool = False
    links: Sequence[str] = field(default=())
    marks: Sequence[tuple[str, str]] = field(default=())
    height: int = 280
    note: str = ""

    @property
    def data(self) -> dict[str, Any]:
        """What the browser draws."""
        drawn = asdict(self)
        return {name: drawn[name] for name in DRAWN}

    @property
    def empty(self) -> bool:
        return not self.rows


DRAWN = ("kind", "title", "unit", "columns", "rows", "stacked", "links", "marks")
