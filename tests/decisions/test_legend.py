from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from kequn.decisions.bidding import Bidder
from kequn.decisions.bids import Product
from kequn.decisions.legend import campaign_table, pair_table, written
from kequn.decisions.past import Past, Tally
from kequn.decisions.registry import Refused


@pytest.fixture
def here(terms, campaign, offer):
    gift = offer(name="gift", benefit="gift", product_class="card", benefit_yuan="2", redeemed=0.25, lever=2.0)
    spring = campaign(
        "spring", offers=(offer(channels=("sms", "app")), gift), budget_yuan="50", daily_limit=9, minimum=1
    )
    past = Past({("spring", "deposit", "app"): Tally(40, 4, 5)}, {("deposit", "app"): Tally(40, 4)})
    refused = (Refused("late", "expired", "It ended.", "Begin anew."),)
    return terms(spring, refused=refused, past=past, products={"DEP1": Product(product_class="deposit")})


def test_every_campaign_is_listed_with_what_became_of_it(here):
    spring, late = campaign_table(here).to_pylist()
    assert (spring["campaign"], spring["status"], spring["message"]) == ("spring", "bidding", None)
    assert (spring["budget_fen"], spring["daily_limit"], spring["minimum"]) == (5000, 9, 1)
    assert spring["spent_fen"] == 45 * 1  # forty contacts in the app and five that stand
    assert spring["version"] == here.campaigns[0].version
    assert {name: value for name, value in late.items() if value is not None} == {
        "campaign": "late", "status": "expired", "message": "It ended.", "hint": "Begin anew.",
    }  # fmt: skip


def test_every_pair_is_listed_with_its_terms(here):
    rows = pair_table(here, Bidder(here, bytes(32), 5.0)).to_pylist()
    assert [(row["pair"], row["offer"], row["channel"]) for row in rows] == [
        (0, "deposit", "sms"), (1, "deposit", "app"), (2, "gift", "sms"),
    ]  # fmt: skip
    assert [(row["product_id"], row["product_class"]) for row in rows] == [("DEP1", "deposit")] * 2 + [(None, "card")]
    assert [row["cost_fen"] for row in rows] == [5, 1, 5 + 50]
    assert [row["lever"] for row in rows] == [1.0, 1.0, 2.0]
    assert [(row["own_contacts"], row["basis"]) for row in rows] == [(0, "prior"), (40, "own_history"), (0, "prior")]
    expected = here.past.expected("deposit", "app")
    assert rows[1]["expected"] == expected
    assert rows[1]["own_factor"] == pytest.approx((4 + 5) / (40 * expected + 5))


def test_tables_are_written_whole(here, tmp_path):
    assert written(campaign_table(here), tmp_path / "campaign") == 2
    assert pq.read_table(tmp_path / "campaign").equals(campaign_table(here))
