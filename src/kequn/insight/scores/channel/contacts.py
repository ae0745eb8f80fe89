"""Contacts ready to learn from: labels, weights, the state before each contact."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kequn.errors import KequnError
from kequn.insight.scores.channel.policy import shares, weights
from kequn.insight.scores.channel.rates import states
from kequn.insight.scores.channel.state import COUNTS
from kequn.insight.scores.columns import numbers, texts
from kequn.insight.scores.encoding import Feature, Floats, kind_of, learned
from kequn.insight.scores.record import number
from kequn.insight.scores.split import checked, labels
from kequn.workspace import Settings

Ints = NDArray[np.int64]
RESERVED = ("customer_id", "contact_id", "as_of", "split", "channel", "daypart", "responded", "propensity",
            "product_id", "tier", "segment")  # fmt: skip


@dataclass(frozen=True)
class Contacts:
    """One row a contact: ``place`` is its channel's number, ``weight`` undoes the past policy's choice (mean 1)."""

    table: pa.Table
    channels: tuple[str, ...]
    extra: tuple[Feature, ...]
    label: Floats
    weight: Floats
    place: Ints
    state: Floats

    def __len__(self) -> int:
        return len(self.label)

    def at(self, taken: Ints) -> Contacts:
        """Some of the rows."""
        return replace(
            self, table=self.table.take(pa.array(taken)), label=self.label[taken], weight=self.weight[taken],
            place=self.place[taken], state=self.state[taken],
        )  # fmt: skip

    @property
    def even(self) -> Floats:
        """Weights with mean 1 in each channel: they undo whom the past policy chose for it, not how often."""
        total = np.bincount(self.place, self.weight, len(self.channels))
        count = np.bincount(self.place, minlength=len(self.channels))
        return self.weight * (count / np.maximum(total, 1e-12))[self.place]

    @property
    def day(self) -> Ints:
        """Day of the contact, a rising number."""
        return np.asarray(pc.cast(pc.cast(self.table["as_of"], pa.date32()), pa.int32()).to_numpy(), np.int64)

    @property
    def two_classes(self) -> bool:
        """Whether some contacts were answered and some were not."""
        return bool(len(self.label)) and bool(self.label.min() != self.label.max())


def prepared(table: pa.Table, settings: Settings) -> Contacts:
    """The table, checked; contacts without a channel are left out. Raises KequnError on an unfit table."""
    checked(
        table, {"as_of": "date", "channel": "category"}, label="responded", key=("contact_id",), origin="The contacts"
    )
    table = table.filter(pc.is_valid(table["channel"]))
    named = pc.cast(table["channel"], pa.string())
    channels = tuple(sorted(pc.unique(named).to_pylist()))
    if not channels:
        raise KequnError("The contacts name no channel.", "Fill column channel.")
    label = labels(table, "responded")
    if label.min() == label.max():
        raise KequnError(f"All {len(label)} contacts have the same answer.", "Take a longer period, or check response.")
    weight = weights(
        numbers(table, "propensity", np.nan), number(settings, "channel_clip"), shares(texts(table, "product_id"))
    )
    place = np.asarray(pc.index_in(named, value_set=pa.array(channels)).to_numpy(), np.int64)
    return Contacts(table, channels, _extra(table, channels), label, weight, place, states(table, channels))


def _extra(table: pa.Table, channels: tuple[str, ...]) -> tuple[Feature, ...]:
    """The table's own features: what is neither reserved nor part of the state."""
    counted = {f"{channel}_{count}" for channel in channels for count in COUNTS}
    names = [field.name for field in table.schema if field.name not in (*RESERVED, *counted) and kind_of(field.type)]
    return tuple(learned(table, name) for name in names)
