"""What a night's decisions begin with: policy, capacity and campaigns as they stand when it starts, and no later."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from importlib import resources
from typing import Any

import numpy as np
from sqlglot import exp

from kequn.decisions import chance, registry
from kequn.decisions.bids import Product
from kequn.decisions.campaign import Campaign
from kequn.decisions.capacity import Capacity, capacity
from kequn.decisions.past import past_of, past_query
from kequn.decisions.policy import load
from kequn.decisions.policy.terms import Day, Policy
from kequn.decisions.registry import Checks, Refused
from kequn.decisions.tonight import Tonight
from kequn.engine.base import Engine
from kequn.engine.build import Build
from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.insight.catalogue import Catalogue
from kequn.insight.scores.product.masks import Rules
from kequn.insight.scores.product.shelf import Shelf
from kequn.workspace import Workspace


@dataclass(frozen=True)
class Beginning:
    """The documents of the workspace, read at once; ``secret`` is the key of all draws."""

    policy: Policy
    capacity: Capacity
    campaigns: tuple[Campaign | Refused, ...]
    secret: bytes

    @property
    def version(self) -> str:
        """Hash of everything that it holds but the secret, of which a hash counts."""
        each = [getattr(campaign, "version", campaign.name) for campaign in self.campaigns]
        told = [self.policy.version, self.capacity.version, *each, hashlib.sha256(self.secret).hexdigest()]
        return hashlib.sha256("|".join(told).encode()).hexdigest()[:12]


def beginning(workspace: Workspace) -> Beginning:
    """Read policy, capacity and campaigns; raises KequnError about policy or capacity, not about a single campaign."""
    found = tuple(registry.read_all(registry.files(workspace)))
    return Beginning(load.of(workspace), capacity(workspace), found, chance.secret(workspace))


def tonight(build: Build, definitions: Catalogue, parameters: Parameters, begun: Beginning) -> Tonight:
    """What bids tonight, checked against the bank's products, tags and customers."""
    day = parameters.as_of + timedelta(days=1)
    engine = build.engine
    products = _products(engine, parameters)
    checks = checks_of(engine, definitions, parameters, begun.capacity, scored="score_value" in build.keys)
    found = registry.registry(begun.campaigns, checks, day)
    holidays = _column(engine, parameters, f"SELECT day FROM calendar WHERE holiday AND day = DATE '{day}'", "day")
    branches = engine.fetch(compile_query(BRANCHES, parameters, "staff")).to_pylist()
    past = past_of(engine.fetch(past_query(parameters)).to_pylist())
    return Tonight(
        Day(day, bool(holidays)), begun.policy, begun.capacity, found.campaigns, found.refused, products,
        {row["staff_id"]: row["branch_id"] for row in branches}, past,
    )  # fmt: skip


def checks_of(
    engine: Engine, definitions: Catalogue, parameters: Parameters, capacity: Capacity, *, scored: bool
) -> Checks:
    """What campaigns must agree with; the engine has ``product``, ``customer``, and ``score_value`` if ``scored``."""
    classes = {name: product.product_class for name, product in _products(engine, parameters).items()}
    valued = _column(engine, parameters, VALUED, "product_class") if scored else []
    return Checks(definitions, parameters, classes, capacity, frozenset(valued), partial(_sizes, engine))


VALUED = "SELECT product_class FROM score_value GROUP BY product_class ORDER BY product_class"
BRANCHES = """WITH numbered AS (
  SELECT staff.staff_id, CASE WHEN org.level = 'outlet' THEN org.parent_org_id ELSE staff.org_id END AS branch_id,
    row_number() OVER (PARTITION BY staff.staff_id ORDER BY staff.org_id) AS place
  FROM staff LEFT JOIN org ON staff.org_id = org.org_id
  WHERE staff.active AND staff.role IN ('rm', 'chief_rm')
)
SELECT staff_id, COALESCE(branch_id, '') AS branch_id FROM numbered WHERE place = 1 ORDER BY staff_id"""


def _products(engine: Engine, parameters: Parameters) -> dict[str, Product]:
    """The shelf of the planned day, the one after as_of, by product_id; empty where the bank has none."""
    text = resources.files("kequn.insight.scores.product").joinpath("shelf.sql").read_text("utf-8")
    table = engine.fetch(compile_query(text, parameters, "shelf.sql"))
    if not table.num_rows:
        return {}
    shelf = Shelf.of(table, Rules.of(parameters.settings).risky)
    sold = shelf.sold_on(np.datetime64(parameters.as_of + timedelta(days=1), "D")).tolist()
    limits = zip(
        shelf.risk, shelf.min_age, shelf.max_age, shelf.region, shelf.min_fen, shelf.private, shelf.product_class,
        shelf.subtype, sold, strict=True,
    )  # fmt: skip
    return dict(zip(shelf.products, (Product(*each) for each in limits), strict=True))


def _column(engine: Engine, parameters: Parameters, text: str, name: str) -> list[Any]:
    found: list[Any] = engine.fetch(compile_query(text, parameters, name)).column(name).to_pylist()
    return found


def _sizes(engine: Engine, rules: Sequence[exp.Expr]) -> tuple[int, list[int]]:
    """How many customers there are, and how many each rule selects, in one pass."""
    counts = [exp.Count(this=exp.Case().when(rule.copy(), exp.Literal.number(1))) for rule in rules]
    named = [exp.alias_(each, f"n_{place}") for place, each in enumerate([exp.Count(this=exp.Star()), *counts])]
    row = engine.fetch(Query("audiences", exp.select(*named).from_("customer"))).to_pylist()[0]
    found = [int(value) for value in row.values()]
    return found[0], found[1:]
