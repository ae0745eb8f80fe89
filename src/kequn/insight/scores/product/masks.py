"""Eligibility and suitability: which products each customer may be shown at all, before anything is ranked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kequn.insight.scores.encoding import Batch
from kequn.insight.scores.product.shelf import OLDEST, RISK_LEVELS, Bools, Floats, Ints, Shelf
from kequn.insight.scores.product.signs import HELD, Signs, floats
from kequn.insight.scores.record import listed
from kequn.workspace import Settings

# The oldest age that a limit may name: beyond it there is none.
NO_LIMIT = 120


@dataclass(frozen=True)
class Rules:
    """What a bank decides: classes or ``class/subtype`` held once, paid from AUM, risky; tiers for private products."""

    once: tuple[str, ...]
    funded: tuple[str, ...]
    risky: tuple[str, ...]
    entitled: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings) -> Rules:
        names = ("once", "funded", "risky", "entitled_tiers")
        return cls(*(tuple(listed(settings, f"product_{name}")) for name in names))


@dataclass(frozen=True)
class People:
    """What the limits ask of each customer; what is not known is never to the customer's risk.

    ``age`` is -1 and ``region`` is None where unknown; ``tolerance`` is 1 without a valid assessment; ``entitled``
    means a tier for private products and an RM.
    """

    day: Ints
    age: Ints
    region: pa.Array
    aum: Floats
    tolerance: Ints
    entitled: Bools
    refused: Bools
    signal: Bools

    def __len__(self) -> int:
        return len(self.age)

    def cut(self, rows: slice) -> People:
        """Some of the customers."""
        return People(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def people(batch: Batch, rules: Rules, day: np.datetime64) -> People:
    """Read the columns that the limits ask for; one that is absent or empty counts as not known.

    ``day`` is the business date of rows without ``as_of``.
    """
    size = batch.num_rows

    def read(name: str, otherwise: float) -> Floats:
        found = floats(batch.column(name)) if name in batch.schema.names else np.full(size, np.nan)
        return np.where(np.isfinite(found), found, otherwise)

    def texts(name: str) -> pa.Array:
        column = batch.column(name) if name in batch.schema.names else pa.nulls(size, pa.string())
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        return column.cast(pa.string())

    tier = pc.is_in(texts("tier"), pa.array(rules.entitled, pa.string())).to_numpy(zero_copy_only=False)
    assessed = np.where(read("assessment_valid", 0) > 0, read("risk_tolerance", 1), 1)
    return People(
        day=_days(batch, size, day),
        age=np.clip(read("age", -1), -1, OLDEST).astype(np.int64),
        region=texts("region"),
        aum=np.maximum(read("aum", 0), 0),
        tolerance=np.clip(assessed, 1, RISK_LEVELS).astype(np.int64),
        entitled=tier & (read("has_rm", 0) > 0),
        refused=read("personalisation_refused", 0) > 0,
        signal=read("risk_signal", 0) > 0,
    )


@dataclass(frozen=True)
class Gates:
    """The limits of one shelf as tables by level of each property, so that a batch only looks rows up."""

    shelf: Shelf
    rules: Rules

    @cached_property
    def by_age(self) -> Bools:
        """Age + 1 (0: unknown) x products; an unknown age passes no limit."""
        age = np.arange(-1, OLDEST + 1)[:, None]
        least, most = np.array(self.shelf.min_age), np.array(self.shelf.max_age)
        free: Bools = (least <= 0) & (most >= NO_LIMIT)
        return np.where(age < 0, free, (least <= age) & (age <= most))

    @cached_property
    def amounts(self) -> Ints:
        """Smallest amounts on the shelf, rising; a class that brings money instead asks for none."""
        return np.unique(self._least)

    @cached_property
    def _least(self) -> Ints:
        return np.where(self.shelf.named(self.rules.funded), np.array(self.shelf.min_fen, np.int64), 0)

    @cached_property
    def by_amount(self) -> Bools:
        """How many of ``amounts`` the customer reaches x products."""
        place = np.searchsorted(self.amounts, self._least)
        return np.arange(len(self.amounts) + 1)[:, None] > place[None, :]

    @cached_property
    def regions(self) -> pa.Array:
        return pa.array(sorted(set(self.shelf.region) - {""}), pa.string())

    @cached_property
    def by_region(self) -> Bools:
        """Region + 1 (0: none of those named) x products."""
        names = [None, *self.regions.to_pylist()]
        return np.array([[region in ("", name) for region in self.shelf.region] for name in names], np.bool_)

    @cached_property
    def by_tolerance(self) -> Bools:
        """Tolerance (0 is not used) x products: C1 bears R1, C5 bears R5."""
        found: Bools = np.array(self.shelf.risk)[None, :] <= np.arange(RISK_LEVELS + 1)[:, None]
        return found

    @cached_property
    def by_entitlement(self) -> Bools:
        private = np.array(self.shelf.private, np.bool_)
        return np.stack([~private, np.ones(len(private), np.bool_)])

    @cached_property
    def once(self) -> Bools:
        return self.shelf.named(self.rules.once)

    def sold(self, day: Ints) -> tuple[Bools, Ints]:
        """Days x products of the days that occur, and the place of each customer's day."""
        days, place = np.unique(day, return_inverse=True)
        return np.stack([self.shelf.sold_on(np.datetime64(int(one), "D")) for one in days]), place

    def open(self, who: People, signs: Signs) -> Bools:
        """Customers x products that can be bought: on sale, for the age, region, money and tier, and not held once."""
        region = pc.fill_null(pc.index_in(who.region, self.regions), -1).to_numpy(zero_copy_only=False) + 1
        enough = np.searchsorted(self.amounts, who.aum, side="right")
        sold, day = self.sold(who.day)
        found = self.by_age[who.age + 1]
        for table, place in (
            (self.by_amount, enough), (self.by_region, region), (self.by_entitlement, who.entitled.astype(np.int64)),
        ):  # fmt: skip
            _narrow(found, table, place)
        _narrow(found, sold, day)
        held = (signs.kind == HELD) & self.once[signs.item]
        found[signs.row[held], signs.item[held]] = False
        return found

    def allowed(self, who: People, can: Bools) -> Bools:
        """Of ``can`` (from ``open``) what suits the customer's risk tolerance; nothing where a risk signal stands."""
        found = can.copy()
        _narrow(found, self.by_tolerance, who.tolerance)
        found[who.signal] = False
        return found


def _narrow(found: Bools, table: Bools, place: Ints) -> None:
    """Keep what the row of ``table`` at ``place`` allows; a single row holds for all."""
    if len(table) == 1:
        found &= table[0]
    else:
        found &= table[place]


def _days(batch: Batch, size: int, day: np.datetime64) -> Ints:
    if "as_of" not in batch.schema.names:
        return np.full(size, day.astype("datetime64[D]").astype(np.int64))
    found = pc.cast(pc.cast(batch.column("as_of"), pa.date32()), pa.int32())
    return np.asarray(found.to_numpy(zero_copy_only=False), np.int64)
