"""The value family in a bank: purchases to learn from, and the night's table ``score_value``."""

from __future__ import annotations

from functools import partial
from importlib import resources

import pyarrow as pa

from kequn.engine.build import Build, Progress, digest
from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.insight.catalogue import Catalogue
from kequn.insight.scores.drift import SCORE
from kequn.insight.scores.model import Model
from kequn.insight.scores.replay import past, sample_percent
from kequn.insight.scores.value.fit import WATCHED
from kequn.insight.scores.value.score import SCHEMA, score_batch
from kequn.workspace import Workspace

TABLE = "score_value"
ATTRITION = "score_attrition"


def training(
    workspace: Workspace, definitions: Catalogue, parameters: Parameters, progress: Progress | None = None
) -> tuple[pa.Table, pa.Table]:
    """Purchases of drawn customers whose 90 days after have passed, with AUM before and after; and the customers."""
    settings = parameters.settings
    percent = sample_percent(workspace, parameters.as_of, settings.integer("scores.value_customers"))
    with (
        past(workspace, parameters.as_of, percent, definitions, progress=progress) as bank,
        bank.on(parameters.as_of, WATCHED) as build,
    ):
        customers = build.engine.fetch(scoring_query(parameters, leaving=False))
        return build.engine.fetch(purchases_query(parameters)), customers


def purchases_query(parameters: Parameters) -> Query:
    """One row a purchase."""
    text = resources.files(__package__).joinpath("purchases.sql").read_text("utf-8")
    return compile_query(text, parameters, "purchases.sql")


def stage(build: Build, definitions: Catalogue, parameters: Parameters, model: Model) -> None:
    """Table ``score_value`` of the night; the chance to leave is ``score_attrition``'s, where the night has it."""
    query = scoring_query(parameters, leaving=ATTRITION in build.keys)
    function = partial(score_batch, model)
    key = digest(model.version, build.key(query))
    build.stage(TABLE, key, lambda folder: build.engine.map(query, function, SCHEMA, folder))


def watched(_definitions: Catalogue, parameters: Parameters, model: Model) -> Query | None:
    """What drift is watched on: tier, AUM, and the new money of all classes together, by customer."""
    if "customers" not in model.about:
        return None
    columns = ", ".join(f"c.{name}" for name in WATCHED)
    text = f"""WITH fresh AS (
  SELECT customer_id, isum(new_money_fen) AS new_money_fen FROM {TABLE} GROUP BY customer_id
)
SELECT c.customer_id, {columns}, CAST(fresh.new_money_fen AS DOUBLE) AS {SCORE}
FROM customer AS c JOIN fresh ON c.customer_id = fresh.customer_id"""
    return compile_query(text, parameters, TABLE)


def scoring_query(parameters: Parameters, *, leaving: bool) -> Query:
    """One row a customer."""
    text = "SELECT customer_id, tier, aum, CAST(NULL AS DOUBLE) AS leaving FROM customer"
    if leaving:
        text = f"""WITH risk AS (
  SELECT customer_id, MAX(probability) AS leaving FROM {ATTRITION} GROUP BY customer_id
)
SELECT c.customer_id, c.tier, c.aum, risk.leaving
FROM customer AS c LEFT JOIN risk ON c.customer_id = risk.customer_id"""
    return compile_query(text, parameters, TABLE)
