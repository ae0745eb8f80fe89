"""One segment: where its members are, what they are like, how they leave, what they hold."""

from __future__ import annotations

from typing import Any

from kequn.engage.insight.frame import Frame
from kequn.engage.insight.segments.figures import matrix
from kequn.engage.insight.wording import code, named, tiers
from kequn.engage.language import say
from kequn.engage.site import figures
from kequn.engage.site.charts import Chart
from kequn.engage.site.night import Rows

BRANCHES_MOST = 15
CHURN_MOST = 5


def branches(frame: Frame, segment: str) -> Chart:
    """The branches, or outlets of a single branch, with most members."""
    where, values = frame.scope.condition()

    def read(level: str) -> Rows:
        return frame.kept(
            ("members", segment, level),
            lambda: frame.night.rows(
                f"""SELECT {level} AS org, COUNT(*) AS members FROM customer
                WHERE {where} AND {segment} AND {level} IS NOT NULL GROUP BY 1 ORDER BY members DESC, org""",
                **values,
            ),
        )

    rows = read("branch_id")
    rows = rows if len(rows) > 1 else read("org_id")
    drawn = [[frame.orgs.get(row["org"], row["org"]), row["members"]] for row in rows[:BRANCHES_MOST]]
    title = say("成员分布", "Where the members are")
    if drawn:
        title = say(f"成员最多的是{drawn[0][0]}", f"Most members are at {drawn[0][0]}")
    heads = [say("机构", "Org"), say("成员", "Members")]
    return Chart("branches", "rows", title, "count", heads, drawn, height=360)


def traits(frame: Frame, segment: str) -> Rows:
    """What members are like beside all customers of the scope: rows (name, members, everybody, unit)."""
    where, values = frame.scope.condition()
    asked = (
        ("age", "AVG({})", say("平均年龄", "Mean age"), "plain"),
        ("tenure_months", "AVG({}) / 12.0", say("平均客户年限（年）", "Years as a customer"), "plain"),
        ("aum", "AVG({})", say("户均金融资产", "AUM a customer"), "fen"),
        ("product_count", "AVG({})", say("户均产品数", "Products a customer"), "plain"),
        ("app_user", "AVG(CASE WHEN {} THEN 1.0 ELSE 0.0 END)", say("使用掌银", "Use the app"), "share"),
        ("staff_id", "AVG(CASE WHEN {} IS NULL THEN 0.0 ELSE 1.0 END)", say("有客户经理", "Have an RM"), "share"),
    )
    listed = ", ".join(f"({form.format(name)})::DOUBLE AS {name}" for name, form, _, _ in asked)

    def read() -> Rows:
        return [
            frame.night.row(f"SELECT {listed} FROM customer WHERE {where} AND {who}", **values) or {}
            for who in (segment, "TRUE")
        ]

    inside, everybody = frame.kept(("traits", segment), read)
    return [
        {"name": label, "unit": unit, "members": _written(inside.get(name), unit),
         "everybody": _written(everybody.get(name), unit)}
        for name, _, label, unit in asked
    ]  # fmt: skip


def _written(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    writers = {"fen": lambda: figures.money(round(value)), "share": lambda: figures.percent(value)}
    return writers[unit]() if unit in writers else f"{value:,.1f}"


def ladder(frame: Frame, segment: str) -> Chart:
    """Shares by tier of the members beside those of all customers."""
    where, values = frame.scope.condition()
    rows = frame.kept(
        ("tiers", segment),
        lambda: frame.night.rows(
            f"""SELECT tier, COUNT(*) AS customers, COUNT(*) FILTER ({segment}) AS members
            FROM customer WHERE {where} GROUP BY tier""",
            **values,
        ),
    )
    found = {row["tier"]: row for row in rows}
    members, everybody = (sum(row[name] for row in rows) for name in ("members", "customers"))
    drawn = [
        [code(frame.definitions, "tier", tier), found[tier]["members"] / members, found[tier]["customers"] / everybody]
        for tier in reversed(tiers(frame.definitions)) if tier in found and members
    ]  # fmt: skip
    heads = [say("层级", "Tier"), say("成员", "Members"), say("全部客户", "All customers")]
    return Chart("segment-ladder", "rows", say("成员的层级", "Tiers of the members"), "share", heads, drawn, height=280)


def holdings(frame: Frame, segment: str) -> Chart:
    """What members hold or are in besides, beside all customers."""
    cells = [cell for cell in matrix(frame) if cell["segment"] == segment and cell["share"] is not None]
    cells.sort(key=lambda cell: (-cell["share"], cell["target"]))
    rows = [[named(frame.definitions, cell["target"]), cell["share"], cell["base_share"]] for cell in cells]
    lifted = max((cell for cell in cells if cell["lift"]), key=lambda cell: cell["lift"], default=None)
    title = say("产品持有与交叉", "Products and other segments")
    if lifted:
        name, lift = named(frame.definitions, lifted["target"]), lifted["lift"]
        title = say(
            f"“{name}”的占比是全部客户的 {lift:.1f} 倍", f"“{name}”: {lift:.1f} times the share of all customers"
        )
    heads = [say("产品或客群", "Product or segment"), say("成员", "Members"), say("全部客户", "All customers")]
    return Chart("holdings", "rows", title, "share", heads, rows, height=480)


def churn(frame: Frame, segment: str) -> dict[str, Any] | None:
    """The churn profile of the whole bank's segment, by kind; None where no attrition model was fitted."""
    if not frame.night.has("churn_profile"):
        return None
    rows = frame.night.rows(
        "SELECT * FROM churn_profile WHERE segment = $segment ORDER BY kind, place", segment=segment
    )
    kinds: dict[str, Rows] = {}
    for row in rows:
        kinds.setdefault(row["kind"], []).append(row)
    if not kinds.get("share"):
        return None
    months = kinds.get("month", [])
    heads = [say("月份", "Month"), say("流失占比", "Share of leavers")]
    trend = Chart("churn", "line", say("各月流失占比", "Share of leavers by month"), "share", heads,
                  [[say(row["zh"], row["en"]), row["leavers"]] for row in months], height=220)  # fmt: skip
    return {
        "share": kinds["share"][0], "outcomes": kinds.get("outcome", []), "trend": trend,
        "traits": kinds.get("trait", [])[:CHURN_MOST], "causes": kinds.get("cause", [])[:CHURN_MOST],
    }  # fmt: skip
