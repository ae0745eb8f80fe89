"""In which order segments claim a customer: the first that a customer is in is the principal one."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pyarrow as pa

from kequn.insight.scores.record import listed
from kequn.workspace import Settings

SEGMENTS = b"kequn.segments"


def ordered(table: pa.Table, settings: Settings) -> list[str]:
    """Segments of ``table``: those that scores.segment_order names, then the bank's others in the order of names."""
    known = json.loads((table.schema.metadata or {}).get(SEGMENTS, b"[]"))
    names = dict.fromkeys([*listed(settings, "segment_order"), *sorted(known)])
    return [name for name in names if name in table.schema.names]


def with_segments(table: pa.Table, names: Iterable[str]) -> pa.Table:
    """``table`` that says, in the metadata of its schema, which of its flags are segments."""
    return table.replace_schema_metadata(
        {**(table.schema.metadata or {}), SEGMENTS: json.dumps(sorted(names)).encode()}
    )
