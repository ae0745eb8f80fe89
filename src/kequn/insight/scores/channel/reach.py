"""Which channels may and can reach a customer: consent to marketing by channel, and the means that it needs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.insight.scores.encoding import Batch

Bools = NDArray[np.bool_]
# Channel -> column that must be true, or filled; a channel that is not named needs consent only.
MEANS = {
    "sms": "has_mobile", "rcs": "has_mobile", "ai_call": "has_mobile", "agent_call": "has_mobile",
    "app": "app_user", "rm": "staff_id", "email": "has_email",
}  # fmt: skip
OPTED_OUT, NO_CONSENT = "opted_out", "no_consent"


def consent_query(
    channels: Sequence[str], parameters: Parameters, purpose: str = "marketing", prefix: str = "may"
) -> Query:
    """One row a customer: ``<prefix>_<channel>`` by the newest decision of the channel and of all, and ``has_email``.

    As the tags consent_... say it: at the same instant no wins, and unknown is no.
    """
    instants = ",\n".join(
        f"MAX(CASE WHEN channel IN ('{channel}', 'all') AND {'' if yes else 'NOT '}yes THEN decided_at END)"
        f" AS {channel}_{'yes' if yes else 'no'}"
        for channel in channels
        for yes in (True, False)
    )
    flags = ", ".join(
        f"COALESCE(i.{channel}_yes > i.{channel}_no, i.{channel}_yes IS NOT NULL) AS {prefix}_{channel}"
        for channel in channels
    )
    text = f"""WITH decision AS (
  SELECT identity.customer_id, consent.channel, consent.decided_at,
    consent.granted AND (consent.expires_on IS NULL OR consent.expires_on >= as_of()) AS yes
  FROM consent JOIN identity ON consent.party_id = identity.party_id
  WHERE consent.purpose = '{purpose}'
),
instant AS (SELECT customer_id, {instants} FROM decision GROUP BY customer_id),
mail AS (
  SELECT identity.customer_id, bool_or(party.email_token IS NOT NULL) AS has_email
  FROM party JOIN identity ON party.party_id = identity.party_id
  GROUP BY identity.customer_id
)
SELECT mail.customer_id, COALESCE(mail.has_email, FALSE) AS has_email, {flags}
FROM mail LEFT JOIN instant AS i ON mail.customer_id = i.customer_id"""
    return compile_query(text, parameters, "channel_consent")


def barriers(table: Batch, channels: Sequence[str]) -> NDArray[np.object_]:
    """Customers x channels: why a channel cannot be used, the gravest reason first; empty where it can.

    ``opted_out``, ``no_consent``, or what is missing (``no_mobile``, ``no_app_user``, ``no_staff_id``, ``no_email``).
    """
    found = np.full((table.num_rows, len(channels)), "", dtype=object)
    out = _flag(table, "opted_out", absent=False)
    for place, channel in enumerate(channels):
        means = MEANS.get(channel)
        if means is not None:
            found[~_flag(table, means, absent=True), place] = f"no_{means.removeprefix('has_')}"
        found[~_flag(table, f"may_{channel}", absent=False), place] = NO_CONSENT
        found[out, place] = OPTED_OUT
    return found


def _flag(table: Batch, name: str, *, absent: bool) -> Bools:
    """True where the column is true, or filled; ``absent`` where the table has no such column."""
    if name not in table.schema.names:
        return np.full(table.num_rows, absent)
    column = table.column(name)
    given = column.fill_null(False) if pa.types.is_boolean(column.type) else pc.is_valid(column)
    return np.asarray(
        given.to_numpy(zero_copy_only=False) if isinstance(given, pa.Array) else given.to_numpy(), np.bool_
    )
