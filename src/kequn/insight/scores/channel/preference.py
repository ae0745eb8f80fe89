"""The fitted preference: chance of an answer for each customer, channel and part of the day."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kequn.insight.scores.boosting import Booster
from kequn.insight.scores.calibration import Beta
from kequn.insight.scores.channel.rates import Rates, states
from kequn.insight.scores.channel.state import COUNTS
from kequn.insight.scores.encoding import Batch, Feature, Floats

Ints = NDArray[np.int64]
DAYPARTS = ("morning", "midday", "afternoon", "evening")
TREES = "trees"
HISTORY = [Feature(f"{whose}_{count}", "number") for whose in ("own", "other") for count in COUNTS]


@dataclass(frozen=True)
class Preference:
    """Channels in a fixed order; ``trees`` is None where the shrunken rates validated better.

    ``hours`` multiplies the odds: channels x DAYPARTS.
    """

    channels: tuple[str, ...]
    rates: Rates
    trees: Booster | None
    beta: Beta
    hours: Floats

    def over(self, channels: Sequence[str]) -> Preference:
        """This preference with channels more: one unknown at fit has the rate of all, and no best part of the day."""
        more = tuple(channel for channel in channels if channel not in self.channels)
        flat = np.ones((len(more), len(DAYPARTS)))
        return replace(self, channels=(*self.channels, *more), hours=np.concatenate([self.hours, flat]))

    def chances(self, table: Batch, threads: int = 1) -> tuple[Floats, Ints]:
        """Chance over the day (customers x channels), and the number of the level that each rate rests on."""
        state = states(table, self.channels)
        groups, basis = self.groups(table)
        rates = self.rates.chances(state, groups)
        if self.trees is not None:
            columns = [
                self.trees.predict(rows(table, name, state, place, rates=(rates[:, place], groups[:, place])), threads)
                for place, name in enumerate(self.channels)
            ]
            rates = np.stack(columns, axis=1)
        return self.beta.apply(rates), basis

    def flat(self, least: float) -> bool:
        """Whether no part of the day changes the odds by this share."""
        return bool(np.abs(self.hours - 1).max() < least)

    def by_hour(self, chances: Floats) -> Floats:
        """Chance in each part of the day: customers x channels x DAYPARTS."""
        odds = (chances / (1 - np.minimum(chances, 1 - 1e-9)))[:, :, None] * self.hours[None]
        return np.asarray(odds / (1 + odds), np.float64)

    def groups(self, table: Batch) -> tuple[Floats, Ints]:
        """Rate of each customer's group by channel, and the level it rests on: customers x channels."""
        found = [self.rates.group(table, pa.array([name] * table.num_rows, pa.string())) for name in self.channels]
        return np.stack([rate for rate, _ in found], axis=1), np.stack([basis for _, basis in found], axis=1)

    def parts(self) -> dict[str, str]:
        """The files of the model."""
        fields = {"channels": self.channels, "beta": self.beta.as_dict(), "hours": self.hours.tolist()}
        found = {"rates.json": self.rates.as_text(), "preference.json": json.dumps(fields, indent=1)}
        return found | (self.trees.parts(TREES) if self.trees else {})

    @classmethod
    def of(cls, parts: Mapping[str, str]) -> Preference:
        """What ``parts`` wrote."""
        fields = json.loads(parts["preference.json"])
        trees = Booster.of(parts, TREES) if f"{TREES}.json" in parts else None
        return cls(
            tuple(fields["channels"]), Rates.of(parts["rates.json"]), trees,
            Beta.from_dict(fields["beta"]), np.array(fields["hours"]),
        )  # fmt: skip


def rows(
    table: Batch,
    channel: str | pa.Array,
    state: Floats,
    place: int | Ints,
    *,
    rates: tuple[Floats, Floats],
) -> pa.Table:
    """What the trees see of each row for one channel (with arrays: for its own); ``rates`` are own and group."""
    size = table.num_rows
    own = state[np.arange(size), place]
    other = state.sum(axis=1) - own
    counts = dict(zip((feature.name for feature in HISTORY), np.concatenate([own, other], axis=1).T, strict=True))
    named = pa.array([channel] * size, pa.string()) if isinstance(channel, str) else channel
    given = {name: table.column(name) for name in table.schema.names if name not in counts}
    made = {"channel": named, "own_rate": rates[0], "group_rate": rates[1]}
    return pa.table(given | counts | made)


def features(extra: Sequence[Feature], channels: Sequence[str]) -> list[Feature | str]:
    """Inputs of the trees: the channel, rates, histories, and the table's own columns."""
    made = [Feature("channel", "category", tuple(sorted(channels)))]
    made += [Feature("own_rate", "number"), Feature("group_rate", "number"), *HISTORY]
    return [*made, *extra]
