"""The uplift family in a bank: both arms of past months to learn from, and the night's table ``score_uplift``."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from importlib import resources

import pyarrow as pa

from kequn.engine.build import Build, Progress, digest
from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.errors import KequnError
from kequn.insight.catalogue import Catalogue
from kequn.insight.scores.dates import month_ends
from kequn.insight.scores.drift import SCORE
from kequn.insight.scores.model import Model
from kequn.insight.scores.record import listed
from kequn.insight.scores.replay import past, sample_percent
from kequn.insight.scores.timecheck import check
from kequn.insight.scores.uplift.held import with_held
from kequn.insight.scores.uplift.learners import Learner
from kequn.insight.scores.uplift.score import SCHEMA, score_batch
from kequn.workspace import Settings, Workspace

TABLE = "score_uplift"
# Who may be contacted at all: the arms differ in nothing but the contact.
REACHABLE = ("consent_sms", "consent_call", "consent_app", "consent_wecom")


def training(
    workspace: Workspace, definitions: Catalogue, parameters: Parameters, progress: Progress | None = None
) -> tuple[pa.Table, pa.Table]:
    """Both arms of drawn customers at past month-ends whose outcomes are known, with the tags of each month-end; and
    all drawn customers with their tags on the date of ``parameters``.
    """
    settings = parameters.settings
    percent = sample_percent(workspace, parameters.as_of, settings.integer("scores.uplift_customers"))
    arms = []
    with past(workspace, parameters.as_of, percent, definitions, progress=progress) as bank:
        check(bank, _wanted(definitions, settings), parameters)
        with bank.on(parameters.as_of, _wanted(definitions, settings)) as build:
            customers = build.engine.fetch(_customers_query(definitions, parameters))
            panels = {day: build.engine.fetch(panel_query(Parameters(day, settings))) for day in _days(parameters)}
        for day, panel in panels.items():
            if panel.num_rows:
                with bank.on(day, _needed(definitions, settings)) as build:
                    tags = build.engine.fetch(_tags_query(definitions, Parameters(day, settings)))
                arms.append(panel.join(tags, "customer_id", join_type="inner"))
    if not arms:
        raise KequnError(f"There are no marketing contacts with a product before {parameters.as_of}.", "Load contact.")
    order: list[tuple[str, str]] = [(name, "ascending") for name in ("as_of", "customer_id", "product_class")]
    return with_held(pa.concat_tables(arms).sort_by(order)), customers


def stage(build: Build, definitions: Catalogue, parameters: Parameters, model: Model) -> None:
    """Table ``score_uplift``: a row for each customer and class that the model knows."""
    query = scoring_query(definitions, parameters, model)
    key = digest(model.version, build.key(query))
    function = partial(held_batch, model)
    build.stage(TABLE, key, lambda folder: build.engine.map(query, function, SCHEMA, folder))


def watched(definitions: Catalogue, parameters: Parameters, model: Model) -> Query | None:
    """What drift is watched on: the tags, and the highest uplift over all classes, by customer."""
    if "customers" not in model.about:
        return None
    names = [name for name in model.about["distributions"] if name != SCORE]
    text = f"""WITH highest AS (SELECT customer_id, MAX(uplift) AS {SCORE} FROM {TABLE} GROUP BY customer_id)
SELECT c.customer_id, {", ".join(f"c.{name}" for name in names)}, highest.{SCORE}
FROM customer AS c JOIN highest ON c.customer_id = highest.customer_id"""
    return compile_query(text, parameters, TABLE)


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


def panel_query(parameters: Parameters) -> Query:
    """Both arms of the month after the date of ``parameters``."""
    text = resources.files(__package__).joinpath("panel.sql").read_text("utf-8")
    return compile_query(text, parameters, "panel.sql")


def _tags_query(definitions: Catalogue, parameters: Parameters) -> Query:
    names = ", ".join(_wanted(definitions, parameters.settings))
    text = f"SELECT customer_id, {names} FROM customer WHERE ({' OR '.join(REACHABLE)}) AND NOT opted_out"
    return compile_query(text, parameters, "uplift_tags")


def _customers_query(definitions: Catalogue, parameters: Parameters) -> Query:
    names = ", ".join(_wanted(definitions, parameters.settings))
    return compile_query(f"SELECT customer_id, {names} FROM customer", parameters, "uplift_customers")


def _days(parameters: Parameters) -> list[date]:
    """Month-ends whose month of contacts and outcomes after it ended by the date of ``parameters``."""
    known = parameters.as_of - timedelta(days=parameters.settings.integer("scores.uplift_days"))
    return month_ends(known, parameters.settings.integer("scores.uplift_dates"))


def _wanted(definitions: Catalogue, settings: Settings) -> list[str]:
    return [name for name in listed(settings, "uplift_features") if name in definitions.types]


def _needed(definitions: Catalogue, settings: Settings) -> list[str]:
    return [*_wanted(definitions, settings), *REACHABLE, "opted_out"]
