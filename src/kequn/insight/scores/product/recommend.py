"""The recommender: chances of classes, the order within them, masks before the top, and reasons; batch by batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kequn.insight.scores.encoding import Batch
from kequn.insight.scores.product.classes import LEAST, Classes
from kequn.insight.scores.product.features import inputs
from kequn.insight.scores.product.items import Items
from kequn.insight.scores.product.masks import Gates, People, Rules, people
from kequn.insight.scores.product.order import Order, traits
from kequn.insight.scores.product.reasons import Reasons, Weighing, centred
from kequn.insight.scores.product.shelf import Floats, Ints, Shelf, Singles
from kequn.insight.scores.product.signs import Interests, Signs, Weights, interests, read

# Customers whose scores for all products are in memory at once: they fit in a processor's cache.
ROWS = 4_096
# Utilities beyond this are cut, so that their exponentials stay finite in single precision.
STEEPEST = 60.0
# The classes that branches ask liking scores for.
LIKED = ("wealth", "fund")
CHANCE, DUE = "chance_", "due_"
PICKS = pa.schema({
    "customer_id": pa.int64(), "rank": pa.int64(), "product_id": pa.string(), "score": pa.float64(),
    "reason_zh": pa.string(), "reason_en": pa.string(), "rm_only": pa.bool_(),
})  # fmt: skip


@dataclass(frozen=True)
class Knobs:
    """What a model was fitted with and is scored with: weights of signs, limits, sizes."""

    rules: Rules
    weights: Weights
    top: int
    prior: float
    new_holders: int
    threads: int = 1


@dataclass(frozen=True)
class Recommender:
    """A fitted model over the shelf of a day; holds no engine, so that it can be sent to other machines.

    ``rates`` are the shares of customers who take each product within an outcome window, by popularity alone; rows
    without ``as_of`` are scored for ``day``.
    """

    items: Items
    order: Order
    classes: Classes
    knobs: Knobs
    rates: Mapping[str, float]
    day: np.datetime64

    @property
    def shelf(self) -> Shelf:
        return self.items.shelf

    @cached_property
    def gates(self) -> Gates:
        return Gates(self.shelf, self.knobs.rules)

    @cached_property
    def popular(self) -> Floats:
        return self.items.popular(self.knobs.prior)

    @cached_property
    def drawn(self) -> tuple[Singles, Singles]:
        return self.items.drawn(self.knobs.prior)

    @cached_property
    def by_signs(self) -> Singles:
        return self.order.by_signs(*self.drawn)

    @cached_property
    def by_traits(self) -> Singles:
        return self.order.by_traits(self.shelf, self.popular)

    @cached_property
    def everyone(self) -> Singles:
        """Chance of each product by popularity alone."""
        total = np.add.reduceat(self.popular, self.shelf.starts)[self.shelf.class_of]
        rate = np.array([max(self.rates.get(name, 0.0), LEAST) for name in self.shelf.product_class])
        return (rate * self.popular / total).astype(np.float32)

    @cached_property
    def _members(self) -> Singles:
        """Classes x products: 1 where the product is of the class."""
        found: Singles = (np.arange(len(self.shelf.classes))[:, None] == self.shelf.class_of).astype(np.float32)
        return found

    @cached_property
    def weighing(self) -> Weighing:
        weight = self.order.coefficients["popularity"] * np.log(self.popular)
        sizes = np.diff(np.append(self.shelf.starts, len(self.shelf)))
        mean = np.add.reduceat(weight, self.shelf.starts) / sizes
        few = self.items.few(self.knobs.new_holders)
        return Weighing(
            Reasons(self.shelf),
            centred(self.by_signs, self.shelf),
            self.items.usual,
            weight - mean[self.shelf.class_of],
            few,
        )

    def chances(self, batch: Batch) -> tuple[Floats, Floats]:
        """Customers x classes of the shelf: calibrated chance to take one, and what a holding running out adds.

        Whoever refused personalisation has everyone's chance; a class that the model does not know has none.
        """
        signs = self._signs(batch)
        matrix = interests(signs, len(self.shelf), self.knobs.weights).matrix(len(self.shelf))
        given = inputs(batch, signs, matrix, self.drawn[0], self.shelf, also=self._fitted)
        chance, due = self.classes.chances(given, self.knobs.threads)
        places = [self._fitted.index(name) if name in self._fitted else -1 for name in self.shelf.classes]
        nobody = np.zeros((batch.num_rows, 1))
        chance, due = (np.concatenate([part, nobody], axis=1)[:, places] for part in (chance, due))
        refused = people(batch, self.knobs.rules, self.day).refused
        chance[refused] = [self.rates.get(name, 0.0) for name in self.shelf.classes]
        due[refused] = 0
        return chance, due

    @cached_property
    def _fitted(self) -> list[str]:
        return [klass.name for klass in self.classes.each]

    def class_schema(self) -> pa.Schema:
        """customer_id, then ``chance_`` and ``due_`` of each class, also of those no longer on the shelf."""
        gone = [name for name in self._fitted if name not in self.shelf.classes]
        names = [prefix + name for prefix in (CHANCE, DUE) for name in (*self.shelf.classes, *gone)]
        return pa.schema({"customer_id": pa.int64()} | dict.fromkeys(names, pa.float64()))

    def class_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """For Engine.map: customers with interactions and tags to ``class_schema``."""
        found = {"customer_id": batch.column("customer_id").cast(pa.int64())}
        for prefix, part in zip((CHANCE, DUE), self.chances(batch), strict=True):
            for place, name in enumerate(self.shelf.classes):
                found[prefix + name] = pa.array(np.ascontiguousarray(part[:, place]))
        schema = self.class_schema()
        none = pa.array(np.zeros(batch.num_rows))
        return pa.RecordBatch.from_arrays([found.get(name, none) for name in schema.names], schema=schema)

    def pick_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """For Engine.map: customers with interactions, limits, chance_ and due_ to ``PICKS``."""
        chance, due = (
            np.stack([np.asarray(batch.column(prefix + name)) for name in self.shelf.classes], axis=1)
            for prefix in (CHANCE, DUE)
        )
        return self.picks(batch, chance, due)

    def picks(self, batch: Batch, chance: Floats, due: Floats) -> pa.RecordBatch:
        """The best products of each customer, as ``PICKS``; customers for whom nothing is allowed have no row."""
        who, signs = people(batch, self.knobs.rules, self.day), self._signs(batch)
        score, item, reason = (
            np.concatenate(parts) for parts in zip(*self._pieces(who, signs, chance, due), strict=True)
        )
        rows, rank = np.nonzero(score > 0)
        return self._written(batch, rows, rank, (score[rows, rank], item[rows, rank], reason[rows, rank]))

    def scores(self, who: People, signs: Signs, seen: Interests, chance: Floats) -> Singles:
        """Customers x products: the chance to take each, 0 where it may not be shown; ``seen`` are the joined signs."""
        utility = traits(who) @ self.by_traits
        utility += seen.matrix(len(self.shelf)) @ self.by_signs
        np.clip(utility, -STEEPEST, STEEPEST, out=utility)
        found: Singles = np.exp(utility, out=utility)
        can = self.gates.open(who, signs)
        found *= can
        within = np.add.reduceat(found, self.shelf.starts, axis=1, dtype=np.float32)
        ratio = (np.maximum(chance, LEAST) / np.maximum(within, LEAST)).astype(np.float32)
        found *= ratio @ self._members
        found[who.refused] = self.everyone
        found *= self.gates.allowed(who, can)
        return found

    def _signs(self, batch: Batch) -> Signs:
        return read(batch.column("interactions"), self.shelf)

    def _pieces(self, who: People, signs: Signs, chance: Floats, due: Floats) -> list[tuple[Singles, Ints, Ints]]:
        pieces = []
        for start in range(0, max(len(who), 1), ROWS):
            cut = slice(start, start + ROWS)
            part, mine = who.cut(cut), signs.cut(cut)
            seen = interests(mine, len(self.shelf), self.knobs.weights)
            score, item = best(self.scores(part, mine, seen, chance[cut]), self.knobs.top)
            pieces.append((score, item, self.weighing.of(item, seen, due[cut], part.refused)))
        return pieces

    def _written(self, batch: Batch, rows: Ints, rank: Ints, chosen: tuple[Singles, Ints, Ints]) -> pa.RecordBatch:
        score, item, reason = chosen
        texts = [pc.take(words, pa.array(reason)) for words in self.weighing.reasons.texts]
        private = np.array(self.shelf.private, np.bool_)
        ids = pc.take(batch.column("customer_id"), pa.array(rows)).cast(pa.int64())
        ids = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
        columns = [
            ids, pa.array(rank + 1), pc.take(self.shelf.codes, pa.array(item)), pa.array(score.astype(np.float64)),
            *texts, pa.array(private[item]),
        ]  # fmt: skip
        return pa.RecordBatch.from_arrays(columns, schema=PICKS)


def best(scores: Singles, top: int) -> tuple[Singles, Ints]:
    """The ``top`` highest of each row, the highest first, equal ones by their place; scores are 0 or more.

    Bits of a number that is not negative order like the number. So the place goes into the last bits, and one sort of
    plain whole numbers gives both: scores that agree to about one part in 30 thousand (200 products) are equal to it.
    """
    size = scores.shape[1]
    low = np.uint32((1 << (size - 1).bit_length()) - 1)
    keys = scores.view(np.uint32) & ~low
    keys |= low - np.arange(size, dtype=np.uint32)
    keys.partition(size - min(top, size), axis=1)
    place = (low - (keys[:, size - min(top, size) :] & low)).astype(np.int64)
    place.sort(axis=1)
    value = np.take_along_axis(scores, place, axis=1)
    order = np.argsort(-value, axis=1, kind="stable")
    return np.take_along_axis(value, order, axis=1), np.take_along_axis(place, order, axis=1)
