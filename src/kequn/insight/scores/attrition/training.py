"""The table that attrition models learn from: customers of past dates, and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from importlib import resources
from pathlib import Path

import numpy as np
import pyarrow as pa

from kequn.engine.build import Build, parquet_columns
from kequn.engine.macros import Parameters
from kequn.engine.query import compile_query
from kequn.errors import KequnError
from kequn.insight.catalogue import Catalogue
from kequn.insight.scores.attrition.features import input_query, inputs
from kequn.insight.scores.attrition.ordered import with_segments
from kequn.insight.scores.replay import Past, past, sample_percent
from kequn.insight.scores.timecheck import check
from kequn.workspace import Settings, Workspace

START = "at_start"
OUTCOMES = ("left_bank", "halved", "lower_tier", "gone", "shown_in")
Notify = Callable[[str], None]


def training(
    workspace: Workspace, definitions: Catalogue, parameters: Parameters, progress: Notify | None = None
) -> pa.Table:
    """Customers of the population on past dates: features, segments, tier, as_of and the outcome.

    Everything is as known on the date of ``parameters``; the last past date is so early that its outcome is known.
    Rows are sorted by as_of and customer_id. Raises KequnError where the bank's past is too short, and where a feature
    sees later days than its own: by its definition, or against what a night published before.
    """
    settings = parameters.settings
    percent = sample_percent(workspace, parameters.as_of, settings.integer("scores.sample_customers"))
    with past(workspace, parameters.as_of, percent, definitions) as bank:
        days = past_dates(_beginning(bank), parameters.as_of, settings)
        check(bank, _tags(bank), parameters, partial(input_query, definitions), list(inputs().features))
        return with_segments(labelled(bank, days, progress or (lambda _: None)), definitions.segments)


def past_dates(first: date, known_by: date, settings: Settings) -> list[date]:
    """The dates to learn from, rising: those that validate, and before them, an outcome's days apart, those that train.

    They lie scores.step_days apart, so that every part of a month is learned from. Fewer train where the past is short.
    """
    gap, step = (timedelta(days=settings.integer(f"scores.{name}")) for name in ("outcome_days", "step_days"))
    earliest = first + timedelta(days=settings.integer("scores.history_days"))
    latest = known_by - gap
    later = [latest - number * step for number in range(settings.integer("scores.attrition_validate_dates"))]
    train = [later[-1] - gap - number * step for number in range(settings.integer("scores.train_dates"))]
    train = [day for day in train if day >= earliest]
    if not train:
        needed = 2 * gap.days + settings.integer("scores.history_days") + (len(later) - 1) * step.days
        raise KequnError(
            f"What is known from {first} to {known_by} is too short a past to learn from.",
            f"{needed} days are needed: two outcomes, the days between dates of validation, and a history before.",
        )
    return sorted([*train, *later])


def labelled(bank: Past, days: Sequence[date], notify: Notify) -> pa.Table:
    """Features at each of ``days`` (ascending) beside the outcome after it."""
    settings = bank.workspace.settings
    starts: dict[date, Path] = {}
    for day in days:
        with bank.on(day, _tags(bank)) as build:
            starts[day] = build.table(START, input_query(bank.definitions, Parameters(day, settings)))
        notify(f"{day}")
    horizon = days[-1] + timedelta(days=settings.integer("scores.outcome_days"))
    with bank.on(horizon, ["tier_rank"]) as build:
        text = f"SELECT DATE '{horizon}' AS day"
        build.define("horizon", compile_query(text, Parameters(horizon, settings), "horizon"))
        return pa.concat_tables(_joined(build, Parameters(day, settings), starts[day]) for day in days)


def _tags(bank: Past) -> set[str]:
    return inputs().tags | set(bank.definitions.segments)


def _joined(build: Build, parameters: Parameters, start: Path) -> pa.Table:
    columns = parquet_columns(start)
    build.attach(START, [start], columns, "")
    text = resources.files(__package__).joinpath("outcome.sql").read_text("utf-8")
    build.define("outcome", compile_query(text, parameters, "attrition/outcome.sql"))
    listed = ", ".join([f"s.{name}" for name in columns] + [f"o.{name}" for name in OUTCOMES])
    both = (
        f"SELECT {listed} FROM {START} AS s JOIN outcome AS o ON s.customer_id = o.customer_id ORDER BY s.customer_id"
    )
    table = build.engine.fetch(compile_query(both, parameters, "attrition"))
    return table.append_column("as_of", pa.array(np.full(table.num_rows, np.datetime64(parameters.as_of, "D"))))


def _beginning(bank: Past) -> date:
    """The first day of which the bank's events are known."""
    days = [part.first_day for part in bank.parts["posting"] if part.first_day]
    return min(days, default=bank.known_by)
