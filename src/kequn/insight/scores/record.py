"""What the record of a model says in the same way in every family."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from kequn.insight.scores.boosting import Booster
from kequn.insight.scores.split import TIME
from kequn.workspace import Settings, Value

DRIVERS = 10


def number(settings: Settings, name: str) -> float:
    """Setting ``scores.<name>`` as a number."""
    return float(str(settings[f"scores.{name}"]))


def listed(settings: Settings, name: str) -> list[str]:
    """Setting ``scores.<name>`` as texts."""
    value = settings[f"scores.{name}"]
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def parameters(settings: Settings, family: str) -> dict[str, Value]:
    """The settings of a family, without the room's name."""
    return {
        name.removeprefix("scores."): value
        for name, value in settings.values.items()
        if name.startswith(f"scores.{family}_")
    }


def period(table: pa.Table) -> list[str] | None:
    """First and last date of the rows; None where the table knows no dates."""
    if TIME not in table.schema.names:
        return None
    ends = pc.min_max(table[TIME]).as_py()
    return [str(ends["min"]), str(ends["max"])]


def drivers(trees: Booster) -> list[dict[str, Any]]:
    """The features that brought most, with their share of the gain."""
    gains = trees.importances()
    total = sum(gains.values()) or 1.0
    return [{"name": name, "share": gain / total} for name, gain in list(gains.items())[:DRIVERS]]


def named(names: Sequence[str]) -> list[dict[str, str]]:
    """Features under the names that they have in the table; the card puts the catalogue's words for tags."""
    return [{"name": name} for name in names]
