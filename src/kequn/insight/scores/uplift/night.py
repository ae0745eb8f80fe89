"""The uplift family in a bank: both arms of past months to learn from, and the night's table ``score_uplift``."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from importlib import resources

import pyarrow as pa
import pyarrow.compute as pc

from kequn.engine.build import Build, Progress, digest
from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.errors import KequnError
from kequn.insight.catalogue import Catalogue
from kequn.insight.scores.dates import month_ends
from kequn.insight.scores.model import Model
from kequn.insight.scores.record import listed
from kequn.insight.scores.replay import past, sample_percent
from kequn.insight.scores.uplift.learners import Learner
from kequn.insight.scores.uplift.score import SCHEMA, score_batch
from kequn.workspace import Settings, Workspace

TABLE = "score_uplift"
# Who may be contacted at all: the arms differ in nothing but the contact.
REACHABLE = ("consent_sms", "consent_call", "consent_app", "consent_wecom")
HELD = {
    "deposit": "has_time_deposit", "wealth": "has_wealth", "fund": "has_fund", "insurance": "has_insurance",
    "metal": "has_metal",
}  # fmt: skip


def training(
    workspace: Workspace, definitions: Catalogue, parameters: Parameters, progress: Progress | None = None
) -> pa.Table:
    """Both arms of drawn customers at past month-ends whose outcomes are known, with the tags of each month-end."""
    settings = parameters.settings
    percent = sample_percent(workspace, parameters.as_of, settings.integer("scores.uplift_customers"))
    arms = []
    with past(workspace, parameters.as_of, percent, definitions, progress=progress) as bank:
        with bank.on(parameters.as_of, ["tier"]) as build:
            panels = {day: build.engine.fetch(panel_query(Parameters(day, settings))) for day in _days(parameters)}
        for day, panel in panels.items():
            if panel.num_rows:
                with bank.on(day, _needed(definitions, settings)) as build:
                    tags = build.engine.fetch(_tags_query(definitions, Parameters(day, settings)))
                arms.append(panel.join(tags, "customer_id", join_type="inner"))
    if not arms:
        raise KequnError(f"There are no marketing contacts with a product before {parameters.as_of}.", "Load contact.")
    order: list[tuple[str, str]] = [(name, "ascending") for name in ("as_of", "customer_id", "product_class")]
    return with_held(pa.concat_tables(arms).sort_by(order))


def stage(build: Build, definitions: Catalogue, parameters: Parameters, model: Model) -> None:
    """Table ``score_uplift``: a row for each customer and class that the model knows."""
    query = scoring_query(definitions, parameters, model)
    key = digest(model.version, build.key(query))
    function = partial(held_batch, model)
    build.stage(TABLE, key, lambda folder: build.engine.map(query, function, SCHEMA, folder))


def held_batch(model: Model, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Score one batch of customers and classes."""
    return score_batch(model, with_held(pa.Table.from_batches([batch])).combine_chunks().to_batches()[0])


def scoring_query(definitions: Catalogue, parameters: Parameters, model: Model) -> Query:
    """One row a customer and class."""
    names = ", ".join(f"c.{name}" for name in _wanted(definitions, parameters.settings))
    classes = next(each for each in Learner.of(model.parts, "response").trees.features if each.name == "product_class")
    listed = " UNION ALL ".join(f"SELECT '{name}' AS product_class" for name in classes.categories)
    text = f"WITH class AS ({listed}) SELECT c.customer_id, class.product_class, {names} FROM customer AS c, class"
    return compile_query(text, parameters, TABLE)


def with_held(table: pa.Table) -> pa.Table:
    """The table with ``holds_class``: whether the customer holds the class of the row (by balance)."""
    found = pa.nulls(table.num_rows, pa.bool_())
    for name, column in HELD.items():
        if column in table.schema.names:
            found = pc.if_else(pc.equal(table["product_class"], name), table[column], found)
    return table.append_column("holds_class", found)


def panel_query(parameters: Parameters) -> Query:
    """Both arms of the month after the date of ``parameters``."""
    text = resources.files(__package__).joinpath("panel.sql").read_text("utf-8")
    return compile_query(text, parameters, "panel.sql")


def _tags_query(definitions: Catalogue, parameters: Parameters) -> Query:
    names = ", ".join(_wanted(definitions, parameters.settings))
    text = f"SELECT customer_id, {names} FROM customer WHERE ({' OR '.join(REACHABLE)}) AND NOT opted_out"
    return compile_query(text, parameters, "uplift_tags")


def _days(parameters: Parameters) -> list[date]:
    """Month-ends whose month of contacts and outcomes after it ended by the date of ``parameters``."""
    known = parameters.as_of - timedelta(days=parameters.settings.integer("scores.uplift_days"))
    return month_ends(known, parameters.settings.integer("scores.uplift_dates"))


def _wanted(definitions: Catalogue, settings: Settings) -> list[str]:
    return [name for name in listed(settings, "uplift_features") if name in definitions.types]


def _needed(definitions: Catalogue, settings: Settings) -> list[str]:
    return [*_wanted(definitions, settings), *REACHABLE, "opted_out"]
