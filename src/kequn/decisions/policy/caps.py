"""Caps: the rule of each, and how many more contacts they leave a customer tonight."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kequn.decisions.policy.rule import Case, Person, Reason, Rule
from kequn.decisions.policy.terms import Cap, Policy

ROOM_MOST = 127


def rule(cap: Cap) -> Rule:
    """Excludes who has no contact left in the cap's window; a number of contacts that is unknown counts as too many."""
    column = f"used_{cap.name}"

    def one(person: Person, case: Case) -> bool:
        used = person[column]
        return used is None or used >= cap.limit

    return Rule(
        _reason(cap),
        many=lambda people, case: ~people.below(column, cap.limit, unknown=False),
        one=one,
        applies=lambda case: not cap.channels or case.channel in cap.channels,
        exempt="caps",
    )


def _reason(cap: Cap) -> Reason:
    over_zh = f"（{'、'.join(cap.channels)}）" if cap.channels else ""
    over_en = f" by {', '.join(cap.channels)}" if cap.channels else ""
    return Reason(
        f"cap_{cap.name}",
        "pair" if cap.channels else "campaign",
        f"{cap.days}天{cap.limit}次上限",
        f"{cap.limit} in {cap.days} days reached",
        f"客户{cap.days}天内的营销触达{over_zh}已达{cap.limit}次上限。",
        f"Marketing contacts{over_en} in {cap.days} days have reached the limit of {cap.limit}.",
    )


def rooms(policy: Policy, facts: pa.RecordBatch) -> NDArray[np.int8]:
    """Customers x room columns: marketing contacts that each cap still allows tonight, 0 where the count is unknown.

    Column 0: contacts of a night, within every cap over all channels; then one column a cap over some channels, in
    their order.
    """
    room = np.full((facts.num_rows, 1 + len(policy.narrow_caps)), policy.contacts_per_night, np.int64)
    for cap in policy.wide_caps:
        np.minimum(room[:, 0], _left(cap, facts), out=room[:, 0])
    for place, cap in enumerate(policy.narrow_caps, 1):
        room[:, place] = _left(cap, facts)
    return np.clip(room, 0, ROOM_MOST).astype(np.int8)


def _left(cap: Cap, facts: pa.RecordBatch) -> NDArray[np.int64]:
    used = facts.column(f"used_{cap.name}").fill_null(cap.limit)
    return cap.limit - np.asarray(used.to_numpy(zero_copy_only=False), np.int64)
