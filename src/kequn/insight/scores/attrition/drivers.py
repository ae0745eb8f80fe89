"""Why a customer is warned about: the stories that move the probability most, with the customer's own figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kequn.insight.catalogue import Unit
from kequn.insight.scores.attrition.features import Driver, inputs
from kequn.insight.scores.boosting import Booster
from kequn.insight.scores.encoding import Batch, Floats
from kequn.insight.words import UNITS, UNKNOWN, YUAN_ZH, Language

SHOWN = 3
FIELDS = ("", "_direction", "_zh", "_en")
COLUMNS = tuple(f"driver_{place}{field}" for place in range(1, SHOWN + 1) for field in FIELDS)


def driver_of(name: str) -> Driver | None:
    """The story of a feature; one that features.yaml does not know tells its own, the calendar none."""
    known = inputs()
    if name in known.features:
        story = known.features[name].driver
        return known.drivers[story] if story else None
    return Driver(name=name, zh=name, en=name, words_zh=f"{{{name}}}", words_en=f"{{{name}}}")


def contributions(booster: Booster, batch: Batch, threads: int = 1) -> tuple[list[Driver], Floats]:
    """Drivers, and rows x drivers: what each adds to the log-odds."""
    stories = [driver_of(feature.name) for feature in booster.features]
    drivers = list({story.name: story for story in stories if story}.values())
    places = {driver.name: place for place, driver in enumerate(drivers)}
    given = booster.contributions(batch, threads)
    summed = np.zeros((batch.num_rows, len(drivers)))
    for column, story in enumerate(stories):
        if story:
            summed[:, places[story.name]] += given[:, column]
    return drivers, summed


def told(booster: Booster, batch: Batch, currency: str, threads: int = 1) -> dict[str, list[str | None]]:
    """COLUMNS of each row: name, direction (up or down) and words of the drivers that raise the probability most."""
    drivers, added = contributions(booster, batch, threads)
    best = np.argsort(-added, axis=1, kind="stable")[:, :SHOWN]
    shown = [name for driver in drivers for name in driver.figures if name in batch.schema.names]
    figures = {name: batch.column(name).to_pylist() for name in dict.fromkeys(shown)}
    rows = [_row(drivers, added[row], best[row], figures, (row, currency)) for row in range(batch.num_rows)]
    padded = [[*row, *[None] * (len(COLUMNS) - len(row))] for row in rows]
    return {name: [row[place] for row in padded] for place, name in enumerate(COLUMNS)}


def _row(
    drivers: Sequence[Driver], added: Floats, best: NDArray[np.int64], figures: dict[str, list[Any]],
    at: tuple[int, str],
) -> list[str | None]:  # fmt: skip
    found: list[str | None] = []
    for place in best:
        driver = drivers[place]
        found += [driver.name, "up" if added[place] > 0 else "down"]
        found += [words(driver, figures, at, language) for language in ("zh", "en")]
    return found


def words(driver: Driver, figures: dict[str, list[Any]], at: tuple[int, str], language: Language) -> str:
    """The driver's sentence with the figures of row ``at[0]``; money in the currency ``at[1]``."""
    row, currency = at
    known = inputs()
    values = {
        name: in_words(figures[name][row] if name in figures else None, known.unit(name), language, currency)
        for name in driver.figures
    }
    return (driver.words_zh if language == "zh" else driver.words_en).format(**values)


def in_words(value: float | str | None, unit: Unit, language: Language, currency: str) -> str:
    """A figure as people read it, as `kequn.insight.words` writes it in SQL; nothing and NaN read as unknown."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return UNKNOWN[language]
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return {"zh": ("否", "是"), "en": ("no", "yes")}[language][value]
    if unit == "fen":
        return money(round(value), language, currency)
    if unit == "share":
        return f"{math.floor(value * 100 + 0.5)}%"
    return f"{value:.10g}"


def money(fen: int, language: Language, currency: str) -> str:
    """An amount in the largest unit in which it is at least 1 (as rounded in the next smaller one), half up."""
    units = UNITS[language]
    place = next(
        (at for at, (unit, _, _) in enumerate(units[:-1]) if abs(fen) + _half(units[at + 1]) >= unit), len(units) - 1
    )
    unit, decimals, word = units[place]
    whole, rest = divmod((abs(fen) + _half(units[place])) // (unit // 10**decimals), 10**decimals)
    figure = f"{whole}.{rest:0{decimals}d}".rstrip("0").rstrip(".") if decimals else str(whole)
    figure = ("-" if fen <= -50 else "") + figure + word
    return f"{figure}{YUAN_ZH.get(currency, currency)}" if language == "zh" else f"{currency} {figure}"


def _half(unit: tuple[int, int, str]) -> int:
    """Half of the last digit that a unit shows."""
    return int(unit[0] // 10 ** unit[1] // 2)


def arrays(columns: dict[str, list[str | None]]) -> dict[str, pa.Array]:
    """The told columns as Arrow arrays."""
    return {name: pa.array(column, pa.string()) for name, column in columns.items()}
