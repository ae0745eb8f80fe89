"""Prices of what is scarce, in words: what one unit more would bring, or what a promise costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kequn.decisions.campaign import CHANNELS
from kequn.decisions.capacity import Capacity, capacity
from kequn.errors import KequnError
from kequn.workspace import Workspace

Rows = list[dict[str, Any]]
FEN = 100
DEAREST = 5
# In the order in which they are told.
KINDS = ("channel", "offer", "campaign", "budget", "minimum", "floor")
LEFT_OUT = ("pair", "rm", "branch")


@dataclass(frozen=True)
class Leads:
    """Prices of a lead, an RM's and its branch's together, in fen: over all RMs, and the dearest RMs and branches."""

    rms: int
    scarce: int
    mean_fen: float
    most_fen: float
    dearest: Rows
    branches: Rows


@dataclass(frozen=True)
class _Names:
    capacity: Capacity | None
    pairs: Rows

    def channel(self, name: str) -> tuple[str, str]:
        """One more of a channel's contacts."""
        if self.capacity is None:
            return f"一次{name}", f"{name} contact"
        told = self.capacity.channels[CHANNELS[CHANNELS.index(name)]]
        en = told.en if told.en.endswith(told.unit_en) else f"{told.en} {told.unit_en}"
        return f"一{told.unit_zh}{told.zh}", en

    def offer(self, name: str) -> tuple[str, str]:
        campaign, _, offer = name.partition("/")
        for row in self.pairs:
            if (row["campaign"], row["offer"]) == (campaign, offer):
                return f"{row['offer_zh']}（{campaign}）", f"{row['offer_en']} ({campaign})"
        return name, name

    def unit(self, kind: str, name: str) -> tuple[str, str]:
        """One more unit of a limit."""
        if kind == "channel":
            return self.channel(name)
        if kind == "offer":
            zh, en = self.offer(name)
            return f"一份{zh}", f"unit of {en}"
        if kind == "campaign":
            return f"一次 {name} 的触达", f"contact a day of {name}"
        return f"一元 {name} 的预算", f"yuan of budget of {name}"

    def department(self, name: str) -> tuple[str, str]:
        told = self.capacity.departments.get(name) if self.capacity else None
        return (told.zh, told.en) if told else (name, name)


def said(workspace: Workspace, prices: Rows, pairs: Rows) -> Rows:
    """Prices of all limits but those of leads, each with ``zh`` and ``en``; the dearest first within a kind."""
    names = _Names(_capacity(workspace), pairs)
    limits = [row for row in prices if row["kind"] in KINDS and row["capacity"] is not None]
    limits.sort(key=lambda row: (KINDS.index(row["kind"]), -(row["price_fen"] or 0), row["name"]))
    return [
        {name: row[name] for name in ("kind", "name", "capacity", "used", "price_fen", "lowered")}
        | dict(zip(("zh", "en"), sentence(row, names), strict=True))
        for row in limits
    ]


def leads(prices: Rows) -> Leads:
    """What one more lead of an RM would bring."""
    branch = {row["name"]: row["price_fen"] for row in prices if row["kind"] == "branch"}
    rms = [
        {
            "staff_id": row["name"], "branch_id": row.get("branch"), "capacity": row["capacity"], "used": row["used"],
            "price_fen": row["price_fen"] + branch.get(row.get("branch") or "", 0.0),
        }
        for row in prices
        if row["kind"] == "rm"
    ]  # fmt: skip
    dear = sorted((row for row in rms if row["price_fen"] > 0), key=lambda row: (-row["price_fen"], row["staff_id"]))
    shops = [
        {"branch_id": row["name"], "capacity": row["capacity"], "used": row["used"], "price_fen": row["price_fen"]}
        for row in prices
        if row["kind"] == "branch" and row["price_fen"] > 0
    ]
    shops.sort(key=lambda row: (-row["price_fen"], row["branch_id"]))
    mean = sum(row["price_fen"] for row in rms) / len(rms) if rms else 0.0
    most = dear[0]["price_fen"] if dear else 0.0
    return Leads(len(rms), len(dear), mean, most, dear[:DEAREST], shops[:DEAREST])


def sentence(row: dict[str, Any], names: _Names) -> tuple[str, str]:
    """What the price of a limit means, in both languages."""
    kind, name, price = row["kind"], row["name"], row["price_fen"] or 0.0
    zh, en = amount(price)
    if kind in ("minimum", "floor"):
        return _promise(row, names, zh, en)
    what = names.unit(kind, name)
    if price <= 0:
        return f"多{what[0]}：不紧缺", f"one more {what[1]}: not scarce"
    if kind == "budget":
        zh, en = amount(price * FEN)
    return f"多{what[0]}可多带来 {zh}", f"one more {what[1]} would bring {en}"


def _promise(row: dict[str, Any], names: _Names, zh: str, en: str) -> tuple[str, str]:
    if row["kind"] == "floor":
        who, missing = names.department(row["name"]), max(0, round(-row["used"]))
        lacks = (f"，仍差 {missing:,} 次", f"; {missing:,} contacts are missing") if missing else ("", "")
        if row["price_fen"] <= 0:
            return f"{who[0]}的保底份额：无代价{lacks[0]}", f"floor of {who[1]}: costs nothing{lacks[1]}"
        return (
            f"{who[0]}的保底份额：每一次触达让出 {zh}{lacks[0]}",
            f"floor of {who[1]}: each contact costs {en}{lacks[1]}",
        )
    if row["price_fen"] <= 0:
        return f"承诺给 {row['name']} 的触达：无代价", f"contacts promised to {row['name']}: cost nothing"
    return f"承诺给 {row['name']} 的触达：每一次让出 {zh}", f"contacts promised to {row['name']}: each costs {en}"


def amount(fen: float) -> tuple[str, str]:
    """A price in yuan with two decimals; in fen where that would show nothing.

    >>> amount(62.66)
    ('0.63 元', '0.63 yuan')
    """
    if 0 < fen < 1:
        return f"{fen:.2g} 分", f"{fen:.2g} fen"
    return f"{fen / FEN:,.2f} 元", f"{fen / FEN:,.2f} yuan"


def _capacity(workspace: Workspace) -> Capacity | None:
    """Names of channels and departments; none where the file is faulty, which stops no reader of an earlier night."""
    try:
        return capacity(workspace)
    except KequnError:
        return None
