"""The oracle of the scores: the same rows with what only the sandbox knows, as far as it had happened by as_of."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kequn.engine.macros import Parameters
from kequn.engine.query import compile_query
from kequn.insight.scores import attrition
from kequn.insight.scores.attrition.features import inputs
from kequn.insight.scores.encoding import Floats
from kequn.insight.scores.metrics import share_of_oracle
from kequn.insight.scores.model import Model
from kequn.insight.scores.replay import DRAWN, Past
from kequn.workspace import Settings

TRAITS = ("hazard", "target_fen", "persuadable", "annoyed", "outside_level", "salary_yuan")
EVENTS = (
    "job_change_on", "paid_again_on", "house_on", "school_on", "retired_on", "shop_on", "unhappy_on", "leaves",
    "kept_on",
)  # fmt: skip
PREFIX = "truth_"


def with_truth(bank: Past, table: pa.Table, more: Mapping[str, str] | None = None) -> tuple[pa.Table, list[str]]:
    """``table`` (customer_id, as_of, ...) with columns of the truth, and the names of these.

    A trait is as it is; an event becomes the days since it happened, and is missing while it lies ahead of as_of.
    ``more`` adds further traits: name of the new column -> column of truth/customer.parquet with one number a person.
    """
    traits = {f"{PREFIX}{name}": name for name in TRAITS} | dict(more or {})
    people = pq.read_table(bank.workspace.truth / "customer.parquet", columns=["parties", *traits.values(), *EVENTS])
    person = _person_of(bank, people["parties"])
    places = pc.index_in(table["customer_id"], value_set=person["customer_id"])
    found = people.take(pc.take(person["person"], places))
    columns = {new: pc.cast(found[name], pa.float64()) for new, name in traits.items()}
    day = _days(table["as_of"])
    for name in EVENTS:
        since = day - _days(found[name])
        columns[f"{PREFIX}{name}"] = pa.array(np.where(since >= 0, since, np.nan))
    for name, column in columns.items():
        table = table.append_column(name, column)
    return table, list(columns)


def attrition_oracle(bank: Past, table: pa.Table, settings: Settings) -> Model:
    """The attrition model of the same learner on the same rows, which also sees the truth."""
    seeing, names = with_truth(bank, table)
    return attrition.fit(seeing, settings, [*inputs().features, *names])


def shares_of_oracle(model: Model, oracle: Model) -> dict[str, float | None]:
    """How far the model's AUC is on the way from 0.5 to the oracle's: ``pooled`` and each segment."""
    ours, theirs = model.about["metrics"], oracle.about["metrics"]
    segments = {name: (found["auc"], theirs["segment"][name]["auc"]) for name, found in ours["segment"].items()}
    pairs = {"pooled": (ours["pooled"]["auc"], theirs["pooled"]["auc"])} | segments
    return {name: share_of_oracle(*pair) for name, pair in pairs.items()}


def _person_of(bank: Past, parties: pa.ChunkedArray) -> pa.Table:
    """customer_id and place in the truth of each drawn customer, by the party that the customer is named after."""
    text = f"""SELECT d.customer_id, p.source_ref FROM {DRAWN} AS d JOIN party AS p ON p.party_id = d.party_id
        WHERE d.party_id = d.customer_id"""
    parameters = Parameters(bank.known_by, bank.workspace.settings)
    with bank.on(bank.known_by, []) as build:
        named = build.engine.fetch(compile_query(text, parameters, "truth"))
    lists = parties.combine_chunks()
    places = pc.index_in(named["source_ref"], value_set=pc.list_flatten(lists))
    return pa.table({"customer_id": named["customer_id"], "person": pc.take(pc.list_parent_indices(lists), places)})


def _days(column: pa.ChunkedArray) -> Floats:
    """Days as numbers, NaN where there is none."""
    numbers = pc.cast(pc.cast(pc.cast(column, pa.date32()), pa.int32()), pa.float64())
    return np.asarray(numbers.to_numpy(), np.float64)
