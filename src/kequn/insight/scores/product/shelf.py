"""The shelf as arrays: what each product is, who may buy it, and from when until when."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kequn.errors import KequnError

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

COLUMNS = (
    "product_id", "name_zh", "name_en", "product_class", "subtype", "risk_level", "min_amount_fen", "min_age",
    "max_age", "region", "private_placement", "listed_on", "withdrawn_on",
)  # fmt: skip
# Days that stand for "always" and "never".
ALWAYS, NEVER = "1900-01-01", "2200-01-01"
OLDEST = 150
RISK_LEVELS = 5
SEPARATORS = (",", ":")


@dataclass(frozen=True)
class Shelf:
    """Products ordered by class and then code, one place in each sequence a product; ``risk`` is 1 to 5 (R1..R5).

    ``region`` is empty where a product is sold everywhere; amounts are fen.
    """

    products: tuple[str, ...]
    zh: tuple[str, ...]
    en: tuple[str, ...]
    product_class: tuple[str, ...]
    subtype: tuple[str, ...]
    risk: tuple[int, ...]
    min_fen: tuple[int, ...]
    min_age: tuple[int, ...]
    max_age: tuple[int, ...]
    region: tuple[str, ...]
    private: tuple[bool, ...]
    listed: tuple[str, ...]
    withdrawn: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.products)

    @cached_property
    def codes(self) -> pa.Array:
        """Product codes as Arrow texts."""
        return pa.array(self.products, pa.string())

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Classes on the shelf, sorted: their products lie side by side."""
        return tuple(sorted(set(self.product_class)))

    @cached_property
    def class_of(self) -> Ints:
        """Place in ``classes`` of each product."""
        return np.array([self.classes.index(name) for name in self.product_class], np.int64)

    @cached_property
    def starts(self) -> Ints:
        """Place of the first product of each class."""
        return np.searchsorted(self.class_of, np.arange(len(self.classes)))

    def kinds(self) -> list[str]:
        """``class/subtype`` of each product: those of one kind are alike."""
        return [f"{klass}/{subtype}" for klass, subtype in zip(self.product_class, self.subtype, strict=True)]

    def named(self, names: Sequence[str]) -> Bools:
        """Which products belong to any of ``names``, each a class or ``class/subtype``."""
        return np.array(
            [k in names or s in names for k, s in zip(self.product_class, self.kinds(), strict=True)], np.bool_
        )

    def sold_on(self, day: np.datetime64) -> Bools:
        """Which products are listed and not withdrawn on ``day``."""
        listed, withdrawn = (np.array(days, "datetime64[D]") for days in (self.listed, self.withdrawn))
        found: Bools = (listed <= day) & (day < withdrawn)
        return found

    def text(self) -> str:
        """The shelf as JSON, one list a field."""
        return json.dumps({name: getattr(self, name) for name in self.__dataclass_fields__}, ensure_ascii=False)

    @classmethod
    def of_text(cls, text: str) -> Shelf:
        """The shelf that ``text`` wrote."""
        return cls(**{name: tuple(values) for name, values in json.loads(text).items()})

    @classmethod
    def of(cls, table: pa.Table, risky: Sequence[str]) -> Shelf:
        """From the columns of the standard table ``product``; only product_id and product_class must be there.

        A limit that is empty does not limit, except that a product of the classes ``risky`` without a risk level
        counts as R5. Raises KequnError for a code that is double, empty or contains ``,`` or ``:``.
        """
        rows = sorted(_rows(table), key=lambda row: (row["product_class"], row["product_id"]))
        _check(rows)
        return cls(
            products=tuple(row["product_id"] for row in rows),
            zh=tuple(row["name_zh"] or row["product_id"] for row in rows),
            en=tuple(row["name_en"] or row["product_id"] for row in rows),
            product_class=tuple(row["product_class"] for row in rows),
            subtype=tuple(row["subtype"] or "" for row in rows),
            risk=tuple(_risk(row, risky) for row in rows),
            min_fen=tuple(int(row["min_amount_fen"] or 0) for row in rows),
            min_age=tuple(int(row["min_age"] or 0) for row in rows),
            max_age=tuple(OLDEST if row["max_age"] is None else int(row["max_age"]) for row in rows),
            region=tuple(row["region"] or "" for row in rows),
            private=tuple(bool(row["private_placement"]) for row in rows),
            listed=tuple(str(row["listed_on"] or ALWAYS) for row in rows),
            withdrawn=tuple(str(row["withdrawn_on"] or NEVER) for row in rows),
        )


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    for name in ("product_id", "product_class"):
        if name not in table.schema.names:
            raise KequnError(f"The shelf has no column {name}.", "Give it the columns of the standard table product.")
    empty = dict.fromkeys(COLUMNS)
    return [empty | {n: v for n, v in row.items() if n in empty} for row in table.to_pylist()]


def _risk(row: dict[str, Any], risky: Sequence[str]) -> int:
    if row["risk_level"] is None:
        return RISK_LEVELS if row["product_class"] in risky else 1
    return int(row["risk_level"])


def _check(rows: list[dict[str, Any]]) -> None:
    if not rows:
        raise KequnError("The shelf is empty.", "Load the standard table product.")
    for row in rows:
        code = row["product_id"]
        if not code or not row["product_class"]:
            raise KequnError(f"Product {code!r} has no code or no class.", "Both are needed to recommend anything.")
        if any(separator in code for separator in SEPARATORS):
            raise KequnError(f"Product code {code!r} contains , or :.", "Map it to a code without them.")
    double = [code for code, count in Counter(row["product_id"] for row in rows).items() if count > 1]
    if double:
        raise KequnError(f"Product {double[0]} is on the shelf twice.", "Keep one row for each product_id.")
