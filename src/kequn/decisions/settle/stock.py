"""What is left of every limit while contacts are handed out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kequn.decisions.settle.batch import Bids
from kequn.decisions.settle.compiled import inner
from kequn.decisions.settle.menu import Menu, menu_of
from kequn.decisions.settle.prices import SHUT
from kequn.decisions.settle.shapes import UNLIMITED, Ints, Limits, Pairs


class Goods(NamedTuple):
    """Pairs as handing out wants them: what a sweep reads, and what each contact takes."""

    menu: Menu
    offer: Ints
    channel: Ints
    cost: Ints
    branch_of: Ints


class Left(NamedTuple):
    """What is left, by kind of limit, changed in place; ``spare``: contacts of a campaign beyond its minimum."""

    channel: Ints
    offer: Ints
    campaign: Ints
    budget: Ints
    rm: Ints
    branch: Ints
    spare: Ints


def goods_of(pairs: Pairs, limits: Limits) -> Goods:
    """Pairs and the RMs' branches, for compiled code."""
    return Goods(menu_of(pairs), pairs.offer, pairs.channel, pairs.cost, limits.branch_of)


def full(limits: Limits) -> Left:
    """Everything as it is before the first contact."""
    kinds = ("channel", "offer", "campaign", "budget", "rm", "branch")
    counts = [np.where(getattr(limits, kind) == UNLIMITED, SHUT, getattr(limits, kind)) for kind in kinds]
    return Left(*[*counts, -limits.minimum])


@inner
def has(bids: Bids, goods: Goods, left: Left, i: int, pair: int) -> bool:
    """Whether one more contact of ``pair`` to customer ``i`` exceeds nothing."""
    campaign = goods.menu.campaign[pair]
    if (
        left.channel[goods.channel[pair]] < 1
        or left.offer[goods.offer[pair]] < 1
        or left.campaign[campaign] < 1
        or left.budget[campaign] < goods.cost[pair]
    ):
        return False
    if not goods.menu.owned[pair]:
        return True
    rm = bids.rm[i]
    return bool(rm >= 0 and left.rm[rm] >= 1 and left.branch[goods.branch_of[rm]] >= 1)


@inner
def take(bids: Bids, goods: Goods, left: Left, i: int, pair: int, contacts: int) -> None:
    """Take ``contacts`` (1, or -1 to give one back) of ``pair`` for customer ``i``."""
    campaign = goods.menu.campaign[pair]
    left.channel[goods.channel[pair]] -= contacts
    left.offer[goods.offer[pair]] -= contacts
    left.campaign[campaign] -= contacts
    left.budget[campaign] -= contacts * goods.cost[pair]
    left.spare[campaign] += contacts
    if goods.menu.owned[pair]:
        left.rm[bids.rm[i]] -= contacts
        left.branch[goods.branch_of[bids.rm[i]]] -= contacts
