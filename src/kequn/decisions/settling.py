"""Settle the bids of a night and write what comes out: who gets what, all prices, and the summary with its gap."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kequn.decisions.campaign import CHANNELS
from kequn.decisions.legend import written
from kequn.decisions.settle import prices as ledger
from kequn.decisions.settle.batch import COLUMNS
from kequn.decisions.settle.explore import Exploration
from kequn.decisions.settle.far import far
from kequn.decisions.settle.greedy import best_first, dearest_first, in_turn
from kequn.decisions.settle.night import Effort, Settlement, settle
from kequn.decisions.settle.plan import SCHEMA as CONTACT
from kequn.decisions.settle.shapes import UNLIMITED
from kequn.decisions.settle.stored import stored
from kequn.decisions.settle.sweeps import Sweeps
from kequn.decisions.tonight import MILLI, Tonight
from kequn.engine.build import Build
from kequn.engine.macros import Parameters
from kequn.engine.query import compile_query

PRICE = pa.schema([
    ("kind", pa.string()), ("name", pa.string()), ("capacity", pa.int64()), ("used", pa.float64()),
    ("price_fen", pa.float64()), ("lowered", pa.int64()), ("branch", pa.string()),
])  # fmt: skip
"""One row a limit; ``capacity`` is NULL where there is none. ``price_fen``: what one unit more would bring (a channel's
contact, an offer's unit, a fen of budget, a lead of an RM or branch), or a promised contact costs (minimum, floor); of
kind ``pair``: what a contact pays before its RM's price. ``branch``: that of an RM, whose price a lead pays as well."""
SUMMARY = pa.schema([
    ("planned_day", pa.date32()), ("status", pa.string()), ("message", pa.string()), ("customers", pa.int64()),
    ("contacts", pa.int64()), ("value_fen", pa.int64()), ("bound_fen", pa.int64()), ("gap", pa.float64()),
    ("sweeps", pa.int64()), ("policy", pa.string()), ("capacity", pa.string()),
])  # fmt: skip
SIMPLE_RULE = pa.schema([
    ("rule", pa.string()), ("zh", pa.string()), ("en", pa.string()), ("contacts", pa.int64()),
    ("value_fen", pa.int64()), ("short", pa.int64()),
])  # fmt: skip
"""The same bids and limits without prices, by simple rules (``settle.greedy``); ``short``: of promised contacts."""
RULES = (
    ("in_turn", "各活动按名称依次挑客户", "campaigns in turn, by name", in_turn),
    ("dearest_first", "各活动按平均价值从高到低依次挑客户", "campaigns in turn, dearest first", dearest_first),
    ("best_first", "全部竞价排一队，价值高者先得", "all bids in one queue, best first", best_first),
)
BIDDING = "decision_bidding"
SETTLED, CONTRADICTORY = "settled", "contradictory"


@dataclass(frozen=True)
class Settling:
    """Settles once, however many tables ask for it."""

    build: Build
    parameters: Parameters
    here: Tonight

    @property
    def version(self) -> str:
        """What the outcome depends on beside the bids."""
        settings = self.parameters.settings
        return repr([settings[f"decisions.{name}"] for name in ("explore_share", "explore_margin", "sweeps")]) + repr(
            [settings["decisions.sample_customers"], self.here.branch_of]
        )

    @cached_property
    def sweeps(self) -> Sweeps:
        """All bids: in a file of this machine, or where the engine has them."""
        build, here = self.build, self.here
        text = f"SELECT {', '.join(COLUMNS)} FROM bid WHERE bids > 0"
        build.define(BIDDING, compile_query(text, self.parameters, BIDDING))
        folder = build.work / ".sweeps"
        shutil.rmtree(folder, ignore_errors=True)
        if build.engine.name == "duckdb":
            threads = self.parameters.settings.integer("engine.threads")
            return stored(build.engine, BIDDING, folder, here.pairs, len(here.rms), threads)
        return far(build.engine, BIDDING, folder, here.pairs, len(here.rms))

    @cached_property
    def outcome(self) -> Settlement:
        """The settled night."""
        settings = self.parameters.settings
        effort = Effort(
            sample=settings.integer("decisions.sample_customers"), sweeps=settings.integer("decisions.sweeps")
        )
        share, margin = (float(str(settings[f"decisions.explore_{name}"])) for name in ("share", "margin"))
        return settle(self.sweeps, self.here.pairs, self.here.limits, Exploration(share, margin), effort)

    @property
    def contradictory(self) -> bool:
        """Whether the promised minimums cannot all be kept: then nothing is planned until somebody lowers one."""
        return bool(self.outcome.lowered.any())

    def write_chosen(self, folder: Path) -> int:
        """Every contact, in the order of handing out; none where promises contradict each other."""
        folder.mkdir(parents=True)
        rows = 0
        with pq.ParquetWriter(folder / "part-0.parquet", CONTACT, compression="zstd") as writer:
            for batch in () if self.contradictory else self.outcome.rows(self.sweeps):
                writer.write_batch(batch)
                rows += batch.num_rows
        return rows

    def write_prices(self, folder: Path) -> int:
        """``PRICE``."""
        return written(pa.Table.from_pylist([*self._limits(), *self._pairs()], PRICE), folder)

    def write_summary(self, folder: Path) -> int:
        """``SUMMARY``, one row."""
        found, here = self.outcome, self.here
        row = {
            "planned_day": here.planned_day, "status": CONTRADICTORY if self.contradictory else SETTLED,
            "message": self._message(), "customers": self.sweeps.customers(),
            "contacts": 0 if self.contradictory else int(found.plan.contacts.sum()),
            "value_fen": 0 if self.contradictory else found.plan.value // MILLI, "bound_fen": -(-found.bound // MILLI),
            "gap": found.gap, "sweeps": found.sweeps, "policy": here.policy.version, "capacity": here.capacity.version,
        }  # fmt: skip
        return written(pa.Table.from_pylist([row], SUMMARY), folder)

    def write_simple_rules(self, folder: Path) -> int:
        """``SIMPLE_RULE``, one row a rule."""
        rows = []
        for name, zh, en, rule in RULES:
            found = rule(self.sweeps, self.here.pairs, self.here.limits)
            told = {"contacts": int(found.contacts.sum()), "value_fen": found.value // MILLI, "short": found.short}
            rows.append({"rule": name, "zh": zh, "en": en, **told})
        return written(pa.Table.from_pylist(rows, SIMPLE_RULE), folder)

    def _message(self) -> str | None:
        if not self.contradictory:
            return None
        lowered = zip(self.here.campaigns, self.outcome.lowered.tolist(), strict=True)
        named = ", ".join(f"{c.name} from {c.minimum} to {c.minimum - by}" for c, by in lowered if by)
        least = "The smallest change that works" if self.outcome.proven else "A change that works"
        return f"The promised minimums cannot all be kept. {least}: {named}."

    def _limits(self) -> Iterator[dict[str, Any]]:
        names = self._names()
        lowered = self.outcome.lowered.tolist()
        for row in self.outcome.limits().to_pylist():
            kind, index, capacity = row["kind"], row["index"], row["capacity"]
            open_ = capacity == UNLIMITED
            if kind in ("minimum", "floor") and open_:
                continue
            yield {
                "kind": kind, "name": names[kind][index], "capacity": None if open_ else capacity, "used": row["use"],
                "price_fen": row["price"] / MILLI, "lowered": lowered[index] if kind == "minimum" else 0,
                "branch": self.here.branch_of[names[kind][index]] if kind == "rm" else None,
            }  # fmt: skip

    def _pairs(self) -> Iterator[dict[str, Any]]:
        plan = self.outcome.plan
        tolls = ledger.tolls(plan.pairs, plan.limits, plan.prices).pair.tolist()
        for pair, toll, used in zip(self.here.bids.pairs, tolls, plan.contacts.tolist(), strict=True):
            offer = self.here.bids.offers[pair.offer]
            name = f"{self.here.campaigns[pair.campaign].name}/{offer.name}/{pair.channel}"
            shut = toll >= ledger.SHUT
            yield {
                "kind": "pair",
                "name": name,
                "used": used,
                "price_fen": None if shut else toll / MILLI,
                "lowered": 0,
            }

    def _names(self) -> dict[str, list[str]]:
        here = self.here
        campaigns = [campaign.name for campaign in here.campaigns]
        offers = [f"{campaign.name}/{offer.name}" for campaign, offer in here.offers]
        return {
            "channel": list(CHANNELS), "offer": offers, "campaign": campaigns, "budget": campaigns,
            "minimum": campaigns, "floor": list(here.departments), "branch": list(here.branches), "rm": list(here.rms),
        }  # fmt: skip
