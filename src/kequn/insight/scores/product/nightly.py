"""The product family in the night: what it is trained on, and the tables that it publishes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from importlib import resources

import numpy as np
import pyarrow as pa

from kequn.engine.build import Build, digest
from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.errors import KequnError
from kequn.insight.catalogue import Catalogue
from kequn.insight.scores.drift import SCORE
from kequn.insight.scores.model import Model
from kequn.insight.scores.product.features import tags
from kequn.insight.scores.product.masks import Rules
from kequn.insight.scores.product.packing import unpacked
from kequn.insight.scores.product.recommend import CHANCE, DUE, LIKED, PICKS
from kequn.insight.scores.product.shelf import Shelf
from kequn.insight.scores.product.table import with_shelf
from kequn.insight.scores.replay import Past, past, sample_percent
from kequn.insight.scores.timecheck import check
from kequn.workspace import Settings, Workspace

Notify = Callable[[str], None]

LIMITS = (
    "age", "region", "tier", "aum", "risk_tolerance", "assessment_valid", "personalisation_refused", "risk_signal",
    "staff_id",
)  # fmt: skip


def training(
    workspace: Workspace, definitions: Catalogue, parameters: Parameters, progress: Notify | None = None
) -> pa.Table:
    """The table for ``fit``: customers at past dates with what they took afterwards, and with it the shelf of today.

    Dates lie one outcome window apart and end one before the date of ``parameters``, so that all outcomes are known
    and no window overlaps another. Raises KequnError where the bank's past has fewer than two such dates.
    """
    settings, tables = parameters.settings, list[pa.Table]()
    percent = sample_percent(workspace, parameters.as_of, settings.integer("scores.product_fit_customers"))
    wanted, before = {*tags(), *LIMITS, *definitions.segments}, None
    with past(workspace, parameters.as_of, percent, definitions) as bank:
        check(bank, tags(), parameters)
        for day in _dates(bank, settings):
            with bank.on(day, wanted) as build:
                here = Parameters(day, settings)
                if before is not None:
                    tables.append(_joined(before, build.engine.fetch(_query("taken.sql", here))))
                _signs(build, here)
                before = _dated(build.engine.fetch(_customers(here, definitions)), day)
            (progress or (lambda _: None))(f"{day}")
        with bank.on(parameters.as_of, ["age"]) as build:
            tables.append(_joined(before, build.engine.fetch(_query("taken.sql", parameters))))
            shelf = Shelf.of(build.engine.fetch(_query("shelf.sql", parameters)), Rules.of(settings).risky)
    return with_shelf(pa.concat_tables(tables), shelf)


def _dates(bank: Past, settings: Settings) -> list[date]:
    """The last dates whose outcome is known, rising, one outcome window apart; none before the first known event."""
    first = min((part.first_day for part in bank.parts["posting"] if part.first_day), default=bank.known_by)
    window, most = settings.integer("scores.outcome_days"), settings.integer("scores.product_fit_dates")
    days = [bank.known_by - timedelta(days=window * step) for step in range(most, 0, -1)]
    known = [day for day in days if day >= first]
    if len(known) < 2:
        raise KequnError(
            f"What is known from {first} to {bank.known_by} is too short a past to learn from.",
            f"{2 * window} days are needed: an outcome to train on, and a later one to validate on.",
        )
    return known


def stage(build: Build, definitions: Catalogue, parameters: Parameters, model: Model) -> None:
    """Publish ``score_class``, ``score_liking`` and ``score_product`` of the night.

    score_class: customer_id, chance_<class> (to take one of the class in the outcome window) and due_<class> (what a
    holding that runs out adds to the logarithm of the chance); score_liking: customer_id, wealth, fund;
    score_product: see ``recommend.PICKS``, at most scores.product_top rows a customer.
    """
    _signs(build, parameters)
    shelf = Shelf.of(build.engine.fetch(_query("shelf.sql", parameters)), Rules.of(parameters.settings).risky)
    ranker = unpacked(model, shelf, np.datetime64(parameters.as_of, "D"), parameters.settings)
    whole = _customers(parameters, definitions)
    key = digest(model.version, shelf.text(), build.key(whole))
    build.stage(
        "score_class", key,
        partial(build.engine.map, whole, ranker.class_batch, ranker.class_schema()),
    )  # fmt: skip
    build.table("score_liking", compile_query(_liking(shelf), parameters, "score_liking"))
    limited = compile_query(_with_chances(shelf), parameters, "score_product")
    key = digest(model.version, shelf.text(), repr(ranker.knobs), build.key(limited))
    build.stage("score_product", key, partial(build.engine.map, limited, ranker.pick_batch, PICKS))


def watched(definitions: Catalogue, parameters: Parameters, model: Model) -> Query:
    """One row a customer of ``score_class``: the tags that drift is watched of, and the chance to take anything."""
    names = [name for name in model.about["distributions"] if name != SCORE]
    chances = [klass.name for klass in unpacked(model).classes.each]
    columns = "".join(f", customer.{name} AS {name}" for name in names)
    none = " * ".join(f"(1 - COALESCE(score_class.{CHANCE}{name}, 0))" for name in chances)
    text = (
        f"SELECT customer.customer_id{columns}, 1 - {none} AS {SCORE}"
        " FROM customer JOIN score_class ON customer.customer_id = score_class.customer_id"
    )
    return compile_query(text, parameters, "product")


def _signs(build: Build, parameters: Parameters) -> None:
    build.table("product_sign", _query("interactions.sql", parameters))


def _customers(parameters: Parameters, definitions: Catalogue) -> Query:
    """One row a customer: interactions, limits, the tags that the trees look at, and the segments."""
    names = list(dict.fromkeys([*LIMITS[:-1], *tags(), *definitions.segments]))
    columns = ", ".join(f"customer.{name} AS {name}" for name in names)
    text = (
        f"SELECT customer.customer_id, product_sign.interactions, customer.staff_id IS NOT NULL AS has_rm, {columns}"
        " FROM customer LEFT JOIN product_sign ON customer.customer_id = product_sign.customer_id"
    )
    return compile_query(text, parameters, "product customers")


def _with_chances(shelf: Shelf) -> str:
    limits = ", ".join(f"customer.{name} AS {name}" for name in LIMITS[:-1])
    chances = ", ".join(f"score_class.{p}{name} AS {p}{name}" for p in (CHANCE, DUE) for name in shelf.classes)
    return (
        f"SELECT customer.customer_id, product_sign.interactions, customer.staff_id IS NOT NULL AS has_rm, {limits},"
        f" {chances} FROM customer JOIN score_class ON customer.customer_id = score_class.customer_id"
        " LEFT JOIN product_sign ON customer.customer_id = product_sign.customer_id"
    )


def _liking(shelf: Shelf) -> str:
    known = [f"{CHANCE}{name}" if name in shelf.classes else "CAST(NULL AS DOUBLE)" for name in LIKED]
    columns = ", ".join(f"{source} AS {name}" for source, name in zip(known, LIKED, strict=True))
    return f"SELECT customer_id, {columns} FROM score_class"


def _query(file: str, parameters: Parameters) -> Query:
    text = resources.files(__package__).joinpath(file).read_text("utf-8")
    return compile_query(text, parameters, file)


def _dated(table: pa.Table, day: date) -> pa.Table:
    return table.append_column("as_of", pa.array([day] * table.num_rows, pa.date32()))


def _joined(before: pa.Table, taken: pa.Table) -> pa.Table:
    """Customers of a date with what they took afterwards, by customer_id."""
    return before.join(taken, "customer_id", join_type="left outer").sort_by("customer_id")
