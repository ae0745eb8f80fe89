"""What a published night decided: its settlement, campaigns with their funnels, contacts by channel, prices."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from kequn.decisions.campaign import Campaign
from kequn.decisions.legend import CAMPAIGN
from kequn.decisions.registry import Refused, files, read_all
from kequn.decisions.scarcity import Leads, leads, said
from kequn.engine.publish import current
from kequn.errors import KequnError
from kequn.insight.reading import Reading, reading
from kequn.workspace import Workspace

Rows = list[dict[str, Any]]
HOW = "Put a file into campaigns/ of the workspace (docs/campaigns.md shows one), then run: kequn settle."
STEPS = ("audience", "eligible", "planned")


@dataclass(frozen=True)
class Overview:
    """``settlement`` and ``simple_rules`` as published; ``campaigns`` with audience, eligible, planned and value_fen;
    ``contacts`` by campaign and channel; ``prices`` of all limits but those of leads, in words; ``leads`` of RMs.
    """

    as_of: date
    settlement: dict[str, Any]
    campaigns: Rows
    contacts: Rows
    simple_rules: Rows
    prices: Rows
    leads: Leads


@contextmanager
def decided(workspace: Workspace, *tables: str, as_of: date | None = None) -> Iterator[Reading]:
    """Open a night that had campaigns and attach ``tables``; raises KequnError that says how to add a campaign."""
    with reading(workspace, as_of=as_of) as night:
        if not night.has("settlement"):
            raise KequnError(f"The night of {night.night.as_of} had no campaigns: nothing was decided.", HOW)
        for table in tables:
            night.attach(table)
        yield night


def overview(workspace: Workspace, as_of: date | None = None) -> Overview:
    """Everything that the night of ``as_of`` (default: the current one) settled."""
    with decided(workspace, as_of=as_of) as night:
        contacts, prices = by_channel(night), table(night, "price", "kind, name")
        simple = table(night, "simple_rule", "value_fen") if night.has("simple_rule") else []
        return Overview(
            night.night.as_of, table(night, "settlement", "planned_day")[0], campaigns(night, contacts), contacts,
            simple, said(workspace, prices, table(night, "bid_pair", "pair")), leads(prices),
        )  # fmt: skip


def by_channel(night: Reading) -> Rows:
    """Contacts of the plan by campaign and channel, and the sum of their priorities in fen."""
    night.attach("plan")
    text = """SELECT campaign, channel, COUNT(*) AS contacts, isum(priority_fen) AS value_fen
        FROM plan GROUP BY campaign, channel ORDER BY campaign, channel"""
    return night.rows(text, "plan")


def campaigns(night: Reading, contacts: Rows) -> Rows:
    """Every campaign of the night with its sizes; ``value_fen`` is the sum of its contacts' priorities."""
    counted = {(row["campaign"], row["code"]): row["customers"] for row in table(night, "funnel", "campaign, step")}
    value: dict[str, int] = {}
    for row in contacts:
        value[row["campaign"]] = value.get(row["campaign"], 0) + row["value_fen"]
    return [
        row | {step: counted.get((row["campaign"], step)) for step in STEPS} | {"value_fen": value.get(row["campaign"])}
        for row in (_renamed(row) for row in table(night, "campaign", "campaign"))
    ]


def _renamed(row: dict[str, Any]) -> dict[str, Any]:
    return {("rule" if name == "audience" else name): value for name, value in row.items()}


def campaign_list(workspace: Workspace, as_of: date | None = None) -> Rows:
    """Campaigns of the night as in ``Overview``, and files that it has not seen with status ``new``, or ``refused``."""
    found: Rows = []
    if as_of is not None or current(workspace) is not None:
        with reading(workspace, as_of=as_of) as night:
            if night.has("settlement"):
                found = campaigns(night, by_channel(night))
    seen = {row["campaign"] for row in found}
    fresh = [each for each in read_all(files(workspace)) if each.name not in seen] if as_of is None else []
    return found + [_unseen(each) for each in fresh]


def _unseen(campaign: Campaign | Refused) -> dict[str, Any]:
    """A row like those of ``campaigns`` for a file that no night has settled."""
    empty: dict[str, Any] = dict.fromkeys((*CAMPAIGN.names, "rule", *STEPS, "value_fen"))
    if isinstance(campaign, Refused):
        told = {"status": campaign.status, "message": campaign.message, "hint": campaign.hint}
        return empty | {"campaign": campaign.name} | told
    said = {name: getattr(campaign, name) for name in ("zh", "en", "department", "purpose", "starts", "ends")}
    return empty | {"campaign": campaign.name, "status": "new", "rule": campaign.audience} | said


def funnel(workspace: Workspace, name: str, as_of: date | None = None) -> Rows:
    """Steps of a campaign with ``share`` of its audience; raises KequnError that names the nearest campaign."""
    with decided(workspace, as_of=as_of) as night:
        steps = [row for row in table(night, "funnel", "campaign, step") if row["campaign"] == name]
        known = {row["campaign"]: row for row in table(night, "campaign", "campaign")}
    if not steps and name in known:
        raise KequnError(f"Campaign {name} took no part: {known[name]['message']}", known[name]["hint"] or "")
    if not steps:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(known)}."
        raise KequnError(f"The night had no campaign {name}.", hint)
    everyone = steps[0]["customers"]
    return [row | {"share": row["customers"] / everyone if everyone else None} for row in steps]


def table(night: Reading, name: str, order: str) -> Rows:
    """All rows of a small table of the night."""
    columns = ", ".join(night.attach(name))
    return night.rows(f"SELECT {columns} FROM {name} ORDER BY {order}", name)
