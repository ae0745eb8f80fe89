"""Sizes and cross-coverage of segments: the bank's own tables for the whole bank, counted from customers below it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from kequn.engage.insight.frame import Frame
from kequn.engage.insight.overview.figures import totals
from kequn.engage.site.night import Rows
from kequn.insight.segments.cells import flags, kinds

Cell = dict[str, Any]


def sizes(frame: Frame) -> Rows:
    """segment, members, customer_share, aum_fen and aum_share, in the catalogue's order."""
    if frame.scope.everything and frame.night.has("segment_size"):
        rows = {row["segment"]: row for row in frame.night.rows("SELECT * FROM segment_size")}
        return [rows[name] for name in frame.definitions.segments if name in rows]
    found = totals(frame)
    return [
        {
            "segment": name, "members": each["customers"], "aum_fen": each["aum"],
            "customer_share": _share(each["customers"], found["customers"]),
            "aum_share": _share(each["aum"], found["aum"]),
        }
        for name, each in found["segments"].items()
    ]  # fmt: skip


def matrix(frame: Frame) -> list[Cell]:
    """One cell for each segment and each other segment or product, as table ``segment_matrix`` has them."""
    if frame.scope.everything and frame.night.has("segment_matrix"):
        rows = frame.night.rows("SELECT * FROM segment_matrix")
        order = {name: place for place, name in enumerate(names(frame))}
        last = len(order)
        return sorted(rows, key=lambda row: (order.get(row["segment"], last), order.get(row["target"], last)))
    return frame.kept("segment cells", lambda: list(_cells(frame)))


def names(frame: Frame) -> list[str]:
    """Flags that are counted and that the night has, segments first."""
    columns = frame.night.columns["customer"]
    return [name for name in flags(frame.definitions, frame.night.workspace.settings) if name in columns]


def combinations(frame: Frame) -> dict[int, int]:
    """Customers of the scope by the flags that they have together, the first flag in the lowest bit."""
    where, values = frame.scope.condition()
    worth = " + ".join(
        f"CASE WHEN {name} THEN {1 << place}::BIGINT ELSE 0 END" for place, name in enumerate(names(frame))
    )

    def read() -> dict[int, int]:
        rows = frame.night.rows(
            f"SELECT {worth or '0'} AS mask, COUNT(*) AS customers FROM customer WHERE {where} GROUP BY 1", **values
        )
        return {row["mask"]: row["customers"] for row in rows}

    return frame.kept("combinations", read)


def several(frame: Frame) -> list[int]:
    """Customers in no segment, in one, in two, and so on."""
    listed = names(frame)
    segments = sum(1 << place for place, name in enumerate(listed) if name in frame.definitions.segments)
    counted = [0] * (1 + segments.bit_count())
    for mask, customers in combinations(frame).items():
        counted[(mask & segments).bit_count()] += customers
    while len(counted) > 1 and not counted[-1]:
        counted.pop()
    return counted


def _cells(frame: Frame) -> Iterator[Cell]:
    listed, found = names(frame), combinations(frame)
    everybody = sum(found.values())
    both: dict[tuple[int, int], int] = {}
    for mask, customers in found.items():
        held = [place for place in range(len(listed)) if mask >> place & 1]
        for pair in product(held, held):
            both[pair] = both.get(pair, 0) + customers
    kind = kinds(frame.definitions, listed)
    segments = [place for place, name in enumerate(listed) if name in frame.definitions.segments]
    for one, other in product(segments, range(len(listed))):
        if one == other:
            continue
        members, takers, shared = both.get((one, one), 0), both.get((other, other), 0), both.get((one, other), 0)
        share, base = _share(shared, members), _share(takers, everybody)
        yield {
            "segment": listed[one], "target": listed[other], "kind": kind[listed[other]], "members": members,
            "target_members": takers, "both_members": shared, "share": share, "base_share": base,
            "lift": share / base if share is not None and base else None,
        }  # fmt: skip


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
