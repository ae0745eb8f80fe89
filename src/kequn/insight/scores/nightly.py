"""The scores of a night: every family that has a champion, then how far inputs and scores have drifted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kequn.engine.build import Build, digest
from kequn.engine.macros import Parameters
from kequn.engine.publish import Published
from kequn.engine.query import compile_query
from kequn.insight.catalogue import Catalogue
from kequn.insight.scores import drift
from kequn.insight.scores.families import NIGHTLY
from kequn.insight.scores.model import Model

REALISED = pa.schema([
    ("family", pa.string()), ("version", pa.string()), ("scored_on", pa.date32()), ("rows", pa.int64()),
    ("positives", pa.int64()), ("auc", pa.float64()), ("at_fit", pa.float64()), ("fall", pa.float64()),
    ("level", pa.string()),
])  # fmt: skip
COUNTED = "watched_"
SCHEMA = pa.schema([pa.field("family", pa.string()), pa.field("version", pa.string()), *drift.DRIFT])


def build_scores(
    build: Build,
    definitions: Catalogue,
    parameters: Parameters,
    models: Mapping[str, Model],
    past: Mapping[str, tuple[Published, Model]],
) -> None:
    """Tables ``score_...`` of each family in ``models``, ``score_drift``, and ``score_realised`` of nights ``past``.

    Reads ``customer`` and the bank's tables.
    """
    for name, model in models.items():
        NIGHTLY[name].stage(build, definitions, parameters, model)
    _build_drift(build, definitions, parameters, models)
    if past:
        known = (build.keys[name] for name in ("customer", "worth_ever", "account", "tier_month"))
        scored = (f"{night.folder.name} {model.version}" for night, model in past.values())
        limits = (str(parameters.settings[f"scores.{name}"]) for name in ("auc_fall_watch", "auc_fall_warn"))
        key = digest(*known, *scored, *limits)
        build.stage("score_realised", key, partial(_write_realised, build, parameters, past))


def _build_drift(build: Build, definitions: Catalogue, parameters: Parameters, models: Mapping[str, Model]) -> None:
    counted = {}
    for name, model in models.items():
        query = NIGHTLY[name].watched(definitions, parameters, model)
        if query is not None:
            key = digest(model.version, build.key(query))
            function = partial(count_batch, model)
            build.stage(f"{COUNTED}{name}", key, partial(build.engine.map, query, function, drift.COUNTS))
            counted[name] = model
    if counted:
        limits = repr([value for name, value in parameters.settings.values.items() if name.startswith("scores.psi")])
        key = digest(limits, *(build.keys[f"{COUNTED}{name}"] for name in counted))
        build.stage("score_drift", key, partial(_write_drift, build, parameters, counted))


def count_batch(model: Model, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Customers of one batch in the bins that the model was fitted on."""
    return drift.counted(model.about["distributions"], batch, batch.column(drift.SCORE).to_numpy(zero_copy_only=False))


def _write_drift(build: Build, parameters: Parameters, counted: Mapping[str, Model], folder: Path) -> int:
    tables = []
    for name, model in counted.items():
        text = f"SELECT feature, bin, isum(rows) AS rows FROM {COUNTED}{name} GROUP BY feature, bin"
        found = drift.drift(
            model, build.engine.fetch(compile_query(text, parameters, "score_drift")), parameters.settings
        )
        owner = [pa.array([each] * found.num_rows) for each in (name, model.version)]
        tables.append(pa.table([*owner, *found.columns], schema=SCHEMA))
    return _written(pa.concat_tables(tables), folder)


def _write_realised(
    build: Build, parameters: Parameters, past: Mapping[str, tuple[Published, Model]], folder: Path
) -> int:
    rows = []
    for name, (night, model) in past.items():
        found = NIGHTLY[name].realised(build, parameters, night)
        if found is not None:
            told = drift.realised(model, *found, parameters.settings)
            rows.append({"family": name, "version": model.version, "scored_on": night.as_of} | told)
    return _written(pa.Table.from_pylist(rows, REALISED), folder)


def _written(table: pa.Table, folder: Path) -> int:
    folder.mkdir(parents=True)
    pq.write_table(table, folder / "part-0.parquet")
    return int(table.num_rows)
