"""The small tables of a night's decisions: its campaigns with what became of them, and the pairs with their terms."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kequn.decisions.bidding import Bidder
from kequn.decisions.tonight import Tonight

CAMPAIGN = pa.schema([
    ("campaign", pa.string()), ("zh", pa.string()), ("en", pa.string()), ("department", pa.string()),
    ("purpose", pa.string()), ("status", pa.string()), ("message", pa.string()), ("hint", pa.string()),
    ("audience", pa.string()), ("starts", pa.date32()), ("ends", pa.date32()), ("holdout", pa.float64()),
    ("budget_fen", pa.int64()), ("spent_fen", pa.int64()), ("daily_limit", pa.int64()), ("minimum", pa.int64()),
    ("version", pa.string()),
])  # fmt: skip
PAIR = pa.schema([
    ("pair", pa.int16()), ("campaign", pa.string()), ("offer", pa.string()), ("channel", pa.string()),
    ("offer_zh", pa.string()), ("offer_en", pa.string()), ("department", pa.string()), ("purpose", pa.string()),
    ("product_id", pa.string()), ("product_class", pa.string()), ("cost_fen", pa.int64()), ("lever", pa.float64()),
    ("expected", pa.float64()), ("own_contacts", pa.int64()), ("own_factor", pa.float64()), ("basis", pa.string()),
])  # fmt: skip
# Where a pair's chance comes from, beside the customer's own scores.
PRIOR, OWN = "prior", "own_history"


def campaign_table(here: Tonight) -> pa.Table:
    """Every campaign of the workspace: ``status`` bidding, refused, waiting, expired or empty, with the message."""
    rows = [
        {
            "campaign": each.name, "zh": each.zh, "en": each.en, "department": each.department, "purpose": each.purpose,
            "status": "bidding", "audience": each.audience, "starts": each.starts, "ends": each.ends,
            "holdout": each.holdout, "budget_fen": each.budget_fen, "spent_fen": here.spent(each),
            "daily_limit": each.daily_limit, "minimum": each.minimum, "version": each.version,
        }
        for each in here.campaigns
    ]  # fmt: skip
    rows += [{"campaign": no.name, "status": no.status, "message": no.message, "hint": no.hint} for no in here.refused]
    return pa.Table.from_pylist(rows, CAMPAIGN)


def pair_table(here: Tonight, bidder: Bidder) -> pa.Table:
    """Every pair: what it costs, the share of contacts taken that is expected without scores, and its own history."""
    rows = []
    for pair in here.bids.pairs:
        campaign, offer = here.offer_of(pair.number)
        klass = here.klass(offer)
        expected = here.past.expected(klass, pair.channel)
        own = here.past.of_pair(campaign.name, offer.name, pair.channel, expected, bidder.weight)
        rows.append({
            "pair": pair.number, "campaign": campaign.name, "offer": offer.name, "channel": pair.channel,
            "offer_zh": offer.zh, "offer_en": offer.en, "department": campaign.department, "purpose": campaign.purpose,
            "product_id": offer.product, "product_class": klass or None, "cost_fen": here.cost_fen(pair.number),
            "lever": offer.lever, "expected": expected, "own_contacts": own.made, "own_factor": own.factor,
            "basis": OWN if own.made else PRIOR,
        })  # fmt: skip
    return pa.Table.from_pylist(rows, PAIR)


def written(table: pa.Table, folder: Path) -> int:
    """Write a table that fits in memory; returns its rows."""
    folder.mkdir(parents=True)
    pq.write_table(table, folder / "part-0.parquet", compression="zstd")
    return int(table.num_rows)
