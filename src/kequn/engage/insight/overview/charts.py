"""The charts of the overview: tiers by customers and by AUM, segments."""

from __future__ import annotations

from kequn.engage.insight.frame import Frame
from kequn.engage.insight.overview.figures import totals
from kequn.engage.insight.wording import code, named, tiers
from kequn.engage.language import say
from kequn.engage.site import figures
from kequn.engage.site.charts import Chart

VIP = 2  # from this rung of the ladder on


def ladder(frame: Frame) -> Chart:
    """Shares of customers and of AUM by tier, highest first."""
    now, order = totals(frame), tiers(frame.definitions)
    shares = [
        [code(frame.definitions, "tier", tier), _share(now["tiers"][tier]["customers"], now["customers"]),
         _share(now["tiers"][tier]["aum"], now["aum"])]
        for tier in reversed(order)
    ]  # fmt: skip
    upper = order[VIP:]
    people, money = (
        _share(sum(now["tiers"][tier][name] for tier in upper), now[name]) for name in ("customers", "aum")
    )
    who = code(frame.definitions, "tier", order[VIP])
    title = say("层级分布", "Customers and AUM by tier")
    if people is not None and money is not None:
        title = say(
            f"{who}及以上占客户 {figures.percent(people)}、占资产 {figures.percent(money)}",
            f"{who} and up: {figures.percent(people)} of customers, {figures.percent(money)} of AUM",
        )
    heads = [say("层级", "Tier"), say("客户占比", "Customers"), say("资产占比", "AUM")]
    links = [frame.address("tiers")] * len(shares)
    return Chart("ladder", "rows", title, "share", heads, shares if now["customers"] else [], links=links, height=280)


def segments(frame: Frame) -> Chart:
    """Members of each segment, the largest first."""
    found = sorted(totals(frame)["segments"].items(), key=lambda each: (-each[1]["customers"], each[0]))
    rows = [[named(frame.definitions, name), each["customers"]] for name, each in found]
    links = [frame.address("segment", name) for name, _ in found]
    title = say("客群规模", "Segments by members")
    if rows and rows[0][1]:
        title = say(f"最大的客群是{rows[0][0]}", f"The largest segment is {rows[0][0]}")
    heads = [say("客群", "Segment"), say("客户", "Customers")]
    return Chart("segments", "rows", title, "count", heads, rows, links=links, height=280)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
