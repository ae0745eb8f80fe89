"""Attrition warning: who is leaving, in which segment, how soon, with how much, and why."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kequn.engine.build import Build, digest
from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.insight.catalogue import Catalogue
from kequn.insight.scores.attrition import profile
from kequn.insight.scores.attrition.ensemble import FAMILY, POOLED, Thresholds, ensemble
from kequn.insight.scores.attrition.features import input_query, inputs, watched_query
from kequn.insight.scores.attrition.fit import fit
from kequn.insight.scores.attrition.realised import realised
from kequn.insight.scores.attrition.score import SCHEMA, score, scored_batch
from kequn.insight.scores.attrition.training import training
from kequn.insight.scores.model import Model

__all__ = ["COLUMNS", "FAMILY", "fit", "input_query", "realised", "score", "stage", "training", "watched"]

COLUMNS = {
    "customer_id": "identifier, one row each (and as_of)",
    "as_of": "date of the row; or split: train, validate (fit only)",
    "left_bank": "label, true or false (fit only)",
    "shown_in": "third of the outcome's days in which it showed, 1 to 3 (fit only, optional)",
    "tier": "code, figures are given by it (fit only, optional)",
} | {name: f"{each.kind}: {each.en}" for name, each in inputs().features.items()}


def stage(build: Build, definitions: Catalogue, parameters: Parameters, model: Model) -> None:
    """Tables score_attrition_segment (a row a customer and segment, with timing and drivers), score_attrition (one
    row a customer: that of the principal segment) and churn_profile; reads ``customer``.
    """
    query, thresholds = input_query(definitions, parameters), Thresholds.of(parameters.settings)
    key = digest(model.version, build.key(query), str(thresholds))
    # One process maps all batches on DuckDB; Spark has as many as it has threads.
    threads = parameters.settings.integer("engine.threads") if build.engine.name == "duckdb" else 1
    scored = partial(scored_batch, model, thresholds, threads)
    build.stage("score_attrition_segment", key, lambda folder: build.engine.map(query, scored, SCHEMA, folder))
    columns = ", ".join(name for name in SCHEMA.names if name != "principal")
    text = f"SELECT {columns} FROM score_attrition_segment WHERE principal"
    build.table("score_attrition", compile_query(text, parameters, FAMILY))
    content = model.parts[profile.PART]
    build.stage("churn_profile", digest(content), lambda folder: _written(profile.table_of(content), folder))


def watched(definitions: Catalogue, parameters: Parameters, model: Model) -> Query:
    """What drift is watched on: the features of the model of all, and the published probability, by customer."""
    return watched_query(definitions, parameters, [each.name for each in ensemble(model).boosters[POOLED].features])


def _written(table: pa.Table, folder: Path) -> int:
    folder.mkdir(parents=True)
    pq.write_table(table, folder / "part-0.parquet")
    return int(table.num_rows)
