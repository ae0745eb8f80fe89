"""The facts of a customer that the policy asks for, as columns: their names, types, and what unknown means.

All are as of the planned day. Null is unknown and never to the customer's risk: not consented, not reachable, opted
out, holding, a cap used up, no age, no money, no assessment. Null alone says that something never happened in
``risk_signal_kind``, ``days_since_complaint`` and ``refused_days_<offer>``.
"""

from __future__ import annotations

import pyarrow as pa

from kequn.decisions.bids import Bids
from kequn.decisions.policy.terms import Policy
from kequn.errors import KequnError

PERSON = {
    "customer_id": pa.int64(), "tier": pa.string(), "region": pa.string(), "risk_signal_kind": pa.string(),
    "staff_id": pa.string(), "age": pa.int64(), "aum": pa.int64(), "risk_tolerance": pa.int64(),
    "assessed_on": pa.date32(), "days_since_complaint": pa.int64(), "opted_out": pa.bool_(),
    "personalisation_refused": pa.bool_(), "has_mobile": pa.bool_(), "app_user": pa.bool_(), "has_email": pa.bool_(),
}  # fmt: skip


def schema(policy: Policy, bids: Bids) -> pa.Schema:
    """The columns of one night, in no order that matters.

    ``used_<cap>``: marketing contacts made or planned in the cap's window that ends on the planned day;
    ``may_<channel>``, ``service_<channel>``: consent; ``in_<campaign>``: in its audience; ``holds_<offer>``: holds its
    product; ``refused_days_<offer>``: days since its last refusal.
    """
    channels = sorted({pair.channel for pair in bids.pairs})
    columns = dict(PERSON)
    columns |= {f"used_{cap.name}": pa.int64() for cap in policy.caps}
    columns |= {f"{purpose}_{channel}": pa.bool_() for purpose in ("may", "service") for channel in channels}
    columns |= {f"in_{campaign.number}": pa.bool_() for campaign in bids.campaigns}
    columns |= {f"holds_{offer.number}": pa.bool_() for offer in bids.offers}
    columns |= {f"refused_days_{offer.number}": pa.int64() for offer in bids.offers}
    return pa.schema(list(columns.items()))


def check(policy: Policy, bids: Bids, given: pa.Schema) -> None:
    """Raise KequnError where a column is absent or of another kind: a fact left out must not pass for unknown."""
    for field in schema(policy, bids):
        place = given.get_field_index(field.name)
        if place < 0:
            raise KequnError(f"The facts have no column {field.name}.", "See kequn.decisions.policy.facts.schema.")
        found = given.field(place).type
        if found != field.type:
            raise KequnError(f"Column {field.name} of the facts is {found}, not {field.type}.", "Cast it.")
