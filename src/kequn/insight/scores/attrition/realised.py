"""What became of the customers that a past night scored, once the days of the outcome are over."""

from __future__ import annotations

from datetime import timedelta
from importlib import resources

import pyarrow as pa

from kequn.engine.build import Build, parquet_columns
from kequn.engine.macros import Parameters
from kequn.engine.publish import Published
from kequn.engine.query import Query, compile_query, renamed
from kequn.insight.scores.attrition.training import START

SCORED = "scored_then"


def realised(build: Build, parameters: Parameters, night: Published) -> tuple[pa.Table, pa.Table]:
    """(scores, outcomes): customer_id and probability as ``night`` published them, and outcome as it is known now.

    The outcome's days after ``night`` have ended by the date of ``parameters``; reads tables of the night in work.
    """
    then = Parameters(night.as_of, parameters.settings)
    for name, table in ((START, "customer"), (SCORED, "score_attrition")):
        folder = night.table(table)
        build.attach(name, [folder], parquet_columns(folder), str(night.folder.name))
    scored = compile_query(f"SELECT customer_id, probability FROM {SCORED}", then, SCORED)
    found = outcome_query(build, then, parameters)
    return build.engine.fetch(scored), build.engine.fetch(found)


def outcome_query(build: Build, then: Parameters, now: Parameters) -> Query:
    """customer_id and outcome; the tier of a month's end before today is that of the tier history."""
    horizon = then.as_of + timedelta(days=then.settings.integer("scores.outcome_days"))
    build.define("horizon", compile_query(f"SELECT DATE '{horizon}' AS day", then, "horizon"))
    today = "TRUE" if horizon == now.as_of else "FALSE"
    text = f"SELECT customer_id, tier_rank FROM customer WHERE {today}"
    build.define("customer_at_horizon", compile_query(text, then, "customer_at_horizon"))
    outcome = resources.files(__package__).joinpath("outcome.sql").read_text("utf-8")
    query = compile_query(outcome, then, "attrition/outcome.sql")
    build.define("outcome", renamed(query, {"customer": "customer_at_horizon"}))
    return compile_query("SELECT customer_id, left_bank AS outcome FROM outcome", then, "outcome")
