"""The same night from arrays, from a file and on both engines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kequn.decisions.settle import prices as ledger
from kequn.decisions.settle.batch import schema
from kequn.decisions.settle.far import far
from kequn.decisions.settle.night import Effort, settle
from kequn.decisions.settle.plan import SCHEMA
from kequn.decisions.settle.stored import stored
from kequn.decisions.settle.sweeps import held
from kequn.engine.base import Engine
from kequn.errors import KequnError

TYPES = {
    "customer_id": "BIGINT",
    "draw": "BIGINT",
    "rm": "INTEGER",
    "rooms": "TINYINT[]",
    "pair": "SMALLINT[]",
    "priority": "BIGINT[]",
    "doubt": "FLOAT[]",
}
EFFORT = Effort(sample=80, sample_sweeps=10, sweeps=12)


@pytest.fixture(params=["duck", pytest.param("spark", marks=pytest.mark.spark)])
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.getfixturevalue(request.param)


def signed(bank) -> pa.Table:
    """The bids with a signed draw and rooms as plain lists: what both engines can hold."""
    table = pa.Table.from_batches([bank.batch])
    draw = (table["draw"].to_numpy() ^ np.uint64(1 << 63)).view(np.int64)
    rooms = pa.array(bank.rooms().astype(np.int8).tolist(), pa.list_(pa.int8()))
    return table.set_column(1, "draw", pa.array(draw)).set_column(3, "rooms", rooms)


def test_engines_sweep_like_arrays(bank, engine: Engine, tmp_path: Path) -> None:
    made = bank(11, 400)
    rms = len(made.limits.rm)
    table = signed(made)
    for number in range(2):
        pq.write_table(table.slice(200 * number, 200), tmp_path / f"part-{number}.parquet")
    engine.attach("bids", sorted(tmp_path.glob("*.parquet")), TYPES)
    near = held([made.batch], made.pairs, rms)
    sweeps = far(engine, "bids", tmp_path / "far", made.pairs, rms)
    steps = np.random.default_rng(1).integers(0, 30_000, len(ledger.free(made.limits).vector()))
    tolls = ledger.tolls(made.pairs, made.limits, ledger.priced(steps, made.limits))
    found, wanted = sweeps.sweep(tolls), near.sweep(tolls)
    assert found.value > 0
    assert (found.value, found.surplus) == (wanted.value, wanted.surplus)
    assert found.pair.tolist() == wanted.pair.tolist()
    assert found.rm.tolist() == wanted.rm.tolist()
    ordered = [np.concatenate([getattr(bids, name) for bids in sweeps.ordered()]) for name in ("draw", "pair")]
    assert ordered[0].tolist() == near.batches[0].draw.tolist()
    assert ordered[1].tolist() == near.batches[0].pair.tolist()


def test_a_night_through_an_engine_is_that_of_arrays(bank, duck: Engine, tmp_path: Path) -> None:
    made = bank(11, 400)
    rms = len(made.limits.rm)
    pq.write_table(signed(made), tmp_path / "part-0.parquet")
    duck.attach("bids", [tmp_path / "part-0.parquet"], TYPES)
    near = held([made.batch], made.pairs, rms)
    wanted = settle(near, made.pairs, made.limits, effort=EFFORT)
    sweeps = far(duck, "bids", tmp_path / "far", made.pairs, rms)
    found = settle(sweeps, made.pairs, made.limits, effort=EFFORT)
    assert (found.plan.value, found.bound, found.sweeps) == (wanted.plan.value, wanted.bound, wanted.sweeps)
    rows = pa.Table.from_batches(found.rows(sweeps), SCHEMA)
    assert rows.equals(pa.Table.from_batches(wanted.rows(near), SCHEMA))
    assert rows.num_rows > 50


def test_a_file_settles_like_arrays(bank, duck: Engine, tmp_path: Path) -> None:
    made = bank(12, 400)
    pq.write_table(signed(made), tmp_path / "part-0.parquet")
    duck.attach("bids", [tmp_path / "part-0.parquet"], TYPES)
    rms = len(made.limits.rm)
    sweeps = stored(duck, "bids", tmp_path / "stored", made.pairs, rms, threads=2)
    assert [file.name for file in (tmp_path / "stored").iterdir()] == ["bids.arrow"]
    wanted = settle(held([made.batch], made.pairs, rms), made.pairs, made.limits, effort=EFFORT)
    found = settle(sweeps, made.pairs, made.limits, effort=EFFORT)
    assert (found.plan.value, found.bound) == (wanted.plan.value, wanted.bound)
    assert sweeps.customers() == 400


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pair": [[7, 3]]}, "name pairs that do not rise"),
        ({"pair": [[3, 900]]}, "name a pair beyond the"),
        ({"priority": [[5, 0]]}, "have a priority that is not positive"),
        ({"rm": [44]}, "name an RM beyond the 3 there are"),
        ({"pair": [[1, 2]], "rm": [-1]}, "have an owned pair, but no RM"),
        ({"rooms": [[1, -2]]}, "have a negative room"),
        ({"doubt": [[0.5]]}, "differ in length"),
        ({"rm": [None]}, "NULL in column rm"),
    ],
)
def test_bids_that_no_campaign_makes_are_refused(bank, change, message) -> None:
    made = bank(1, 5)
    row = {"customer_id": [77], "draw": [1], "rm": [1], "rooms": [[1, 1]], "pair": [[1, 3]]}
    row |= {"priority": [[5, 5]], "doubt": [[0.5, 0.5]]}
    batch = pa.RecordBatch.from_pydict(row | change, schema=schema(2))
    with pytest.raises(KequnError, match=message):
        held([batch], made.pairs, 3)
