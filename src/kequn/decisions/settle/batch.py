"""Bids of some customers: the columns they come in, and the same memory as arrays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kequn.decisions.settle.compiled import compiled
from kequn.errors import KequnError

COLUMNS = ("customer_id", "draw", "rm", "rooms", "pair", "priority", "doubt")
LISTS = {"pair": pa.int16(), "priority": pa.int64(), "doubt": pa.float32()}
HALF = np.uint64(1 << 63)


class Bids(NamedTuple):
    """Bids of n customers with m pairs in all; those of customer i lie at ``starts[i] : starts[i + 1]``.

    ``draw`` (n): keyed hash, the order of handing out. ``rm`` (n): index, -1 none. ``rooms`` (n x caps): contacts
    that each cap allows tonight. ``pair`` (m): rising within a customer. ``priority`` (m): thousandths of a fen, above
    0. ``doubt`` (m): standard deviation of the priority, same unit.
    """

    customer: NDArray[np.int64]
    draw: NDArray[np.uint64]
    rm: NDArray[np.int32]
    rooms: NDArray[np.int8]
    starts: NDArray[np.int32]
    pair: NDArray[np.int16]
    priority: NDArray[np.int64]
    doubt: NDArray[np.float32]


def schema(caps: int, signed: bool = False) -> pa.Schema:
    """Columns of a batch of bids; ``draw`` is unsigned, or signed (the same bits less 2**63) for engines without."""
    return pa.schema(
        [
            ("customer_id", pa.int64()),
            ("draw", pa.int64() if signed else pa.uint64()),
            ("rm", pa.int32()),
            ("rooms", pa.list_(pa.int8(), caps)),
            *[(name, pa.list_(kind)) for name, kind in LISTS.items()],
        ]
    )


def bids_of(batch: pa.RecordBatch, caps: int) -> Bids:
    """A batch as arrays over the same memory; raises KequnError for columns of another shape."""
    missing = [name for name in COLUMNS if name not in batch.schema.names]
    if missing:
        raise KequnError(f"Bids lack column {missing[0]}.", f"They have {', '.join(COLUMNS)}.")
    starts, pair = _listed(batch, "pair")
    flat = [_listed(batch, name) for name in ("priority", "doubt")]
    if any(not np.array_equal(starts, other) for other, _ in flat):
        raise KequnError("Lists pair, priority and doubt of the bids differ in length.", "They have one entry a pair.")
    heads = (_plain(batch, "customer_id", np.int64), _ordered(batch), _plain(batch, "rm", np.int32))
    return read_only((*heads, _rooms(batch, caps), starts, pair, flat[0][1], flat[1][1]))


def read_only(arrays: Iterable[NDArray[Any]]) -> Bids:
    """Bids of arrays in the order of `Bids`, all marked read-only: compiled code then has one version of itself."""
    views = [array.view() for array in arrays]
    for view in views:
        view.flags.writeable = False
    return Bids(*views)


def _plain(batch: pa.RecordBatch, name: str, kind: type[np.generic]) -> NDArray[Any]:
    column = batch.column(name)
    if column.null_count:
        raise KequnError(f"Bids have NULL in column {name}.", "Every column of a bid has a value.")
    values = cast("NDArray[Any]", column.to_numpy())
    return values.astype(kind, copy=False)


def _ordered(batch: pa.RecordBatch) -> NDArray[Any]:
    """Draws as unsigned numbers, in the order in which the column itself sorts."""
    if pa.types.is_signed_integer(batch.column("draw").type):
        return _plain(batch, "draw", np.int64).view(np.uint64) ^ HALF
    return _plain(batch, "draw", np.uint64)


def _rooms(batch: pa.RecordBatch, caps: int) -> NDArray[Any]:
    column = batch.column("rooms")
    values = column.flatten()
    if column.null_count or values.null_count or len(values) != caps * batch.num_rows:
        raise KequnError(f"Bids do not have {caps} rooms for each customer.", "One entry a cap.")
    rooms = cast("NDArray[Any]", values.to_numpy()).astype(np.int8, copy=False)
    return rooms.reshape(batch.num_rows, caps)


def _listed(batch: pa.RecordBatch, name: str) -> tuple[NDArray[np.int32], NDArray[Any]]:
    """Starts and entries of a column of lists."""
    column = batch.column(name)
    if not pa.types.is_list(column.type) or column.type.value_type != LISTS[name]:
        raise KequnError(f"Column {name} of the bids is {column.type}, not a list of {LISTS[name]}.")
    offsets = column.offsets.to_numpy()
    values = column.values.slice(offsets[0], offsets[-1] - offsets[0])
    if column.null_count or values.null_count:
        raise KequnError(f"Bids have NULL in column {name}.", "Every column of a bid has a value.")
    return (offsets - offsets[0]).astype(np.int32, copy=False), values.to_numpy()


def verified(bids: Bids, pairs: int, rms: int, owned: NDArray[np.bool_]) -> Bids:
    """The same bids; raises KequnError, naming the customer, for what no campaign can have bid."""
    found, reason = _fault(bids.starts, bids.pair, bids.priority, bids.rm, bids.rooms, owned, rms)
    if found >= 0:
        words = FAULTS[reason].format(pairs=pairs, rms=rms)
        raise KequnError(
            f"Bids of customer {bids.customer[found]} {words}.", "Bids are checked before they are settled."
        )
    return bids


FAULTS = [
    "name a pair beyond the {pairs} there are",
    "name pairs that do not rise",
    "have a priority that is not positive",
    "name an RM beyond the {rms} there are",
    "have an owned pair, but no RM",
    "have a negative room",
]


@compiled
def _fault(
    starts: NDArray[np.int32],
    pair: NDArray[np.int16],
    priority: NDArray[np.int64],
    rm: NDArray[np.int32],
    rooms: NDArray[np.int8],
    owned: NDArray[np.bool_],
    rms: int,
) -> tuple[int, int]:
    """Position of the first customer with a fault and the fault's number in FAULTS; -1 where there is none."""
    for i in range(len(rm)):
        if rm[i] >= rms or rm[i] < -1:
            return i, 3
        if rooms[i].min() < 0:
            return i, 5
        for j in range(starts[i], starts[i + 1]):
            if pair[j] < 0 or pair[j] >= len(owned):
                return i, 0
            if j > starts[i] and pair[j] <= pair[j - 1]:
                return i, 1
            if priority[j] <= 0:
                return i, 2
            if owned[pair[j]] and rm[i] < 0:
                return i, 4
    return -1, 0
