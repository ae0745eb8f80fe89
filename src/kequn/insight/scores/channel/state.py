"""What each customer's contact history says, channel by channel: before each contact, and as of a night."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query

HISTORY = "channel_history"
COUNTS = ("contacts", "positives", "opened", "refused")
BEFORE = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"


def history_query(parameters: Parameters) -> Query:
    """One row a marketing contact with its answer; to be defined as ``channel_history``."""
    text = resources.files(__package__).joinpath("history.sql").read_text("utf-8")
    return compile_query(text, parameters, "history.sql")


def names(channels: Sequence[str]) -> list[str]:
    """Columns of the state, e.g. ``sms_contacts``: so often, over all time."""
    return [f"{channel}_{count}" for channel in channels for count in COUNTS]


def before_query(channels: Sequence[str], parameters: Parameters) -> Query:
    """Contacts of ``channel_history`` with the state at the end of the day before each of them."""
    running = ",\n".join(f"isum({name}) OVER (PARTITION BY customer_id ORDER BY day {BEFORE}) AS {name}"
                         for name in names(channels))  # fmt: skip
    state = ", ".join(f"COALESCE(running.{name}, 0) AS {name}" for name in names(channels))
    text = f"""WITH {_daily(channels)},
running AS (SELECT customer_id, day, {running} FROM daily)
SELECT h.customer_id, h.contact_id, h.contacted_on AS as_of, h.channel, h.daypart, h.responded, h.propensity,
  h.product_id, {state}
FROM {HISTORY} AS h
JOIN running ON h.customer_id = running.customer_id AND h.contacted_on = running.day
ORDER BY h.contacted_on, h.contact_id"""
    return compile_query(text, parameters, "channel_before")


def state_query(channels: Sequence[str], parameters: Parameters) -> Query:
    """One row a customer who was ever contacted: the state at the end of as_of."""
    sums = ", ".join(f"isum({name}) AS {name}" for name in names(channels))
    text = f"WITH {_daily(channels)} SELECT customer_id, {sums} FROM daily GROUP BY customer_id"
    return compile_query(text, parameters, "channel_state")


def _daily(channels: Sequence[str]) -> str:
    """What came to be known of a customer on each day: a contact on its day, an answer on the answer's."""
    sums = ", ".join(
        f"COUNT(CASE WHEN channel = '{channel}' AND what = '{count}' THEN 1 END) AS {channel}_{count}"
        for channel in channels
        for count in COUNTS
    )
    answers = "".join(
        f" UNION ALL SELECT customer_id, {day} AS day, channel, '{what}' AS what FROM {HISTORY} WHERE {day} IS NOT NULL"
        for what, day in (("positives", "positive_on"), ("opened", "opened_on"), ("refused", "refused_on"))
    )
    return f"""event AS (
  SELECT customer_id, contacted_on AS day, channel, 'contacts' AS what FROM {HISTORY}{answers}
),
daily AS (SELECT customer_id, day, {sums} FROM event GROUP BY customer_id, day)"""
