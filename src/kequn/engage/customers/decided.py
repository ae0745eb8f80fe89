"""What the night planned for a customer, and why not the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kequn.decisions.explain import Explanation, explain_in
from kequn.engage.customers.words import CHANNELS, of
from kequn.engage.language import say
from kequn.engage.site.night import Night, Rows
from kequn.insight.reading import Reading
from kequn.insight.scores.words import DAYPARTS

NEEDED = ("settlement", "bid", "bid_pair", "campaign", "price")


@dataclass(frozen=True)
class _Attached(Reading):
    """The night as the console holds it: its tables are attached once for all requests."""

    columns: dict[str, dict[str, str]]

    def attach(self, table: str) -> dict[str, str]:
        return self.columns[table]

    def rows(self, text: str, origin: str) -> Rows:
        """Nothing of a table that is empty: no view of it could be made."""
        return super().rows(text, origin) if origin in self.columns else []


@dataclass(frozen=True)
class Decided:
    """The explanation with names in words: campaigns that lost and why, exclusions gathered by campaign."""

    told: Explanation
    planned: Rows
    lost: Rows
    excluded: Rows
    worthless: Rows


def decided(night: Night, customer_id: int) -> Decided | None:
    """What was decided; None where the night had no campaigns."""
    if not all(night.has(table) for table in NEEDED):
        return None
    opened = night.reading
    columns = _Columns(night.columns)
    reading = _Attached(opened.night, opened.engine, opened.parameters, columns)
    told = explain_in(night.workspace, reading, customer_id)
    return Decided(
        told, [_named(row) | {"hours": of(DAYPARTS, row["daypart"])} for row in told.planned],
        [_lost(row) for row in _best(told.lost)], _gathered(told.excluded), [_named(row) for row in told.worthless],
    )  # fmt: skip


class _Columns(dict[str, dict[str, str]]):
    """Columns by table; a table without rows has been attached with none."""

    def __missing__(self, table: str) -> dict[str, str]:
        return {"customer_id": "BIGINT"}


def _best(lost: Iterable[dict[str, Any]]) -> Rows:
    """The best bid of each campaign, best first."""
    best: dict[str, dict[str, Any]] = {}
    for row in sorted(lost, key=lambda row: (row["gain_fen"] is None, -(row["gain_fen"] or 0))):
        best.setdefault(row["campaign"], row)
    return list(best.values())


def _lost(row: dict[str, Any]) -> dict[str, Any]:
    return _named(row) | {"why": say(row["zh"], row["en"])}


def _gathered(excluded: Iterable[dict[str, Any]]) -> Rows:
    """One row a reason and level: which campaigns, and over which channels where it closes single ones."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in excluded:
        why = {"why": say(row["zh"], row["en"]), "explain": say(row["explain_zh"], row["explain_en"])}
        key = (row["reason"], row["level"])
        entry = found.setdefault(key, why | {"level": row["level"], "campaigns": {}, "channels": {}})
        entry["campaigns"][say(row["campaign_zh"], row["campaign_en"])] = None
        if row["channel"]:
            entry["channels"][of(CHANNELS, row["channel"])] = None
    return sorted(found.values(), key=lambda entry: (entry["level"] != "campaign", -len(entry["campaigns"])))


def _named(row: dict[str, Any]) -> dict[str, Any]:
    offer = say(row["offer_zh"] or row["offer"] or "", row["offer_en"] or row["offer"] or "")
    return row | {
        "campaign_name": say(row["campaign_zh"], row["campaign_en"]), "offer_name": offer,
        "channel_name": of(CHANNELS, row["channel"]),
    }  # fmt: skip
