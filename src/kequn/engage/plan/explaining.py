"""Why one customer is contacted as planned, and why not otherwise, in names and words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kequn.decisions.explain import Explanation, explain_in
from kequn.engage.language import say
from kequn.engage.orgs.scope import Scope
from kequn.engage.plan.attached import attached
from kequn.engage.site.night import Night, Rows
from kequn.engage.site.words import CHANNELS
from kequn.insight.scores.words import DAYPARTS

LEVELS = {"campaign": ("整个活动", "Whole campaign"), "offer": ("产品", "Offer"), "pair": ("渠道", "Channel")}


@dataclass(frozen=True)
class Told:
    """Planned contacts with their factors, lost bids (best first) with cause and winner, exclusions by reason."""

    about: Explanation
    planned: Rows
    lost: Rows
    excluded: Rows
    worthless: Rows

    @property
    def best(self) -> Rows:
        """Of the lost bids the best of each campaign."""
        first: dict[str, dict[str, Any]] = {}
        for row in self.lost:
            first.setdefault(row["campaign"], row)
        return list(first.values())


def within(night: Night, customer_id: int, scope: Scope) -> bool:
    """Whether the customer exists and is within the scope."""
    where, values = scope.condition("customer")
    query = f"SELECT 1 AS one FROM customer WHERE customer_id = $id AND {where}"
    return night.value(query, id=customer_id, **values) is not None


def told(night: Night, customer_id: int) -> Told | None:
    """What was decided about a customer; None where the night had no campaigns."""
    opened = attached(night)
    if opened is None:
        return None
    about = explain_in(night.workspace, opened, customer_id)
    lost = sorted(about.lost, key=lambda row: (row["gain_fen"] is None, -(row["gain_fen"] or 0)))
    labels = {row["campaign"]: say(row["campaign_zh"], row["campaign_en"]) for row in (*about.planned, *about.lost)}
    return Told(
        about, [_named(row) | {"hours": say(*DAYPARTS.get(row["daypart"], ("", "")))} for row in about.planned],
        [_named(row) | {"why": say(row["zh"], row["en"]), "winner": _winner(row["to"], labels)} for row in lost],
        _gathered(about.excluded), [_named(row) for row in about.worthless],
    )  # fmt: skip


def _named(row: dict[str, Any]) -> dict[str, Any]:
    offer = say(row["offer_zh"] or row["offer"] or "", row["offer_en"] or row["offer"] or "")
    return row | {
        "campaign_name": say(row["campaign_zh"], row["campaign_en"]), "offer_name": offer,
        "channel_name": _channel(row["channel"]),
    }  # fmt: skip


def _channel(name: str | None) -> str:
    return say(*CHANNELS.get(name or "", (name or "", name or "")))


def _winner(to: dict[str, Any] | None, labels: dict[str, str]) -> str:
    return f"{labels.get(to['campaign'], to['campaign'])} · {_channel(to['channel'])}" if to else ""


def _gathered(excluded: Rows) -> Rows:
    """One row a reason and level, with the campaigns and channels that it closes; the widest first."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in excluded:
        why = {"why": say(row["zh"], row["en"]), "explain": say(row["explain_zh"], row["explain_en"])}
        level = {"level": say(*LEVELS[row["level"]]), "whole": row["level"] == "campaign"}
        entry = found.setdefault((row["reason"], row["level"]), why | level | {"campaigns": {}, "channels": {}})
        entry["campaigns"][say(row["campaign_zh"], row["campaign_en"])] = None
        if row["channel"]:
            entry["channels"][_channel(row["channel"])] = None
    return sorted(found.values(), key=lambda entry: (not entry["whole"], -len(entry["campaigns"])))
