"""What is settled: pairs of an offer and a channel, and the limits on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kequn.errors import KequnError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

UNLIMITED = -1
CAPS_MOST = 62  # caps are bits of a word, and one bit marks service messages
MILLION = 1_000_000


@dataclass(frozen=True)
class Pairs:
    """Pairs of an offer and a channel, one entry each; pairs of a campaign lie side by side.

    ``cost`` is in fen; ``owned`` pairs count against the customer's RM and the RM's branch; ``service`` pairs count
    against none of the customer's caps; ``caps`` (pairs x caps) tells which caps a pair counts against, cap 0 being
    all marketing of a night.
    """

    campaign: Ints
    offer: Ints
    channel: Ints
    department: Ints
    cost: Ints
    owned: Flags
    service: Flags
    caps: Flags

    def __len__(self) -> int:
        return len(self.campaign)

    @cached_property
    def masks(self) -> NDArray[np.uint64]:
        """Bit c is set where the pair counts against cap c; service messages count against none."""
        bits = np.uint64(1) << np.arange(self.caps.shape[1], dtype=np.uint64)
        counted: NDArray[np.uint64] = (self.caps * bits).sum(axis=1, dtype=np.uint64)
        return np.where(self.service, np.uint64(0), counted)


@dataclass(frozen=True)
class Limits:
    """Hard limits (-1: none) and soft floors.

    ``channel``: contacts a day; ``offer``: stock; ``campaign``: most contacts tonight; ``budget``: fen, a campaign;
    ``minimum``: contacts promised to a campaign (0: none); ``rm`` and ``branch``: contacts of owned pairs, with
    ``branch_of`` each RM's branch. ``floor``: each department's least share of all planned marketing contacts; a
    contact that is missing costs ``floor_price`` (thousandths of a fen), so that no floor costs more than that.
    """

    channel: Ints
    offer: Ints
    campaign: Ints
    budget: Ints
    minimum: Ints
    rm: Ints
    branch: Ints
    branch_of: Ints
    floor: Floats
    floor_price: int = 0

    @cached_property
    def shares(self) -> Ints:
        """Floors in millionths, so that they are counted in whole numbers."""
        whole: Ints = np.rint(self.floor * MILLION).astype(np.int64)
        return whole


def checked(pairs: Pairs, limits: Limits) -> None:
    """Raise KequnError for pairs and limits that do not belong together."""
    _of_one_length(pairs)
    faults = [*_indices(pairs, limits), *_shape(pairs), *_bounds(limits)]
    if faults:
        raise KequnError(faults[0], "Pairs and limits are built together from the campaigns.")


def _of_one_length(pairs: Pairs) -> None:
    for field in fields(pairs):
        if len(getattr(pairs, field.name)) != len(pairs):
            raise KequnError(f"pairs.{field.name} has {len(getattr(pairs, field.name))} entries, not {len(pairs)}.")


def _indices(pairs: Pairs, limits: Limits) -> Iterator[str]:
    sizes = {"campaign": limits.campaign, "offer": limits.offer, "channel": limits.channel, "department": limits.floor}
    for name, limit in sizes.items():
        index = getattr(pairs, name)
        if len(index) and not (index.min() >= 0 and index.max() < len(limit)):
            yield f"pairs.{name} names number {index.max()}, but limits know {len(limit)}."
    if not len(limits.campaign) == len(limits.budget) == len(limits.minimum):
        yield "limits.campaign, limits.budget and limits.minimum differ in length."
    if len(limits.branch_of) != len(limits.rm):
        yield "limits.branch_of does not have one entry for each RM."
    if len(limits.branch_of) and not 0 <= limits.branch_of.min() <= limits.branch_of.max() < len(limits.branch):
        yield f"limits.branch_of names branch {limits.branch_of.max()}, but there are {len(limits.branch)}."


def _shape(pairs: Pairs) -> Iterator[str]:
    if pairs.caps.ndim != 2 or not 1 <= pairs.caps.shape[1] <= CAPS_MOST:
        yield f"pairs.caps must have 1 to {CAPS_MOST} columns, one a cap."
    elif not (pairs.caps[:, 0] | pairs.service).all():
        yield "cap 0 must count every marketing pair."
    for name in ("service", "department"):
        values = getattr(pairs, name)
        differ = np.flatnonzero((values[1:] != values[:-1]) & (pairs.campaign[1:] == pairs.campaign[:-1]))
        if len(differ):
            yield f"pairs of campaign {pairs.campaign[differ[0]]} differ in {name}."
    starts = np.flatnonzero(np.diff(pairs.campaign, prepend=-1))
    if len(np.unique(pairs.campaign[starts])) != len(starts):
        yield "pairs of a campaign do not lie side by side."
    if len(pairs) and pairs.cost.min() < 0:
        yield "pairs.cost has a negative entry."


def _bounds(limits: Limits) -> Iterator[str]:
    for name in ("channel", "offer", "campaign", "budget", "rm", "branch"):
        values = getattr(limits, name)
        if len(values) and values.min() < UNLIMITED:
            yield f"limits.{name} has {values.min()}; -1 means no limit."
    if len(limits.minimum) and limits.minimum.min() < 0:
        yield f"limits.minimum has {limits.minimum.min()}; 0 means none."
    if len(limits.floor) and not (limits.floor.min() >= 0 and limits.shares.sum() <= MILLION):
        yield f"limits.floor adds up to {limits.floor.sum():g}; floors are shares and may not exceed 1 together."
    if limits.floor_price < 0:
        yield f"limits.floor_price is {limits.floor_price}; it must not be negative."
