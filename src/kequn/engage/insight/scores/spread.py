"""What the models say of tonight's customers within a scope, one chart a family."""

from __future__ import annotations

from collections.abc import Callable

from kequn.engage.insight.frame import Frame
from kequn.engage.language import say
from kequn.engage.site import figures
from kequn.engage.site.charts import Chart, Unit
from kequn.engage.site.night import Rows
from kequn.engage.site.words import CHANNELS
from kequn.insight.scores.words import CLASSES, LEVELS

TABLES = {
    "attrition": "score_attrition", "product": "score_product", "channel": "score_channel", "value": "score_value",
    "uplift": "score_uplift",
}  # fmt: skip
BARS = 20
SEEN_MOST = 12


def chart(frame: Frame, family: str) -> Chart | None:
    """The distribution of tonight's scores; None where the night has none of the family."""
    table = TABLES.get(family, "")
    draw = DRAWN.get(family)
    if draw is None or not frame.night.has(table):
        return None
    return draw(frame)


def levels(frame: Frame) -> Rows:
    """Customers and AUM at risk (fen) of each level of warning, the most urgent first."""
    if not frame.night.has("score_attrition"):
        return []
    rows = _rows(
        frame, "levels",
        "SELECT level, COUNT(*) AS customers, SUM(aum_at_risk)::BIGINT AS aum FROM {table} GROUP BY level",
        "score_attrition",
    )  # fmt: skip
    found = {row["level"]: row for row in rows}
    nothing = {"customers": 0, "aum": 0}
    return [nothing | found.get(level, {}) | {"level": level, "name": say(*both)}
            for level, both in reversed(LEVELS.items())]  # fmt: skip


def _rows(frame: Frame, name: str, query: str, table: str) -> Rows:
    """Rows of ``query`` over ``{table}``, the part of a published table that belongs to the scope."""
    where, values = frame.scope.condition()
    within = table
    if where != "TRUE":
        within = f"(SELECT {table}.* FROM {table} JOIN customer USING (customer_id) WHERE {where})"
    return frame.kept((name, table), lambda: frame.night.rows(query.replace("{table}", within), **values))


def _attrition(frame: Frame) -> Chart:
    rows = _rows(
        frame, "probabilities",
        f"""SELECT LEAST(FLOOR(probability * {BARS}), {BARS - 1})::BIGINT AS bar, COUNT(*) AS customers
        FROM {{table}} GROUP BY 1 ORDER BY 1""",
        "score_attrition",
    )  # fmt: skip
    found = {row["bar"]: row["customers"] for row in rows}
    drawn = [[f"{100 * bar // BARS}–{100 * (bar + 1) // BARS}%", found.get(bar, 0)] for bar in range(BARS)]
    everybody, half = sum(found.values()), sum(number for bar, number in found.items() if bar >= BARS // 2)
    title = say("流失概率分布", "Probabilities of leaving")
    if everybody:
        title = say(
            f"{figures.count(half)} 户的流失概率在 50% 以上",
            f"{figures.count(half)} customers are likelier to leave than not",
        )
    heads = [say("90 天流失概率", "To leave within 90 days"), say("客户", "Customers")]
    return Chart("scores", "histogram", title, "count", heads, drawn if everybody else [])


def _product(frame: Frame) -> Chart:
    rows = _rows(
        frame, "first products",
        "SELECT product_id, COUNT(*) AS customers FROM {table} WHERE rank = 1 GROUP BY 1 ORDER BY 2 DESC, 1",
        "score_product",
    )  # fmt: skip
    frame.night.bank("product")
    names = {row["id"]: say(row["zh"], row["en"] or row["zh"]) for row in frame.night.rows(
        "SELECT product_id AS id, name_zh AS zh, name_en AS en FROM product")}  # fmt: skip
    drawn = [[names.get(row["product_id"], row["product_id"]), row["customers"]] for row in rows[:SEEN_MOST]]
    title = say("首位推荐的产品", "Products recommended first")
    if drawn:
        title = say(f"最常排在首位的是{drawn[0][0]}", f"Most often first: {drawn[0][0]}")
    return Chart(
        "scores", "rows", title, "count", [say("产品", "Product"), say("客户", "Customers")], drawn, height=360
    )


def _channel(frame: Frame) -> Chart:
    rows = _rows(
        frame, "best channels",
        "SELECT channel, COUNT(*) AS customers FROM {table} WHERE rank = 1 GROUP BY 1 ORDER BY 2 DESC, 1",
        "score_channel",
    )  # fmt: skip
    drawn = [[say(*CHANNELS.get(row["channel"], (row["channel"], row["channel"]))), row["customers"]] for row in rows]
    title = say("最佳渠道", "Best channels")
    if drawn:
        title = say(f"最多客户的最佳渠道是{drawn[0][0]}", f"Best channel of most customers: {drawn[0][0]}")
    return Chart("scores", "rows", title, "count", [say("渠道", "Channel"), say("客户", "Customers")], drawn)


def _classes(frame: Frame, table: str, figure: str, *, unit: Unit, title: tuple[str, str], head: str) -> Chart:
    query = f"SELECT product_class AS name, AVG({figure})::DOUBLE AS mean FROM {{table}} GROUP BY 1 ORDER BY 2 DESC, 1"
    drawn = [
        [say(*CLASSES.get(row["name"], (row["name"],) * 2)), round(row["mean"]) if unit == "fen" else row["mean"]]
        for row in _rows(frame, "classes", query, table)
    ]
    said = say(*title)
    if drawn:
        said = say(f"{title[0]}：{drawn[0][0]}最高", f"{title[1]}: {drawn[0][0]} the highest")
    heads = [say("产品大类", "Class"), head]
    return Chart("scores", "rows", said, unit, heads, drawn)


def _value(frame: Frame) -> Chart:
    title = ("接受一次推荐的平均价值", "Mean value of a taken offer")
    return _classes(frame, "score_value", "value_fen", unit="fen", title=title, head=say("平均价值", "Mean value"))


def _uplift(frame: Frame) -> Chart:
    title = ("一次触达的平均增益", "Mean uplift of a contact")
    return _classes(frame, "score_uplift", "uplift", unit="share", title=title, head=say("平均增益", "Mean uplift"))


DRAWN: dict[str, Callable[[Frame], Chart]] = {
    "attrition": _attrition, "product": _product, "channel": _channel, "value": _value, "uplift": _uplift,
}  # fmt: skip
