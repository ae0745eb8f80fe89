from __future__ import annotations

import pytest

from kequn.decisions.bids import Product
from kequn.decisions.campaign import CHANNELS
from kequn.decisions.capacity import Department


@pytest.fixture
def here(terms, campaign, offer):
    spring = campaign(
        "spring", offers=(offer(channels=("ai_call", "rm")), offer(name="gift", benefit="gift", stock=8)),
        budget_yuan="12.34", daily_limit=5, minimum=2, holdout=0.25,
    )  # fmt: skip
    notice = campaign("notice", department="wealth", purpose="service", audience="everybody")
    return terms(notice, spring, products={"DEP1": Product(product_class="deposit", risk=2)},
                 branch_of={"S1": "B2", "S2": "B1"})  # fmt: skip


def test_bids_are_numbered_in_the_order_of_campaigns_offers_and_channels(here):
    bids = here.bids
    assert [(c.number, c.name, c.purpose, c.everybody, c.holdout_share) for c in bids.campaigns] == [
        (0, "notice", "service", True, 0.0), (1, "spring", "marketing", False, 0.25),
    ]  # fmt: skip
    assert [(o.number, o.campaign, o.name) for o in bids.offers] == [
        (0, 0, "deposit"),
        (1, 1, "deposit"),
        (2, 1, "gift"),
    ]
    assert [offer.product.risk if offer.product else None for offer in bids.offers] == [2, 2, None]
    pairs = [(pair.campaign, pair.offer, pair.channel) for pair in bids.pairs]
    assert pairs == [(0, 0, "sms"), (1, 1, "ai_call"), (1, 1, "rm"), (1, 2, "sms")]
    assert [here.klass(here.offer_of(pair)[1]) for pair in range(4)] == ["deposit"] * 3 + [""]


def test_pairs_are_settled_with_their_costs_and_caps(here):
    pairs = here.pairs
    assert pairs.campaign.tolist() == [0, 1, 1, 1]
    assert pairs.offer.tolist() == [0, 1, 1, 2]
    assert [CHANNELS[place] for place in pairs.channel] == ["sms", "ai_call", "rm", "sms"]
    assert [here.departments[place] for place in pairs.department] == ["wealth", "deposits", "deposits", "deposits"]
    assert pairs.cost.tolist() == [5, 35, 1500, 5]
    assert pairs.owned.tolist() == [False, False, True, False]
    assert pairs.service.tolist() == [True, False, False, False]
    # Column 0 is the night's own cap, column 1 the policy's cap of calls.
    assert pairs.caps.tolist() == [[True, False], [True, True], [True, False], [True, False]]


def test_limits_are_what_is_left(here, terms):
    limits = here.limits
    sms = here.capacity.channels["sms"].contacts
    assert limits.channel[CHANNELS.index("sms")] == sms == 200_000
    assert limits.channel[CHANNELS.index("rm")] == -1
    assert limits.offer.tolist() == [-1, -1, 8]
    assert limits.campaign.tolist() == [-1, 5]
    assert limits.budget.tolist() == [-1, 1234]
    assert limits.minimum.tolist() == [0, 2]
    assert (limits.rm.tolist(), limits.branch.tolist(), limits.branch_of.tolist()) == ([8, 8], [60, 60], [1, 0])
    assert limits.floor.tolist() == [0.0] * 6
    assert limits.floor_price == 300_000


def test_leads_of_single_rms_branches_and_floors(here, terms, campaign):
    changes = {
        "rm_leads": None, "rm_leads_of": {"S2": 1, "S9": 4}, "branch_leads_of": {"B1": 0},
        "departments": here.capacity.departments | {"cards": Department(zh="卡", en="Cards", floor=0.3)},
    }  # fmt: skip
    campaigns = (*here.campaigns, campaign("visa", department="cards"))
    limits = terms(*campaigns, branch_of=here.branch_of, capacity=here.capacity.model_copy(update=changes)).limits
    assert limits.rm.tolist() == [-1, 1]
    assert limits.branch.tolist() == [0, 60]
    assert limits.floor[here.departments.index("cards")] == 0.3


def test_a_department_without_marketing_tonight_has_no_floor(here, terms):
    """Otherwise every contact of the others would be charged for contacts that nobody asks for."""
    floors = {name: Department(zh=name, en=name, floor=0.2) for name in ("deposits", "wealth", "cards")}
    changes = {"departments": here.capacity.departments | floors}
    tonight = terms(*here.campaigns, capacity=here.capacity.model_copy(update=changes))
    asked = dict(zip(tonight.departments, tonight.limits.floor.tolist(), strict=True))
    assert (asked["deposits"], asked["wealth"], asked["cards"]) == (0.2, 0.0, 0.0)


def test_what_the_bank_adds_is_told_apart(here, terms):
    same = terms(*here.campaigns, products=here.products, branch_of=here.branch_of)
    assert same.around == here.around
    riskier = {"DEP1": Product(product_class="deposit", risk=3)}
    changed = [
        terms(*here.campaigns, products=riskier, branch_of=here.branch_of),
        terms(*here.campaigns, products=here.products, branch_of={"S1": "B2"}),
    ]
    assert here.around not in {each.around for each in changed}


def test_a_night_without_campaigns_has_empty_terms(terms):
    here = terms()
    assert (len(here.bids.pairs), len(here.pairs), len(here.limits.offer)) == (0, 0, 0)
    assert here.pairs.caps.shape == (0, 2)
