"""Response rates by channel, tier, segment and customer, each drawn towards the wider group where history is thin."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kequn.insight.scores.channel.shrink import STRONGEST, posterior, strength
from kequn.insight.scores.channel.state import COUNTS
from kequn.insight.scores.columns import numbers, texts
from kequn.insight.scores.encoding import Batch, Floats

Ints = NDArray[np.int64]
LEVELS = ((), ("channel",), ("channel", "tier"), ("channel", "tier", "segment"))
NAMES = ("all", "channel", "tier", "segment")
# Grid of strengths for a customer's own counts.
TRIED = tuple(float(each) for each in np.geomspace(1, STRONGEST, 19))
MOST = 0.95


@dataclass(frozen=True)
class Level:
    """Groups of one level: their key (values joined by ``|``), rate and weighted contacts."""

    by: tuple[str, ...]
    strength: float
    rates: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Rates:
    """Rates of the groups from the widest on, and how much a customer's own history counts.

    ``others`` is in expected answers (Gamma-Poisson), ``own`` in contacts (Beta-Binomial).
    """

    levels: tuple[Level, ...]
    others: float
    own: float
    least: float

    def group(self, table: Batch, channel: pa.Array) -> tuple[Floats, Ints]:
        """Rate of each row's narrowest known group, and the number of the narrowest level with enough contacts."""
        rate: Floats = np.zeros(table.num_rows)
        basis: Ints = np.zeros(table.num_rows, np.int64)
        for number, level in enumerate(self.levels):
            keys = pa.array(level.rates, pa.string())
            place: Ints = pc.index_in(_keys(table, channel, level.by), value_set=keys).fill_null(-1).to_numpy()
            known = np.array([*level.rates.values(), (0.0, 0.0)])[place]
            rate = np.where(place >= 0, known[:, 0], rate)
            basis = np.where((place >= 0) & (known[:, 1] >= self.least), number, basis)
        return rate, basis

    def chances(self, state: Floats, groups: Floats) -> Floats:
        """Chance of an answer, customers x channels, from group rates and own counts (x COUNTS)."""
        return _own(state, groups, self.others, self.own)

    def as_text(self) -> str:
        """The part of a model."""
        levels = [{"by": each.by, "strength": each.strength, "rates": each.rates} for each in self.levels]
        fields = {"levels": levels, "others": self.others, "own": self.own, "least": self.least}
        return json.dumps(fields, ensure_ascii=False, indent=1, sort_keys=True)

    @classmethod
    def of(cls, text: str) -> Rates:
        """What ``as_text`` wrote."""
        fields: dict[str, Any] = json.loads(text)
        levels = tuple(
            Level(
                tuple(each["by"]), each["strength"], {key: (rate, rows) for key, (rate, rows) in each["rates"].items()}
            )
            for each in fields["levels"]
        )
        return cls(levels, fields["others"], fields["own"], fields["least"])


def fit(table: pa.Table, channels: Sequence[str], label: Floats, weight: Floats, *, least: float) -> Rates:
    """Fit on contacts (columns channel, tier, segment, and the state before each contact)."""
    column = pc.cast(table["channel"], pa.string()).combine_chunks()
    levels: list[Level] = []
    wider = np.full(table.num_rows, float(np.average(label, weights=weight)))
    for by in LEVELS:
        level = _level(_keys(table, column, by), by, label * weight, weight, wider)
        levels.append(level)
        wider = _looked_up(level, _keys(table, column, by))
    bare = Rates(tuple(levels), STRONGEST, STRONGEST, least)
    state = states(table, channels)
    groups = np.stack([bare.group(table, pa.array([name] * table.num_rows))[0] for name in channels], axis=1)
    place = pc.index_in(column, value_set=pa.array(channels)).to_numpy()
    others, own = _strengths(state, groups, place, label, weight)
    return Rates(tuple(levels), others, own, least)


def states(table: Batch, channels: Sequence[str]) -> Floats:
    """Customers x channels x COUNTS; a column that is absent, empty or no number counts as 0."""
    found = [[numbers(table, f"{channel}_{count}") for count in COUNTS] for channel in channels]
    return np.asarray(np.moveaxis(np.array(found), 2, 0), np.float64)


def _level(keys: pa.Array, by: tuple[str, ...], hits: Floats, tries: Floats, wider: Floats) -> Level:
    encoded = keys.dictionary_encode()
    names, place = encoded.dictionary.to_pylist(), encoded.indices.to_numpy()
    sums = [np.bincount(place, each, len(names)).astype(np.float64) for each in (hits, tries, wider)]
    summed, total, centre = sums[0], sums[1], sums[2] / np.bincount(place, minlength=len(names))
    worth = strength(summed, total, centre) if by else STRONGEST
    rate = posterior(summed, total, centre, worth)
    order = np.argsort(names)
    return Level(by, worth, {names[each]: (float(rate[each]), float(total[each])) for each in order})


def _looked_up(level: Level, keys: pa.Array) -> Floats:
    place = pc.index_in(keys, value_set=pa.array(level.rates, pa.string())).to_numpy()
    found: Floats = np.array([rate for rate, _ in level.rates.values()])[place]
    return found


def _keys(table: Batch, channel: pa.Array, by: tuple[str, ...]) -> pa.Array:
    columns = [channel if name == "channel" else texts(table, name) for name in by]
    if not columns:
        return pa.array([""] * table.num_rows, pa.string())
    return pc.binary_join_element_wise(*columns, "|")


def _own(state: Floats, groups: Floats, others: float, own: float) -> Floats:
    contacts, positives = state[:, :, 0], state[:, :, 1]
    due = contacts * groups
    elsewhere = positives.sum(axis=1, keepdims=True) - positives
    expected = due.sum(axis=1, keepdims=True) - due
    prior = np.minimum(MOST, groups * (elsewhere + others) / (expected + others))
    return posterior(positives, contacts, prior, own)


def _strengths(state: Floats, groups: Floats, place: Ints, label: Floats, weight: Floats) -> tuple[float, float]:
    """The two strengths under which what came after each history was likeliest."""
    rows = np.arange(len(place))
    best = (np.inf, STRONGEST, STRONGEST)
    for others in TRIED:
        for own in TRIED:
            p = np.clip(_own(state, groups, others, own)[rows, place], 1e-6, 1 - 1e-6)
            cost = -float(np.average(label * np.log(p) + (1 - label) * np.log1p(-p), weights=weight))
            best = min(best, (cost, others, own))
    return best[1], best[2]
