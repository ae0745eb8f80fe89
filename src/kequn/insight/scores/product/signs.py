"""Signs of liking: the text ``kind:days:product,...`` of each customer as arrays, and as a weighted matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from kequn.errors import KequnError
from kequn.insight.scores.product.shelf import Bools, Floats, Ints, Shelf, Singles
from kequn.workspace import Settings

# Held, held and running out soon, ended, bought, failed, abandoned, viewed.
KINDS = "hredfav"
HELD, MATURES, ENDED, BOUGHT, FAILED, ABANDONED, VIEWED = range(len(KINDS))
HINT = "Write kind:days:product, e.g. h:120:DEP0001,v:3:FUN0020; kinds are h r e d f a v, days 0 or more."
WEEK_DAYS = 7
Weights: TypeAlias = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Signs:
    """One entry a sign: row of the customer, kind (place in KINDS), days before as_of, place of the product.

    ``unknown`` counts signs of products that are not on the shelf; they are left out.
    """

    customers: int
    row: Ints
    kind: Ints
    days: Ints
    item: Ints
    unknown: int

    def cut(self, rows: slice) -> Signs:
        """The signs of some customers; signs lie in the order of rows."""
        stop = min(rows.stop, self.customers)
        inside = slice(*np.searchsorted(self.row, (rows.start, stop)))
        return Signs(
            stop - rows.start, self.row[inside] - rows.start, self.kind[inside], self.days[inside], self.item[inside], 0
        )

    def taking(self, rows: Ints) -> Signs:
        """The signs of the customers ``rows`` (rising), counted anew."""
        place = np.searchsorted(rows, self.row)
        kept = place < len(rows)
        kept[kept] = rows[place[kept]] == self.row[kept]
        return Signs(len(rows), place[kept], self.kind[kept], self.days[kept], self.item[kept], 0)

    def counts(self, kind: int, shelf: Shelf) -> Ints:
        """Customers x classes: how many signs of a kind."""
        chosen = self.kind == kind
        classes = len(shelf.classes)
        places = self.row[chosen] * classes + shelf.class_of[self.item[chosen]]
        return np.bincount(places, minlength=self.customers * classes).reshape(self.customers, classes)


@dataclass(frozen=True)
class Interests:
    """Signs joined: one entry a customer and product, by row; ``weight`` 0 to 1, ``kind`` that weighs most.

    ``matures``: whether a holding of it ends soon; ``week_views``: how often it was looked at in the last seven days.
    """

    customers: int
    row: Ints
    item: Ints
    weight: Singles
    kind: Ints
    week_views: Ints
    matures: Bools

    def matrix(self, items: int) -> sp.csr_matrix:
        """Customers x products, the weights."""
        ends = np.searchsorted(self.row, np.arange(self.customers + 1))
        return sp.csr_matrix((self.weight, self.item, ends), (self.customers, items))


def read(column: pa.Array | pa.ChunkedArray, shelf: Shelf) -> Signs:
    """Read the texts of one row a customer; raises KequnError naming the row of a text that is none."""
    texts = _texts(column)
    filled = pc.greater(pc.binary_length(texts), 0)
    some = np.flatnonzero(filled.to_numpy(zero_copy_only=False))
    chosen = texts.filter(filled)
    counts = pc.count_substring(chosen, ",").to_numpy(zero_copy_only=False).astype(np.int64) + 1
    colons = pc.count_substring(chosen, ":").to_numpy(zero_copy_only=False)
    _refuse(texts, some[colons != 2 * counts])
    fields = pc.split_pattern(pc.replace_substring(chosen, ",", ":"), ":").flatten()
    places = np.arange(0, len(fields), 3)
    row = np.repeat(some, counts)
    kind = pc.index_in(fields.take(pa.array(places)), pa.array(list(KINDS)))
    _refuse(texts, row[kind.is_null().to_numpy(zero_copy_only=False)])
    days = _days(texts, row, fields.take(pa.array(places + 1)))
    item = pc.fill_null(pc.index_in(fields.take(pa.array(places + 2)), shelf.codes), -1).to_numpy()
    known = item >= 0
    return Signs(
        len(texts), row[known], kind.to_numpy()[known].astype(np.int64),
        days[known], item[known].astype(np.int64), int((~known).sum()),
    )  # fmt: skip


def interests(signs: Signs, items: int, weights: Weights) -> Interests:
    """Join the signs of a customer for a product: 1 - product of (1 - weight x 0.5 ** (days / half-life)).

    ``weights`` maps a kind to its weight and half-life in days; what runs out soon adds nothing of its own.
    """
    key = signs.row * items + signs.item
    order = np.argsort(key, kind="stable")
    key, kind, days = key[order], signs.kind[order], signs.days[order]
    strength = np.zeros(len(key))
    for letter, (weight, half_life) in weights.items():
        chosen = kind == KINDS.index(letter)
        strength[chosen] = weight * 0.5 ** (days[chosen] / half_life)
    first = np.flatnonzero(np.diff(key, prepend=-1))
    if not len(first):
        nothing = np.zeros(0, np.int64)
        return Interests(signs.customers, nothing, nothing, nothing.astype(np.float32), nothing, nothing, nothing > 0)
    joined = 1 - np.exp(np.add.reduceat(np.log1p(-strength), first))
    # The strongest kind rides in the last digit of its strength.
    leading = np.maximum.reduceat((strength * 1e9).astype(np.int64) * 10 + kind, first) % 10
    seen = np.add.reduceat(((kind == VIEWED) & (days < WEEK_DAYS)).astype(np.int64), first)
    ends = np.maximum.reduceat((kind == MATURES).astype(np.int64), first) > 0
    return Interests(
        signs.customers, key[first] // items, key[first] % items, joined.astype(np.float32), leading, seen, ends
    )


def weights(settings: Settings) -> dict[str, tuple[float, float]]:
    """Weight and half-life of each kind from the settings; raises KequnError for a weight outside [0, 1)."""
    names = {"h": "held", "e": "ended", "d": "bought", "f": "failed", "a": "abandoned", "v": "viewed"}
    return {letter: _weight(settings, name) for letter, name in names.items()}


def _weight(settings: Settings, name: str) -> tuple[float, float]:
    given, half_life = (settings[f"scores.product_{what}_{name}"] for what in ("weight", "half_life"))
    if not isinstance(given, int | float) or not 0 <= given < 1:
        raise KequnError(f"Setting scores.product_weight_{name} must be from 0 to below 1, not {given!r}.")
    if not isinstance(half_life, int | float) or not half_life > 0:
        raise KequnError(f"Setting scores.product_half_life_{name} must be above 0 days, not {half_life!r}.")
    return float(given), float(half_life)


def _texts(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_null(column.type):
        column = pa.nulls(len(column), pa.string())
    return pc.fill_null(column.cast(pa.string()), "")


def _days(texts: pa.Array, row: Ints, fields: pa.Array) -> Ints:
    try:
        days = np.asarray(fields.cast(pa.int64()).to_numpy())
    except pa.ArrowInvalid:
        days = np.array([int(text) if text.isdigit() else -1 for text in fields.to_pylist()], np.int64)
    _refuse(texts, row[days < 0])
    return days


def _refuse(texts: pa.Array, wrong: Ints) -> None:
    """Stop at the first of the rows that are wrong."""
    if len(wrong):
        at = int(wrong[0])
        raise KequnError(f"Row {at + 1}: interactions {texts[at].as_py()[:60]!r} cannot be read.", HINT)


def floats(column: pa.Array | pa.ChunkedArray) -> Floats:
    """Numbers of a column; empty is NaN."""
    return np.asarray(pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False), np.float64)
