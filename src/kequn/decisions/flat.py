"""Bids laid flat for readers: exclusions with their reasons, holdouts, and the funnel of each campaign."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kequn.decisions.fates import ALL, BIDDING, CAMPAIGN, NOT_WORTH, OUTSIDE, UNIVERSAL
from kequn.decisions.policy.rules import reasons
from kequn.decisions.tonight import Tonight

EXCLUSION = pa.schema([
    ("customer_id", pa.int64()), ("campaign", pa.string()), ("offer", pa.string()), ("channel", pa.string()),
    ("reason", pa.string()), ("reasons", pa.int64()),
])  # fmt: skip
"""``offer`` and ``channel`` are NULL where the whole campaign is excluded; ``reason`` is the first rule, ``reasons``
are all of them as bits in the order of the rules."""
HOLDOUT = pa.schema([("customer_id", pa.int64()), ("campaign", pa.string()), ("kind", pa.string())])
FATE = pa.schema([
    ("campaign", pa.string()), ("fate", pa.int64()), ("contacted", pa.bool_()), ("customers", pa.int64()),
])  # fmt: skip
FUNNEL = pa.schema([
    ("campaign", pa.string()), ("step", pa.int64()), ("code", pa.string()), ("zh", pa.string()), ("en", pa.string()),
    ("customers", pa.int64()),
])  # fmt: skip
AUDIENCE, ELIGIBLE, WORTHLESS, ELSEWHERE, UNREACHED, PLANNED = (
    ("audience", "目标客群", "In the audience"), ("eligible", "可触达", "Eligible"),
    ("not_worth", "预期收益不抵成本", "Not worth the cost"),
    ("elsewhere", "让位于其他活动", "Went to another campaign"),
    ("priced_out", "资源不足未排上", "Priced out by scarce capacity"), ("planned", "列入计划", "Planned"),
)  # fmt: skip


@dataclass(frozen=True)
class Exclusions:
    """From ``bid`` to ``EXCLUSION``, one row an exclusion."""

    here: Tonight

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        who, campaign = _listed(batch, "out_campaign")
        _, pair = _listed(batch, "out_pair")
        _, masks = _listed(batch, "out_reasons")
        pairs = self.here.bids.pairs
        single = pair != ALL
        codes = [reason.code for reason in reasons(self.here.policy)]
        offer = np.array([bid.offer for bid in pairs], np.int64)[pair]
        channel = np.arange(len(pairs))[pair]
        columns = [
            pa.array(batch.column("customer_id").to_numpy()[who]),
            _named([each.name for each in self.here.campaigns], campaign),
            _named([each.name for each in self.here.bids.offers], offer, ~single),
            _named([bid.channel for bid in pairs], channel, ~single),
            _named(codes, lowest(masks)),
            pa.array(masks),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=EXCLUSION)


@dataclass(frozen=True)
class Holdouts:
    """From ``bid`` to ``HOLDOUT``: who would bid for a campaign if chance had not spared them."""

    here: Tonight

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        codes = [reason.code for reason in reasons(self.here.policy)]
        who, fate = _listed(batch, "fate")
        campaign = np.tile(np.arange(len(self.here.campaigns)), batch.num_rows)
        kinds = np.array([codes.index(UNIVERSAL), codes.index(CAMPAIGN)])
        spared = np.isin(fate, kinds)
        columns = [
            pa.array(batch.column("customer_id").to_numpy()[who[spared]]),
            _named([each.name for each in self.here.campaigns], campaign[spared]),
            _named(codes, fate[spared].astype(np.int64)),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=HOLDOUT)


@dataclass(frozen=True)
class Fates:
    """From ``bid`` and the plan to ``FATE``: customers of a batch by campaign, fate and whether they are contacted."""

    here: Tonight

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        who, fate = _listed(batch, "fate")
        names = [each.name for each in self.here.campaigns]
        campaign = np.tile(np.arange(len(names)), batch.num_rows)
        contacted = (batch.column("contacts").to_numpy() > 0)[who]
        inside = fate != OUTSIDE
        keys = np.stack([campaign[inside], fate[inside].astype(np.int64), contacted[inside].astype(np.int64)])
        found, counts = np.unique(keys, axis=1, return_counts=True)
        columns = [
            _named(names, found[0]),
            pa.array(found[1]),
            pa.array(found[2] > 0),
            pa.array(counts.astype(np.int64)),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=FATE)


def funnel(here: Tonight, fates: Sequence[dict[str, Any]], planned: Sequence[dict[str, Any]]) -> pa.Table:
    """Steps of each campaign: audience, removed by each rule in order, eligible, not worth it, lost, planned."""
    rules = reasons(here.policy)
    chosen = {row["campaign"]: int(row["contacts"]) for row in planned}
    rows: list[dict[str, Any]] = []
    for campaign in here.campaigns:
        mine = _summed(row for row in fates if row["campaign"] == campaign.name)
        by_rule = [(rule.code, rule.zh, rule.en, _count(mine, bit)) for bit, rule in enumerate(rules)]
        bidding, contacts = _count(mine, BIDDING), chosen.get(campaign.name, 0)
        unreached = mine.get((BIDDING, False), 0)
        steps = [
            (*AUDIENCE, sum(mine.values())),
            *(step for step in by_rule if step[3]),
            (*ELIGIBLE, bidding + _count(mine, NOT_WORTH)),
            (*WORTHLESS, _count(mine, NOT_WORTH)),
            (*ELSEWHERE, bidding - unreached - contacts),
            (*UNREACHED, unreached),
            (*PLANNED, contacts),
        ]
        rows += [
            {"campaign": campaign.name, "step": place, "code": code, "zh": zh, "en": en, "customers": count}
            for place, (code, zh, en, count) in enumerate(steps)
        ]
    return pa.Table.from_pylist(rows, FUNNEL)


def lowest(masks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of the lowest bit set; every mask has one."""
    return np.round(np.log2((masks & -masks).astype(np.float64))).astype(np.int64)


def _summed(rows: Iterable[dict[str, Any]]) -> dict[tuple[int, bool], int]:
    """Customers by fate and whether anyone contacts them, of all batches."""
    found: dict[tuple[int, bool], int] = {}
    for row in rows:
        key = (row["fate"], row["contacted"])
        found[key] = found.get(key, 0) + int(row["customers"])
    return found


def _count(mine: dict[tuple[int, bool], int], fate: int) -> int:
    return mine.get((fate, False), 0) + mine.get((fate, True), 0)


def _listed(batch: pa.RecordBatch, name: str) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Row number and value of every entry of a column of lists."""
    column = batch.column(name)
    lengths = np.diff(column.offsets.to_numpy())
    return np.repeat(np.arange(batch.num_rows), lengths), column.flatten().to_numpy()


def _named(names: Sequence[str], places: NDArray[np.int64], empty: NDArray[np.bool_] | None = None) -> pa.Array:
    return pa.array(list(names), pa.string()).take(pa.array(places, mask=empty))
