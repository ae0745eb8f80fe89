"""Whether a customer holds the class of an offer: a feature that belongs to the pair of both."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

HELD = {
    "deposit": "has_time_deposit", "wealth": "has_wealth", "fund": "has_fund", "insurance": "has_insurance",
    "metal": "has_metal",
}  # fmt: skip


def with_held(table: pa.Table) -> pa.Table:
    """The table with ``holds_class``: whether the customer holds the class of the row (by balance)."""
    found = pa.nulls(table.num_rows, pa.bool_())
    for name, column in HELD.items():
        if column in table.schema.names:
            found = pc.if_else(pc.equal(table["product_class"], name), table[column], found)
    return table.append_column("holds_class", found)
