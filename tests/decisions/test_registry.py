from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial

import pytest

from kequn.decisions import beginning
from kequn.decisions.capacity import capacity
from kequn.decisions.registry import Checks, Refused, files, load, read_all, registry
from kequn.errors import KequnError

DAY = date(2026, 6, 17)
PRODUCTS = {"DEP1": "deposit", "CAR1": "card"}
GOOD = """name: {name}
zh: 春
en: Spring
department: deposits
audience: payroll
starts: 2026-01-01
ends: 2026-12-31
offers:
  - {{name: deposit, zh: 存, en: Deposit, product: DEP1, channels: [sms], value_yuan: 1, template: {{zh: 存}}}}
"""


@pytest.fixture
def checks(small, workspace) -> Checks:
    """A bank of three customers, two of them on the payroll, and a value score for deposits only."""
    rows = [{"customer_id": n, "payroll": n < 3, "aum": n * 100, "tier": "gold"} for n in (1, 2, 3)]
    small.customers(rows)
    sizes = partial(beginning._sizes, small.build.engine)
    return Checks(
        small.definitions, small.parameters, PRODUCTS, capacity(workspace), frozenset({"deposit"}), sizes
    )  # fmt: skip


def sorted_out(checks, *found):
    made = registry(found, checks, DAY)
    return [each.name for each in made.campaigns], {no.name: no for no in made.refused}


@pytest.mark.parametrize(
    ("changes", "status", "said", "hint"),
    [
        ({"department": "deposit"}, "refused", "there is no department deposit", "Did you mean deposits?"),
        ({"department": "q"}, "refused", "there is no department q", "Known: deposits, wealth"),
        ({"audience": "payrol"}, "refused", "campaigns/bad, audience, line 1, column 1", "payroll"),
        ({"audience": "aum > 0 and\n  payrol"}, "refused", "line 2, column 3", "payroll"),
        ({"audience": "tier = 'golden'"}, "refused", "golden", "gold"),
        ({"audience": "aum"}, "refused", "audience", ""),
        ({"audience": "payroll and"}, "refused", "audience", ""),
        ({"audience": "1 = 1; select 1"}, "refused", "audience", ""),
        ({"audience": "aum * 900000000000000000 > 1"}, "refused", "audiences cannot be computed", "audience count"),
        ({"audience": "aum > yuan(10)"}, "empty", "Nobody is in the audience of bad", "audience count"),
        ({"audience": "aum > 0"}, "refused", "is all 3 customers", "audience: everybody"),
        ({"audience": "payroll is null"}, "empty", "Nobody is in", ""),
        ({"ends": date(2026, 6, 16)}, "expired", "ended on 2026-06-16", ""),
        ({"starts": date(2026, 6, 18)}, "waiting", "starts on 2026-06-18", ""),
        ({"starts": date(2026, 6, 18), "audience": "payrol"}, "refused", "payrol", ""),
    ],
)
def test_a_faulty_campaign_says_why_and_the_others_bid(checks, campaign, changes, *, status, said, hint):
    bidding, refused = sorted_out(checks, campaign("bad", **changes), campaign("spring"), campaign("autumn"))
    assert bidding == ["autumn", "spring"]
    assert list(refused) == ["bad"]
    assert refused["bad"].status == status
    assert said in refused["bad"].message
    assert hint in refused["bad"].hint


@pytest.mark.parametrize(
    ("offer_changes", "said", "hint"),
    [
        ({"product": "DEP2"}, "campaigns/bad, offer deposit: there is no product DEP2.", "Did you mean DEP1?"),
        ({"product": "CAR1", "value_yuan": None}, "offer deposit: no value score speaks for class card", "value_yuan"),
        ({"product_class": "cards"}, "there is no product class cards", "Did you mean card?"),
        ({"benefit": "gift", "value_yuan": None, "product_class": "card"}, "no value score speaks for class card", ""),
    ],
)
def test_a_faulty_offer_names_its_campaign_and_itself(checks, campaign, offer, offer_changes, *, said, hint):
    bad = campaign("bad", offers=(offer(name="first"), offer(**offer_changes)))
    bidding, refused = sorted_out(checks, bad, campaign())
    assert bidding == ["spring"]
    assert said in refused["bad"].message
    assert hint in refused["bad"].hint


def test_scores_speak_for_a_product_without_a_value_and_for_a_benefit_of_their_class(checks, campaign, offer):
    product = campaign("product", offers=(offer(value_yuan=None),))
    benefit = campaign("benefit", offers=(offer(benefit="gift", value_yuan=None, product_class="deposit"),))
    assert sorted_out(checks, product, benefit) == (["benefit", "product"], {})


def test_a_window_holds_its_first_and_last_day(checks, campaign):
    bidding, _ = sorted_out(checks, campaign("first", starts=DAY), campaign("last", ends=DAY))
    assert bidding == ["first", "last"]


def test_everybody_may_be_meant(checks, campaign):
    assert sorted_out(checks, campaign(audience="everybody")) == (["spring"], {})


def test_campaigns_of_one_name_are_all_refused(checks, campaign):
    bidding, refused = sorted_out(checks, campaign(), campaign(minimum=1), campaign("autumn"))
    assert bidding == ["autumn"]
    assert refused["spring"] == Refused("spring", "refused", "Two campaigns are named spring.", "Rename one.")


def test_a_file_that_cannot_be_read_does_not_take_the_name_of_a_campaign(checks, campaign):
    faulty = Refused("spring", "refused", "campaigns/spring.yaml, line 1: field name is missing.")
    bidding, refused = sorted_out(checks, faulty, campaign())
    assert bidding == ["spring"]
    assert refused == {"spring": faulty}


def test_nobody_bids_where_there_is_no_customer(checks, campaign, small):
    small.customers([])
    bidding, refused = sorted_out(checks, campaign(), campaign("all", audience="everybody"))
    assert bidding == []
    assert {no.status for no in refused.values()} == {"empty"}


def test_sizes_are_counted_in_one_pass(checks, campaign):
    asked = []

    def counted(rules):
        asked.append(len(rules))
        return checks.sizes(rules)

    sorted_out(replace(checks, sizes=counted), campaign(), campaign("autumn"), campaign("bad", department="q"))
    assert asked == [2]


def test_every_file_is_a_campaign_or_a_fault(workspace):
    folder = workspace.own("campaigns")
    folder.mkdir()
    (folder / "b.yaml").write_text(GOOD.format(name="spring"), "utf-8")
    (folder / "a.yaml").write_text(GOOD.format(name="a").replace("zh: 春", "zh: 春\nbudget_yuan: 0.001"), "utf-8")
    (folder / "c.yaml").write_bytes(GOOD.format(name="c").encode("gb18030"))
    (folder / "d.yaml").mkdir()
    (folder / "e.yml.bak").write_text("no campaign", "utf-8")
    paths = files(workspace)
    assert [path.name for path in paths] == ["a.yaml", "b.yaml", "c.yaml", "d.yaml"]
    money, spring, coded, folder_ = read_all(paths)
    assert spring == load(paths[1])
    assert [no.name for no in (money, coded, folder_)] == ["a", "c", "d"]
    assert money.message.startswith("campaigns/a.yaml, line 3: field budget_yuan: ")
    assert money.hint == "It says '0.001'."
    assert coded.message == "campaigns/c.yaml is not UTF-8."
    assert folder_.message.startswith("campaigns/d.yaml cannot be read")
    with pytest.raises(KequnError, match="budget_yuan"):
        load(paths[0])
