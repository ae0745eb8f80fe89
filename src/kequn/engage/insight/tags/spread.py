"""How the values of a tag are spread among the customers of a scope: figures, and a chart that fits its type."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from kequn.engage.insight.frame import Frame
from kequn.engage.insight.wording import code, label, round_money, value
from kequn.engage.language import say
from kequn.engage.site import figures
from kequn.engage.site.charts import Chart
from kequn.engage.site.night import Rows
from kequn.insight.catalogue import Tag

VALUES_MOST = 20
MONTHS_MOST = 36
STEPS_MOST = 14
WHOLE_MOST = 20  # so many different whole numbers have a bar each
SKEWED = 20  # the top is so many times the median: bins widen as they rise
NUMBERS = ("BIGINT", "DOUBLE")


def summary(frame: Frame, tag: Tag) -> dict[str, Any] | None:
    """customers, present, filled (neither NULL nor the tag's empty value), lowest, median, highest, mean of the scope.

    lowest to mean are None for texts and flags; None where the night does not have the tag.
    """
    if tag.name not in frame.night.columns["customer"]:
        return None
    where, values = frame.scope.condition()
    name = tag.name
    query = f"""SELECT COUNT(*) AS customers, COUNT({name}) AS present, {_filled(tag)} AS filled, {_measured(tag)}
        FROM customer WHERE {where}"""
    empty = {} if isinstance(tag.empty, bool) or tag.empty is None else {"empty_value": tag.empty}
    return frame.kept(("summary", name), lambda: frame.night.row(query, **values, **empty))


def _filled(tag: Tag) -> str:
    if isinstance(tag.empty, bool):
        return f"COUNT(*) FILTER ({tag.name} <> {tag.empty})"
    return f"COUNT({tag.name})" if tag.empty is None else f"COUNT(*) FILTER ({tag.name} <> $empty_value)"


def _measured(tag: Tag) -> str:
    name = tag.name
    if tag.type in NUMBERS:
        return f"""MIN({name}) AS lowest, QUANTILE_DISC({name}, 0.5) AS median, MAX({name}) AS highest,
            AVG({name})::DOUBLE AS mean, QUANTILE_DISC({name}, [0.01, 0.99]) AS ends"""
    if tag.type == "DATE":
        return f"MIN({name}) AS lowest, QUANTILE_DISC({name}, 0.5) AS median, MAX({name}) AS highest, NULL AS mean"
    return "NULL AS lowest, NULL AS median, NULL AS highest, NULL AS mean"


def chart(frame: Frame, tag: Tag) -> Chart | None:
    """The distribution within the scope; None where nobody has a value."""
    found = summary(frame, tag)
    if found is None or not found["present"]:
        return None
    if tag.type in NUMBERS:
        rows = frame.kept(("histogram", tag.name), lambda: _histogram(frame, tag, found))
        kind = "histogram"
    elif tag.type == "DATE":
        rows, kind = frame.kept(("months", tag.name), lambda: _months(frame, tag)), "bar"
    else:
        rows, kind = frame.kept(("values", tag.name), lambda: _values(frame, tag)), "rows"
    drawn = [[_called(frame, tag, name), number] for name, number in rows]
    heads = [label(tag), say("客户", "Customers")]
    height = min(480, max(160, 60 * -(-len(drawn) // 2))) if kind == "rows" else 280
    near = min((160, 220, 280, 360, 480), key=lambda size: abs(size - height))
    return Chart("spread", kind, _title(tag, drawn, found), "count", heads, drawn, height=near)  # type: ignore[arg-type]


def _called(frame: Frame, tag: Tag, name: Any) -> str:
    if name == "":
        return say("其他", "Others")
    if isinstance(name, bool):
        return say("是", "Yes") if name else say("否", "No")
    if tag.name in ("org_id", "branch_id"):
        return frame.orgs.get(name, str(name))
    return code(frame.definitions, tag.name, name) if tag.type == "VARCHAR" else str(name)


def _title(tag: Tag, drawn: Sequence[Sequence[Any]], found: dict[str, Any]) -> str:
    if tag.type == "BOOLEAN":
        share = figures.percent(found["filled"] / found["customers"])
        return say(f"{share} 的客户为“是”", f"Yes for {share} of customers")
    if tag.type in NUMBERS and found["median"] is not None:
        half = value(tag, found["median"])
        return say(
            f"一半有值客户的{label(tag)}不超过 {half}", f"{label(tag)}: half of those with a value have at most {half}"
        )
    name, number = max(drawn, key=lambda row: row[1])
    share = figures.percent(number / found["present"])
    return say(f"最多的是{name}，占有值客户 {share}", f"Most are {name}: {share} of those with a value")


def _values(frame: Frame, tag: Tag) -> list[tuple[Any, int]]:
    """The commonest values; flags with yes first; whatever is left adds up as ``""``."""
    where, values = frame.scope.condition()
    rows = frame.night.rows(
        f"""SELECT {tag.name} AS name, COUNT(*) AS number FROM customer
        WHERE {where} AND {tag.name} IS NOT NULL GROUP BY 1 ORDER BY number DESC, name""",
        **values,
    )
    if tag.values:
        order = list(tag.values)
        rows.sort(key=lambda row: order.index(row["name"]) if row["name"] in order else len(order))
    if tag.type == "BOOLEAN":
        rows.sort(key=lambda row: not row["name"])
    return _cut(rows, VALUES_MOST)


def _cut(rows: Rows, most: int) -> list[tuple[Any, int]]:
    kept = [(row["name"], row["number"]) for row in rows[:most]]
    rest = sum(row["number"] for row in rows[most:])
    return [*kept, ("", rest)] if rest else kept


def _months(frame: Frame, tag: Tag) -> list[tuple[str, int]]:
    """Customers by month, by year where there are too many months."""
    where, values = frame.scope.condition()
    rows = frame.night.rows(
        f"""SELECT STRFTIME({tag.name}, '%Y-%m') AS name, COUNT(*) AS number FROM customer
        WHERE {where} AND {tag.name} IS NOT NULL GROUP BY 1 ORDER BY 1""",
        **values,
    )
    if len(rows) <= MONTHS_MOST:
        return [(row["name"], row["number"]) for row in rows]
    years: dict[str, int] = {}
    for row in rows:
        years[row["name"][:4]] = years.get(row["name"][:4], 0) + row["number"]
    return list(years.items())


def _histogram(frame: Frame, tag: Tag, found: dict[str, Any]) -> list[tuple[str, int]]:
    bounds = edges(tag, found)
    where, values = frame.scope.condition()
    if not bounds:
        return [(_names(tag, bounds, found)[0], found["present"])]
    listed = [f"COUNT(*) FILTER ({tag.name} >= $edge_{place:02}) AS above_{place:02}" for place in range(len(bounds))]
    limits = {f"edge_{place:02}": bound for place, bound in enumerate(bounds)}
    row = frame.night.row(f"SELECT {', '.join(listed)} FROM customer WHERE {where}", **values, **limits) or {}
    above = [found["present"], *row.values(), 0]
    names = _names(tag, bounds, found)
    return [(name, above[place] - above[place + 1]) for place, name in enumerate(names) if name]


def edges(tag: Tag, found: dict[str, Any]) -> list[float]:
    """Lower bounds of all bins but the lowest, rising, in round figures.

    Few whole numbers have a bin each. Where the top lies far above the median, bounds go 1, 2, 5, 10, ... times a
    power of ten (1, 10, 100 over many), else in equal steps; the outer hundredth of customers is in the end bins.
    """
    low, high = found["ends"] or [found["lowest"], found["highest"]]
    if tag.type == "BIGINT" and tag.unit != "fen" and found["highest"] - found["lowest"] < WHOLE_MOST:
        return [float(number) for number in range(int(found["lowest"]) + 1, int(found["highest"]) + 1)]
    if high <= low:
        low, high = found["lowest"], found["highest"]
    if high <= low:
        return []
    if low >= 0 and high > SKEWED * max(found["median"], 1 if tag.type == "BIGINT" else 0.001):
        return _widening(low, high, 100 if tag.unit == "fen" else 1)
    step = _round_up((high - low) / 10)
    first = math.floor(low / step) + 1
    return [round(step * place, 9) for place in range(first, math.floor(high / step) + 1)]


def _widening(low: float, high: float, least: float) -> list[float]:
    tens = range(math.floor(math.log10(max(low, least))), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        bounds = [step * 10.0**ten for ten in tens for step in steps if max(low, least) < step * 10.0**ten <= high]
        if len(bounds) <= STEPS_MOST:
            break
    return bounds


def _round_up(size: float) -> float:
    ten = 10.0 ** math.floor(math.log10(size))
    return float(next(step * ten for step in (1, 2, 5, 10) if step * ten >= size - 1e-12))


def _names(tag: Tag, bounds: Sequence[float], found: dict[str, Any]) -> list[str]:
    """What bins are called; a bin below the lowest value has no name."""
    if not bounds:
        return [value(tag, found["lowest"])]
    if (
        tag.type == "BIGINT"
        and len(bounds) < WHOLE_MOST
        and bounds[-1] - bounds[0] == len(bounds) - 1
        and tag.unit != "fen"
    ):
        return [value(tag, int(found["lowest"])), *(value(tag, int(bound)) for bound in bounds)]
    said = [_short(tag, bound) for bound in bounds]
    return [f"< {said[0]}", *(f"{one}–{two}" for one, two in pairwise(said)), f"≥ {said[-1]}"]


def _short(tag: Tag, bound: float) -> str:
    """A round figure without the zeros that money has."""
    if tag.unit == "fen":
        return round_money(round(bound))
    if tag.unit == "share":
        return f"{100 * bound:g}%"
    return f"{bound:,.10g}"
