"""Everything that all customers of one sandbox share."""

from __future__ import annotations

from dataclasses import dataclass

from kequn.sandbox.market import Market, market
from kequn.sandbox.orgs import Orgs, organisation
from kequn.sandbox.plan import Plan
from kequn.sandbox.shelf import Shelf, shelf


@dataclass(frozen=True)
class World:
    """The bank without its customers."""

    plan: Plan
    orgs: Orgs
    shelf: Shelf
    market: Market


def world(plan: Plan) -> World:
    """The same plan gives the same world in every process."""
    return World(plan, organisation(plan), shelf(plan), market(plan))
