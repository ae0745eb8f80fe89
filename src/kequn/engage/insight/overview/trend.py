"""How customers and AUM went over the nights that there are, the newest of each month."""

from __future__ import annotations

from typing import Any

from kequn.engage.insight import past
from kequn.engage.insight.frame import Frame
from kequn.engage.insight.overview.figures import CLASSES
from kequn.engage.insight.wording import named
from kequn.engage.language import say
from kequn.engage.site import figures
from kequn.engage.site.charts import Chart
from kequn.engage.site.night import Rows
from kequn.engine.publish import Published

PLAIN = ("customers", "month_avg")


def trend(frame: Frame) -> Rows:
    """One row a month: day, customers, month_avg and AUM by class, oldest first."""
    return [
        past.remembered(night, ("trend", frame.scope), lambda night=night: _one(frame, night))  # type: ignore[misc]
        for night in past.months(frame.night)
    ]


def _one(frame: Frame, night: Published) -> dict[str, Any]:
    where, values = frame.scope.condition()
    classes = ", ".join(f"SUM({name})::BIGINT AS {name}" for name in CLASSES)
    (row,) = frame.night.rows(
        f"""SELECT COUNT(*) AS customers, SUM(aum_month_avg)::BIGINT AS month_avg, {classes}
        FROM read_parquet($files) AS customer WHERE {where}""",
        files=past.files(night, "customer"), **values,
    )  # fmt: skip
    return {"day": night.as_of.isoformat()} | {name: value or 0 for name, value in row.items()}


def charts(frame: Frame) -> list[Chart]:
    """AUM by class, and customers, over the nights."""
    rows = trend(frame)
    held = [name for name in CLASSES if any(row[name] for row in rows)]
    return [
        Chart("aum-trend", "area", _told(rows), "fen",
              [say("日期", "Day"), *(named(frame.definitions, name) for name in held)],
              [[row["day"], *(row[name] for name in held)] for row in rows], stacked=True),
        Chart("customer-trend", "line", _counted(rows), "count", [say("日期", "Day"), say("客户", "Customers")],
              [[row["day"], row["customers"]] for row in rows]),
    ]  # fmt: skip


def _told(rows: Rows) -> str:
    first, last = (sum(row[name] for name in CLASSES) for row in (rows[0], rows[-1]))
    if len(rows) < 2 or not first:
        return say("金融资产构成", "AUM by class")
    share, day = figures.percent(abs(last - first) / first), rows[0]["day"]
    return (
        say(f"金融资产较 {day} 增长 {share}", f"AUM is {share} above that of {day}")
        if last >= first
        else say(f"金融资产较 {day} 下降 {share}", f"AUM is {share} below that of {day}")
    )


def _counted(rows: Rows) -> str:
    gained = rows[-1]["customers"] - rows[0]["customers"]
    if len(rows) < 2:
        return say("客户数", "Customers")
    number, day = figures.count(abs(gained)), rows[0]["day"]
    if gained >= 0:
        return say(f"自 {day} 净增客户 {number} 户", f"{number} more customers than on {day}")
    return say(f"自 {day} 净减客户 {number} 户", f"{number} fewer customers than on {day}")
