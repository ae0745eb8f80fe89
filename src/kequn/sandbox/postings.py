"""The standard table ``posting``, from flows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kequn.sandbox.codes import CATEGORY, KIND, TELLER, labels
from kequn.sandbox.files import blank, texts, yuan
from kequn.sandbox.flows import Flows
from kequn.sandbox.market import BANKS, bin_numbers
from kequn.sandbox.party import own_names
from kequn.sandbox.people import People
from kequn.sandbox.plan import Ints


def posting_table(people: People, moved: Flows, accounts: pa.Array) -> pa.Table:
    """All flows as postings; ``accounts`` are the identifiers of the flows' accounts."""
    second = people.chance("posting seconds").integers(0, 86_400, len(moved))
    auto = moved.channel == TELLER["auto"]
    second = np.where(auto, second % 10_800 + 3600, second % 50_400 + 8 * 3600)
    bins = bin_numbers(moved.bank, moved.level)
    return pa.table(
        {
            "posting_id": texts("P", people.chunk * 10**8 + np.arange(len(moved)), 12),
            "account_id": accounts,
            "posted_at": people.plan.moments(moved.day, second),
            "amount_yuan": yuan(np.abs(moved.amount)),
            "direction": labels((moved.amount < 0).astype(np.int64), ["in", "out"]),
            "kind": KIND.texts(moved.kind),
            "counterparty_name": _names(people, moved),
            "counterparty_account": _other_accounts(people, moved),
            "counterparty_bank": labels(moved.bank, list(BANKS)),
            "counterparty_bin": blank(pa.array(bins).cast(pa.string()), bins < 0),
            "own_name": moved.own > 0,
            "channel": TELLER.texts(moved.channel),
            "merchant_category": CATEGORY.texts(moved.category),
        }
    )


def _names(people: People, moved: Flows) -> pa.Array:
    """The counterparty's name: a known one, or for own accounts the customer's."""
    own = own_names(people)
    known = people.world.market.names
    number = np.where(moved.own > 0, len(known) + moved.person, moved.counterparty)
    return labels(number, pa.concat_arrays([known.cast(pa.string()), own.cast(pa.string())]))


def _other_accounts(people: People, moved: Flows) -> pa.Array:
    """One account elsewhere for each person, and one for each known counterparty."""
    number = np.where(moved.own > 0, 10**12 + people.number[moved.person] * 10 + np.maximum(moved.bank, 0),
                      2 * 10**12 + moved.counterparty)  # fmt: skip
    none = (moved.own == 0) & (moved.counterparty < 0)
    return pc.binary_join_element_wise("88", blank(pa.array(number).cast(pa.string()), none), "")


def drifting(people: Flows, share: float, chance: np.random.Generator) -> Ints:
    """Indices of flows that change the balance and get no posting: the ledgers that drift."""
    size = int(np.ceil(len(people) * share)) if len(people) else 0
    return np.sort(chance.choice(len(people), size, replace=False))
