"""Code lists as small integers, so that chunks stay numeric until they are written."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kequn.bank.contract import contracts
from kequn.sandbox.plan import Bools, Ints


class Codes:
    """An ordered list of codes: ``CODES["payroll"]`` is its number."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self._numbers = {name: number for number, name in enumerate(names)}

    def __getitem__(self, name: str) -> int:
        return self._numbers[name]

    def __len__(self) -> int:
        return len(self.names)

    def texts(self, numbers: Ints) -> pa.Array:
        """The codes as dictionary-encoded text; a negative number is NULL."""
        return labels(numbers, list(self.names))


def labels(numbers: Ints, names: list[str] | pa.Array, absent: Bools | None = None) -> pa.Array:
    """``names[number]`` for each number, dictionary-encoded; NULL where negative or ``absent``."""
    missing = numbers < 0 if absent is None else absent | (numbers < 0)
    indices = pa.array(np.where(missing, 0, numbers).astype(np.int32), mask=missing)
    values = names if isinstance(names, pa.Array) else pa.array(names, pa.string())
    return pa.DictionaryArray.from_arrays(indices, values)


def _allowed(table: str, column: str) -> Codes:
    return Codes(*contracts()[table].column(column).allowed)


KIND = _allowed("posting", "kind")
TELLER = _allowed("posting", "channel")
CLASS = _allowed("product", "product_class")
CHANNEL = _allowed("contact", "channel")
CATEGORY = Codes(
    "grocery", "catering", "clothing", "electronics", "travel", "medical", "education", "home", "entertainment",
    "fuel", "toll", "car_insurance", "life_insurance", "property_insurance",
)  # fmt: skip
LEVEL = Codes("classic", "gold", "platinum", "diamond", "private")
TIER = Codes("mass", "potential", "gold", "platinum", "diamond", "private")
