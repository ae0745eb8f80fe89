"""Wrong rows at known rates: each is a copy of a good row with a new identifier and one fault."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Fault:
    """``value`` in ``column`` makes the loader quarantine a row for ``reason``; ``fresh`` names its identifier."""

    column: str
    value: str | int | None
    reason: str
    fresh: str | None


FAULTS = {
    "party": (Fault("sex", "X", "not_allowed", "party_id"), Fault("birth_date", "1985-02-30", "type", "party_id")),
    "account": (
        Fault("asset_class", "crypto", "not_allowed", "account_id"),
        Fault("party_id", "C9999999999", "reference", "account_id"),
    ),
    "balance": (Fault("account_id", "A999999999999", "reference", "account_id"),),
    "posting": (
        Fault("kind", "mystery", "not_allowed", "posting_id"),
        Fault("amount_yuan", -1, "out_of_range", "posting_id"),
        Fault("account_id", "A999999999999", "reference", "posting_id"),
    ),
    "app_event": (
        Fault("kind", "swipe", "not_allowed", "event_id"),
        Fault("party_id", "C9999999999", "reference", "event_id"),
    ),
    "purchase": (
        Fault("outcome", "maybe", "not_allowed", "purchase_id"),
        Fault("product_id", "ZZZ9999", "reference", "purchase_id"),
    ),
    "contact": (
        Fault("channel", "fax", "not_allowed", "contact_id"),
        Fault("party_id", "C9999999999", "reference", "contact_id"),
    ),
    "response": (Fault("contact_id", "T999999999999", "reference", "response_id"),),
    "consent": (Fault("purpose", "other", "not_allowed", "consent_id"),),
    "risk_profile": (Fault("tolerance", 9, "out_of_range", "assessment_id"),),
    "loan": (Fault("granted_on", "2024-13-01", "type", "loan_id"),),
    "card": (Fault("status", "lost", "not_allowed", "card_id"),),
    "merchant": (Fault("kind", None, "missing", "merchant_id"),),
    "relation": (Fault("kind", "friend", "not_allowed", None),),
}
TWICE = ("party", "posting", "app_event", "contact")
"""Tables in which some rows are delivered twice."""


@dataclass
class Dirt:
    """Adds wrong rows and counts them by table, day of delivery, reason and column."""

    part: str
    ppm: float
    counts: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)

    def add(self, table: str, day: str, data: pa.Table, chance: np.random.Generator) -> pa.Table:
        """``data`` with as many wrong rows of each fault as the rate gives, rounded down, in a new order."""
        size = int(data.num_rows * self.ppm / 1e6)
        if size == 0 or table not in FAULTS:
            return data
        clean = _as_text(data, [fault.column for fault in FAULTS[table]])
        parts = [clean]
        for number, fault in enumerate(FAULTS[table]):
            copied = clean.take(pa.array(np.sort(chance.choice(clean.num_rows, size, replace=False))))
            parts.append(_spoilt(copied, fault, f"Z{self.part}-{day}-{number}-"))
            self.counts[table, day, fault.reason, fault.column] += size
        if table in TWICE:
            parts.append(clean.take(pa.array(np.sort(chance.choice(clean.num_rows, size, replace=False)))))
            self.counts[table, day, "duplicate", ""] += size
        return pa.concat_tables(parts)


def _as_text(data: pa.Table, columns: list[str]) -> pa.Table:
    for name in dict.fromkeys(columns):
        kind = data.schema.field(name).type
        if pa.types.is_dictionary(kind) or pa.types.is_date(kind):
            data = data.set_column(data.column_names.index(name), name, data[name].cast(pa.string()))
    return data


def _spoilt(rows: pa.Table, fault: Fault, prefix: str) -> pa.Table:
    size = rows.num_rows
    if fault.fresh:
        fresh = pc.binary_join_element_wise(prefix, pa.array(np.arange(size)).cast(pa.string()), "")
        rows = _replaced(rows, fault.fresh, fresh)
    if fault.fresh == fault.column:
        return rows
    kind = rows.schema.field(fault.column).type
    if isinstance(fault.value, int) and pa.types.is_decimal(kind):
        return _replaced(rows, fault.column, pc.negate(rows[fault.column]))
    return _replaced(rows, fault.column, pa.array([fault.value] * size, kind))


def _replaced(rows: pa.Table, column: str, values: pa.Array) -> pa.Table:
    return rows.set_column(rows.column_names.index(column), rows.schema.field(column), values)
