"""The channel family in a bank: contacts to learn from, and the night's table ``score_channel``."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

from kequn.bank.contract import contracts
from kequn.engine.build import Build, Progress, digest
from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.errors import KequnError
from kequn.insight.catalogue import Catalogue
from kequn.insight.scores.channel.reach import consent_query
from kequn.insight.scores.channel.score import SCHEMA, score_batch
from kequn.insight.scores.channel.state import HISTORY, before_query, history_query, names, state_query
from kequn.insight.scores.dates import month_ends
from kequn.insight.scores.drift import SCORE
from kequn.insight.scores.model import Model
from kequn.insight.scores.record import listed
from kequn.insight.scores.replay import Past, past, sample_percent
from kequn.insight.scores.timecheck import check
from kequn.workspace import Settings, Workspace

TABLE = "score_channel"
STATE, CONSENT = "channel_state", "channel_consent"
REACH = ("has_mobile", "app_user", "staff_id", "opted_out")


def training(
    workspace: Workspace, definitions: Catalogue, parameters: Parameters, progress: Progress | None = None
) -> tuple[pa.Table, pa.Table]:
    """Contacts of drawn customers up to the date of ``parameters``, with the state before each and earlier tags; and
    all drawn customers on that date, as ``score`` takes them.

    Tags are those of the last of a few past dates before the contact, so never later ones. Contacts whose answers may
    still come are left out.
    """
    settings = parameters.settings
    answered = parameters.as_of - timedelta(days=settings.integer("scores.channel_response_days"))
    days = month_ends(
        answered, settings.integer("scores.channel_dates"), settings.integer("scores.channel_every_months")
    )
    percent = sample_percent(workspace, parameters.as_of, settings.integer("scores.channel_customers"))
    found = []
    with past(workspace, parameters.as_of, percent, definitions, progress=progress) as bank:
        check(bank, [*_named(definitions, settings, ("tier",)), *_segments(definitions, settings)], parameters)
        contacts, customers = _today(bank, parameters)
        for first, last in pairwise([*days, answered]):
            some = _between(contacts, first, last)
            if some.num_rows:
                found.append(some.join(_tags(bank, first, definitions, settings), "customer_id", join_type="inner"))
    if not found:
        raise KequnError(f"There are no marketing contacts before {answered}.", "Load tables contact and response.")
    return pa.concat_tables(found).sort_by([("as_of", "ascending"), ("contact_id", "ascending")]), customers


def stage(build: Build, definitions: Catalogue, parameters: Parameters, model: Model) -> None:
    """Table ``score_channel`` of the night (schema in score.py), and what it stands on."""
    _define(build, parameters)
    query = scoring_query(definitions, parameters)
    key = digest(model.version, build.key(query))
    function = partial(score_batch, model)
    build.stage(TABLE, key, lambda folder: build.engine.map(query, function, SCHEMA, folder))


def watched(definitions: Catalogue, parameters: Parameters, model: Model) -> Query | None:
    """What drift is watched on: tags, tier, segment, and the highest chance over all channels, by customer."""
    if "customers" not in model.about:
        return None
    names = [name for name in model.about["distributions"] if name not in (SCORE, "segment")]
    text = f"""WITH likeliest AS (
  SELECT customer_id, MAX(probability) AS {SCORE} FROM {TABLE} WHERE channel IS NOT NULL GROUP BY customer_id
)
SELECT c.customer_id, {", ".join(f"c.{name}" for name in names)},
  {_segment(definitions, parameters.settings)} AS segment, likeliest.{SCORE}
FROM customer AS c JOIN likeliest ON c.customer_id = likeliest.customer_id"""
    return compile_query(text, parameters, TABLE)


def scoring_query(definitions: Catalogue, parameters: Parameters) -> Query:
    """One row a customer: tags, group, state and consents."""
    channels = _channels()
    own = [f"c.{name}" for name in _named(definitions, parameters.settings, (*REACH, "tier"))]
    state = [f"COALESCE(s.{name}, 0) AS {name}" for name in names(channels)]
    consents = [f"COALESCE(m.may_{channel}, FALSE) AS may_{channel}" for channel in channels]
    text = f"""SELECT c.customer_id, {", ".join(own)}, {_segment(definitions, parameters.settings)} AS segment,
  COALESCE(m.has_email, FALSE) AS has_email, {", ".join(state)}, {", ".join(consents)}
FROM customer AS c
LEFT JOIN {STATE} AS s ON c.customer_id = s.customer_id
LEFT JOIN {CONSENT} AS m ON c.customer_id = m.customer_id"""
    return compile_query(text, parameters, TABLE)


def _tags(bank: Past, day: date, definitions: Catalogue, settings: Settings) -> pa.Table:
    wanted = _named(definitions, settings, ("tier",))
    needed = [*wanted, *_segments(definitions, settings)]
    columns = ", ".join(f"c.{name}" for name in wanted)
    text = f"SELECT c.customer_id, {columns}, {_segment(definitions, settings)} AS segment FROM customer AS c"
    with bank.on(day, needed) as build:
        return build.engine.fetch(compile_query(text, Parameters(day, settings), "channel_tags"))


def _today(bank: Past, parameters: Parameters) -> tuple[pa.Table, pa.Table]:
    """All contacts, each with the state before it, and all customers, on the date of ``parameters``."""
    definitions, settings = bank.definitions, parameters.settings
    needed = [*_named(definitions, settings, (*REACH, "tier")), *_segments(definitions, settings)]
    with bank.on(parameters.as_of, needed) as build:
        _define(build, parameters)
        customers = build.engine.fetch(scoring_query(definitions, parameters))
        return build.engine.fetch(before_query(_channels(), parameters)), customers


def _define(build: Build, parameters: Parameters) -> None:
    build.define(HISTORY, history_query(parameters))
    build.define(STATE, state_query(_channels(), parameters))
    build.define(CONSENT, consent_query(_channels(), parameters))


def _between(contacts: pa.Table, after: date, until: date) -> pa.Table:
    day = contacts["as_of"]
    return contacts.filter(pc.and_(pc.greater(day, pa.scalar(after)), pc.less_equal(day, pa.scalar(until))))


def _named(definitions: Catalogue, settings: Settings, more: tuple[str, ...]) -> list[str]:
    """Tags that features, groups and reachability need, as far as the bank has them."""
    wanted = dict.fromkeys([*listed(settings, "channel_features"), *more])
    return [name for name in wanted if name in definitions.types]


def _segments(definitions: Catalogue, settings: Settings) -> list[str]:
    return [name for name in listed(settings, "channel_segments") if name in definitions.types]


def _segment(definitions: Catalogue, settings: Settings) -> str:
    """The group of a customer, an expression: the first of the listed segments that fits."""
    cases = " ".join(f"WHEN c.{name} THEN '{name}'" for name in _segments(definitions, settings))
    return f"CASE {cases} ELSE 'other' END" if cases else "'other'"


def _channels() -> tuple[str, ...]:
    return tuple(contracts()["contact"].column("channel").allowed)
