"""Why a customer is contacted as planned, and why not otherwise: every candidate of a night with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kequn.decisions.fates import OUTSIDE
from kequn.decisions.overview import decided, table
from kequn.decisions.settling import CONTRADICTORY
from kequn.decisions.tonight import MILLI, OWNED
from kequn.decisions.words import Words, words
from kequn.errors import KequnError
from kequn.insight.reading import Reading, published
from kequn.workspace import Workspace

Rows = list[dict[str, Any]]
# Why a bid lost.
CAUSES = {
    "contradictory": ("承诺互相矛盾，未做任何计划", "Nothing is planned while promises contradict each other"),
    "no_capacity": ("没有名额", "There is no capacity at all"),
    "priced_out": ("价值不及所占资源的价格", "Worth less than the scarce things that it uses"),
    "same_campaign": ("同一活动的另一方式更值", "Another way of the same campaign is worth more"),
    "lost": ("让位于另一活动", "Lost to another campaign"),
    "explored": ("价值相近，抽签选了另一项以积累经验", "A close call: chance chose the other, to learn"),
    "used_up": ("轮到该客户时名额已用完", "Used up before it was this customer's turn"),
}


@dataclass(frozen=True)
class Explanation:
    """All candidates of a customer.

    ``planned`` as in table ``plan``; ``lost``: bids with ``toll_fen`` (NULL: shut), ``gain_fen`` = priority - toll,
    ``cause`` of CAUSES and the contact that they lost ``to``; ``excluded``: with ``level``, first ``reason`` and all
    ``reasons``; ``worthless``: open, and not worth the cost; ``outside``: campaigns whose audience lacks the customer.
    """

    customer_id: int
    as_of: date
    planned_day: date
    planned: Rows
    lost: Rows
    excluded: Rows
    worthless: Rows
    outside: int


def explain(workspace: Workspace, customer_id: int, as_of: date | None = None) -> Explanation:
    """What the night decided about a customer; raises KequnError for one that it does not know."""
    with decided(workspace, "customer", "bid", as_of=as_of) as night:
        return explain_in(workspace, night, customer_id)


def explain_in(workspace: Workspace, night: Reading, customer_id: int) -> Explanation:
    """The same of an open night that had campaigns, and whose tables ``customer`` and ``bid`` are attached."""
    found = night.rows(f"SELECT staff_id FROM customer WHERE customer_id = {int(customer_id)}", "customer")
    if not found:
        raise KequnError(
            f"There is no customer {customer_id} in the night of {night.night.as_of}.",
            "Find one: kequn audience list RULE.",
        )
    settlement = table(night, "settlement", "planned_day")[0]
    case = _case(night, customer_id, found[0]["staff_id"], settlement, words(workspace, settlement["policy"]))
    return Explanation(
        customer_id, night.night.as_of, settlement["planned_day"], case.planned(), list(case.lost()),
        list(case.excluded()), list(case.worthless()), case.outside(),
    )  # fmt: skip


def explained(workspace: Workspace, customer_id: int, as_of: date) -> Explanation | None:
    """The same; None where the night of ``as_of`` decided nothing."""
    if "settlement" not in published(workspace, as_of).manifest["tables"]:
        return None
    return explain(workspace, customer_id, as_of)


def example(workspace: Workspace, as_of: date | None = None) -> int | None:
    """A customer with a planned contact and the most bids; None where nobody is planned."""
    with decided(workspace, "plan", "bid", as_of=as_of) as night:
        found = night.rows(
            """SELECT plan.customer_id FROM plan JOIN bid ON plan.customer_id = bid.customer_id
            ORDER BY bid.bids DESC, plan.customer_id LIMIT 1""",
            "plan",
        )
        return int(found[0]["customer_id"]) if found else None


@dataclass(frozen=True)
class _Case:
    """One customer's rows: ``bid`` (empty: in no audience), contacts, exclusions, and the night's small tables."""

    bid: Mapping[str, Any]
    contacts: Rows
    exclusions: Rows
    campaigns: Rows
    pairs: Rows
    tolls: Mapping[str, float | None]
    lead_fen: float
    contradictory: bool
    words: Words

    def planned(self) -> Rows:
        return [{**self._labels(row), **row} for row in self.contacts]

    def lost(self) -> Iterator[dict[str, Any]]:
        taken = {(row["campaign"], row["offer"], row["channel"]) for row in self.contacts}
        for place, number in enumerate(self.bid.get("pair") or []):
            pair = self.pairs[number]
            if (pair["campaign"], pair["offer"], pair["channel"]) in taken:
                continue
            priority = self.bid["priority"][place]
            toll = self._toll(pair)
            gain = None if toll is None else priority - toll
            cause, to = self._cause(pair, gain)
            yield {
                **self._labels(pair), "probability": self.bid["probability"][place],
                "value_fen": self.bid["value"][place], "lever": pair["lever"], "cost_fen": pair["cost_fen"],
                "priority_fen": _fen(priority), "toll_fen": None if toll is None else _fen(toll),
                "gain_fen": None if gain is None else _fen(gain), "cause": cause,
                "zh": CAUSES[cause][0], "en": CAUSES[cause][1], "to": to,
            }  # fmt: skip

    def _toll(self, pair: Mapping[str, Any]) -> int | None:
        toll = self.tolls[f"{pair['campaign']}/{pair['offer']}/{pair['channel']}"]
        if toll is None:
            return None
        return round(MILLI * (toll + (self.lead_fen if pair["channel"] == OWNED else 0)))

    def _cause(self, pair: Mapping[str, Any], gain: int | None) -> tuple[str, dict[str, Any] | None]:
        """Why a bid lost, and the contact that it lost to."""
        if self.contradictory or gain is None:
            return "contradictory" if self.contradictory else "no_capacity", None
        if gain <= 0:
            return "priced_out", None
        best = max(self.contacts, key=lambda row: int(row["gain_fen"]), default=None)
        same = next((row for row in self.contacts if row["campaign"] == pair["campaign"]), None)
        winner = same or best
        if winner is None:
            return "used_up", None
        told = {name: winner[name] for name in ("campaign", "offer", "channel")}
        if _fen(gain) > winner["gain_fen"]:
            return "explored" if winner["explored"] else "used_up", told
        return "same_campaign" if same else "lost", told

    def excluded(self) -> Iterator[dict[str, Any]]:
        for row in self.exclusions:
            reason = self.words.of(row["reason"])
            yield {
                **self._labels(row), "level": reason.level, "reason": row["reason"],
                "reasons": self.words.codes(row["reasons"], row["reason"]), "zh": reason.zh, "en": reason.en,
                "explain_zh": reason.explain_zh, "explain_en": reason.explain_en,
            }  # fmt: skip

    def worthless(self) -> Iterator[dict[str, Any]]:
        """Pairs of the customer's campaigns that neither bid nor are excluded."""
        whole = {row["campaign"] for row in self.exclusions if row["offer"] is None}
        told = {(row["campaign"], row["offer"], row["channel"]) for row in self.exclusions}
        bidding = set(self.bid.get("pair") or [])
        for pair in self.pairs:
            known = pair["pair"] in bidding or (pair["campaign"], pair["offer"], pair["channel"]) in told
            if pair["campaign"] in self._inside() and pair["campaign"] not in whole and not known:
                yield {**self._labels(pair), "cost_fen": pair["cost_fen"]}

    def outside(self) -> int:
        return len(self.campaigns) - len(self._inside())

    def _inside(self) -> set[str]:
        fates = self.bid.get("fate") or [OUTSIDE] * len(self.campaigns)
        return {row["campaign"] for row, fate in zip(self.campaigns, fates, strict=True) if fate != OUTSIDE}

    def _labels(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Names of campaign, offer and channel with their labels; no offer: the whole campaign."""
        named = {name: row[name] for name in ("campaign", "offer", "channel")}
        campaign = next(each for each in self.campaigns if each["campaign"] == row["campaign"])
        offers = (each for each in self.pairs if (each["campaign"], each["offer"]) == (row["campaign"], row["offer"]))
        offer = next(offers, {"offer_zh": None, "offer_en": None})
        return named | {
            "campaign_zh": campaign["zh"], "campaign_en": campaign["en"],
            "offer_zh": offer["offer_zh"], "offer_en": offer["offer_en"],
        }  # fmt: skip


def _case(night: Reading, customer_id: int, staff_id: str | None, settlement: dict[str, Any], told: Words) -> _Case:
    bids = _of(night, "bid", customer_id, "customer_id")
    prices = table(night, "price", "kind, name")
    campaigns = [row for row in table(night, "campaign", "campaign") if row["status"] == "bidding"]
    return _Case(
        bids[0] if bids else {}, _of(night, "plan", customer_id, "rank"),
        _of(night, "exclusion", customer_id, "campaign, offer, channel"), campaigns, table(night, "bid_pair", "pair"),
        {row["name"]: row["price_fen"] for row in prices if row["kind"] == "pair"}, _lead(prices, staff_id),
        settlement["status"] == CONTRADICTORY, told,
    )  # fmt: skip


def _lead(prices: Rows, staff_id: str | None) -> float:
    """Fen that a lead of the customer's RM pays: the RM's price and the branch's."""
    rm = next((row for row in prices if row["kind"] == "rm" and row["name"] == staff_id), None)
    if rm is None:
        return 0.0
    shops = (row["price_fen"] for row in prices if row["kind"] == "branch" and row["name"] == rm.get("branch"))
    return float(rm["price_fen"] + next(shops, 0.0))


def _of(night: Reading, name: str, customer_id: int, order: str) -> Rows:
    columns = ", ".join(night.attach(name))
    return night.rows(f"SELECT {columns} FROM {name} WHERE customer_id = {int(customer_id)} ORDER BY {order}", name)


def _fen(milli: int) -> int:
    """Thousandths of a fen as whole fen, rounded half up."""
    return (milli + MILLI // 2) // MILLI
