"""What the night's models say of a customer; each family may be absent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kequn.engage.customers import layout
from kequn.engage.customers.words import of
from kequn.engage.language import say, spoken
from kequn.engage.site.night import Night, Rows
from kequn.engage.site.words import CHANNELS
from kequn.insight.reading import definitions
from kequn.insight.scores.words import CLASSES, DAYPARTS, LEVELS, REASONS

PRODUCTS_MOST = 10
DRIVERS = (1, 2, 3)
WEIGHTS = {"none": "", "watch": "warn", "warn": "warn", "urgent": "bad"}


@dataclass(frozen=True)
class Scored:
    """Rows by family, in words; empty where the family is absent or does not know the customer."""

    attrition: dict[str, Any] | None = None
    by_segment: Rows = field(default_factory=list)
    products: Rows = field(default_factory=list)
    liking: dict[str, Any] | None = None
    channels: Rows = field(default_factory=list)
    value: Rows = field(default_factory=list)

    @property
    def empty(self) -> bool:
        return not (self.attrition or self.products or self.channels or self.value)


def scored(night: Night, customer_id: int) -> Scored:
    """All families of one customer."""
    segments = _attrition(night, customer_id)
    liking = _rows(night, "score_liking", customer_id, "customer_id")
    return Scored(
        segments[0] if segments else None, segments[1:], _products(night, customer_id),
        liking[0] if liking else None, _channels(night, customer_id), _value(night, customer_id),
    )  # fmt: skip


def _attrition(night: Night, customer_id: int) -> Rows:
    known, language = definitions(night.workspace), spoken().value
    found = []
    for row in _rows(night, "score_attrition_segment", customer_id, "principal DESC, segment"):
        drivers = [
            {"words": row[f"driver_{place}_{language}"], "up": row[f"driver_{place}_direction"] == "up",
             "tag": row[f"driver_{place}"] if row[f"driver_{place}"] in known.tags else ""}
            for place in DRIVERS
            if row[f"driver_{place}_{language}"]
        ]  # fmt: skip
        segment = known.segments.get(row["segment"])
        name = say(segment.zh, segment.en) if segment else say("全部客户", "All customers")
        words = {"drivers": drivers, "level_name": of(LEVELS, row["level"]), "weight": WEIGHTS.get(row["level"], "")}
        found.append(row | words | {"segment_name": name})
    return found


def _products(night: Night, customer_id: int) -> Rows:
    rows = _rows(night, "score_product", customer_id, "rank")[:PRODUCTS_MOST]
    if not rows:
        return []
    night.bank("product")
    text = """SELECT product_id, ANY_VALUE(name_zh) AS name_zh, ANY_VALUE(name_en) AS name_en,
        ANY_VALUE(product_class) AS product_class, MAX(risk_level) AS risk_level
        FROM product WHERE product_id IN (SELECT unnest($ids::VARCHAR[])) GROUP BY product_id"""
    shelf = {each["product_id"]: each for each in night.rows(text, ids=[row["product_id"] for row in rows])}
    return [
        row | (about := shelf.get(row["product_id"], {"name_zh": row["product_id"], "product_class": None}))
        | {"class": of(CLASSES, about["product_class"])}
        for row in rows
    ]  # fmt: skip


def _channels(night: Night, customer_id: int) -> Rows:
    rows = _rows(night, "score_channel", customer_id, "rank NULLS LAST, probability DESC, channel")
    return [
        row | {"name": of(CHANNELS, row["channel"]), "hours": of(DAYPARTS, row["daypart"]),
               "note": of(REASONS, row["reason"])}
        for row in rows
    ]  # fmt: skip


def _value(night: Night, customer_id: int) -> Rows:
    gained = {row["product_class"]: row["uplift"] for row in _rows(night, "score_uplift", customer_id, "product_class")}
    rows = _rows(night, "score_value", customer_id, "value_fen DESC, product_class")
    return [row | {"class": of(CLASSES, row["product_class"]), "uplift": gained.get(row["product_class"])}
            for row in rows]  # fmt: skip


def _rows(night: Night, table: str, customer_id: int, order: str) -> Rows:
    if not night.has(table):
        return []
    return night.rows(
        f"SELECT * FROM {layout.source(night, table)} WHERE customer_id = $id ORDER BY {order}", id=customer_id
    )
