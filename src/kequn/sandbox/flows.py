"""Money movements on demand accounts, as parallel arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from kequn.sandbox.codes import KIND, TELLER, Codes
from kequn.sandbox.plan import Bools, Ints

SLOT = Codes("main", "social_security", "settlement", "foreign")


@dataclass(frozen=True)
class Flows:
    """One entry a movement: ``amount`` in fen, positive when money comes in.

    ``person`` is the index in the chunk, ``counterparty`` a number in the market's names (-1: none),
    ``bank`` and ``level`` tell the counterparty's card (-1: none), ``own`` an account of the same person.
    """

    person: Ints
    slot: Ints
    day: Ints
    amount: Ints
    kind: Ints
    channel: Ints
    category: Ints
    counterparty: Ints
    own: Ints
    bank: Ints
    level: Ints

    def __len__(self) -> int:
        return len(self.person)

    def where(self, chosen: Bools | Ints) -> Flows:
        return Flows(*(getattr(self, field.name)[chosen] for field in fields(self)))


def flows(
    person: Ints,
    day: Ints,
    amount: Ints,
    kind: str | Ints,
    channel: str | Ints,
    *,
    slot: str = "main",
    category: int | Ints = -1,
    counterparty: int | Ints = -1,
    own: int | Ints = 0,
    bank: int | Ints = -1,
    level: int | Ints = -1,
) -> Flows:
    """Movements of one origin; scalars hold for all of them, and movements of nothing are left out."""
    size = len(person)
    columns = (
        person,
        SLOT[slot],
        day,
        amount,
        KIND[kind] if isinstance(kind, str) else kind,
        TELLER[channel] if isinstance(channel, str) else channel,
        category,
        counterparty,
        own,
        bank,
        level,
    )
    made = Flows(*(np.broadcast_to(np.asarray(column, np.int64), size) for column in columns))
    return made.where(made.amount != 0)


def joined(parts: Sequence[Flows]) -> Flows:
    """All movements of several origins."""
    return Flows(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Flows)))
