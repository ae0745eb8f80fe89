"""What a sandbox is to contain, and its clock: days are numbers counted from the first day of the period."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kequn.errors import KequnError
from kequn.workspace import Settings

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

NEVER = 10**6
"""A day number that no simulated day reaches."""


@dataclass(frozen=True)
class Delivery:
    """Files of one date; event tables carry what happened after day ``after`` and up to day ``upto``."""

    on: date
    after: int
    upto: int
    snapshot: bool


@dataclass(frozen=True)
class Plan:
    """Size, period and chance of one sandbox bank."""

    customers: int
    months: int
    seed: int
    end: date
    settings: Settings

    def __post_init__(self) -> None:
        if self.customers < 1 or self.months < 2:
            raise KequnError("A sandbox needs at least 1 customer and 2 months.")
        if (self.end + timedelta(days=1)).day != 1:
            raise KequnError(f"The sandbox must end on a month's last day, not {self.end}.", "Choose e.g. 2026-06-30.")

    def share(self, name: str) -> float:
        """Setting ``sandbox.<name>`` in percent, as a share of 1."""
        return self.number(name) / 100

    def number(self, name: str) -> float:
        value = self.settings[f"sandbox.{name}"]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise KequnError(f"Setting sandbox.{name} must be a number, not {value!r}.")
        return float(value)

    @cached_property
    def first(self) -> date:
        """The first day of the period: day number 0."""
        start = self.end.year * 12 + self.end.month - self.months
        return date(start // 12, start % 12 + 1, 1)

    @cached_property
    def month_start(self) -> Ints:
        """Day number of each month's first day, and at the end the number of days of the period."""
        months = np.datetime64(self.first, "M") + np.arange(self.months + 1)
        return (months.astype("datetime64[D]") - np.datetime64(self.first, "D")).astype(np.int64)

    @property
    def days(self) -> int:
        return int(self.month_start[-1])

    @property
    def chunks(self) -> int:
        return -(-self.customers // self.chunk_size)

    @property
    def chunk_size(self) -> int:
        return self.settings.integer("sandbox.chunk_customers")

    def month_of(self, days: Ints) -> Ints:
        """Index of the month of each day; days before the period belong to month 0."""
        return np.clip(np.searchsorted(self.month_start, days, side="right") - 1, 0, self.months - 1)

    def day_of(self, day: date) -> int:
        return (day - self.first).days

    def date_of(self, day: int) -> date:
        return self.first + timedelta(days=int(day))

    def year_of(self, days: Ints) -> Ints:
        return (np.datetime64(self.first, "D") + days).astype("datetime64[Y]").astype(np.int64) + 1970

    def dates(self, days: Ints, absent: Bools | None = None) -> pa.Array:
        """Day numbers as dates, NULL where ``absent``."""
        values = (np.datetime64(self.first, "D") + days).astype("datetime64[D]")
        return pa.array(values, mask=absent)

    def moments(self, days: Ints, seconds: Ints) -> pa.Array:
        """Day numbers and seconds of the day as timestamps without zone."""
        start = np.datetime64(self.first, "s")
        return pa.array((start + (days * 86_400 + seconds)).astype("datetime64[us]"))

    def chance(self, chunk: int, topic: str) -> np.random.Generator:
        """The random stream of one topic of one chunk; no other stream ever depends on it."""
        sequence = np.random.SeedSequence([self.seed, chunk, zlib.crc32(topic.encode())])
        return np.random.Generator(np.random.Philox(sequence))

    @cached_property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Month-ends with snapshots, the last of them a day early, then the last day on its own.

        What happened before the first snapshot is delivered with it, so that every reference resolves.
        """
        kept = min(self.settings.integer("sandbox.snapshots"), self.months)
        ends = [int(day) - 1 for day in self.month_start[-kept:]]
        ends[-1] -= 1
        found = []
        after = -NEVER
        for upto in ends:
            found.append(Delivery(self.date_of(upto), after, upto, snapshot=True))
            after = upto
        return (*found, Delivery(self.end, after, after + 1, snapshot=False))
