from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kequn.decisions.beginning import beginning, tonight
from kequn.errors import KequnError

GOOD = """name: spring
zh: 春
en: Spring
department: deposits
audience: payroll
starts: 2026-01-01
ends: 2026-12-31
offers:
  - {name: deposit, zh: 存, en: Deposit, product: DEP1, channels: [sms], value_yuan: 1, template: {zh: 存}}
"""
PRODUCT = {"product_id": "DEP1", "product_class": "deposit", "subtype": "time", "listed_on": date(2020, 1, 1)}


@pytest.fixture
def home(workspace, monkeypatch):
    monkeypatch.setenv("KEQUN_DRAW_KEY", bytes(range(32)).hex())
    workspace.own("campaigns").mkdir()
    (workspace.own("campaigns") / "spring.yaml").write_text(GOOD, "utf-8")
    return workspace


@pytest.fixture
def bank(small):
    small.customers([{"customer_id": n, "payroll": n == 1} for n in (1, 2)])
    small.put("product", [PRODUCT])
    return small


def begin(bank, home):
    return tonight(bank.build, bank.definitions, bank.parameters, beginning(home))


def test_documents_are_read_once_and_have_one_version(home):
    begun = beginning(home)
    assert [campaign.name for campaign in begun.campaigns] == ["spring"]
    assert begun.version == beginning(home).version
    versions = {begun.version, replace(begun, secret=bytes(32)).version}
    for file, text in (
        ("policy.yaml", "contacts_per_night: 2"),
        ("campaigns/spring.yaml", GOOD.replace("value_yuan: 1", "value_yuan: 2")),
        ("campaigns/autumn.yaml", GOOD.replace("name: spring", "name: autumn")),
    ):
        (home.home / file).write_text(text, "utf-8")
        versions.add(beginning(home).version)
    assert len(versions) == 5
    assert begun.version != beginning(home).version


@pytest.mark.parametrize(("file", "text"), [("policy.yaml", "contacts: 2"), ("capacity.yaml", "rm_leads: 2")])
def test_a_wrong_policy_or_capacity_stops_the_night(home, file, text):
    (home.home / file).write_text(text, "utf-8")
    with pytest.raises(KequnError, match=file):
        beginning(home)


def test_a_wrong_campaign_does_not(home, bank):
    (home.own("campaigns") / "wrong.yaml").write_text("name: wrong", "utf-8")
    here = begin(bank, home)
    assert [campaign.name for campaign in here.campaigns] == ["spring"]
    assert [(no.name, no.status) for no in here.refused] == [("wrong", "refused")]


def test_the_planned_day_is_the_next_and_may_be_a_holiday(home, bank):
    assert (begin(bank, home).day.on, begin(bank, home).day.holiday) == (date(2026, 6, 17), False)
    bank.put("calendar", [
        {"day": date(2026, 6, 16), "holiday": True, "workday": False},
        {"day": date(2026, 6, 17), "holiday": False, "workday": True},
    ])  # fmt: skip
    assert not begin(bank, home).day.holiday
    bank.put("calendar", [{"day": date(2026, 6, 17), "holiday": True, "workday": False}])
    assert begin(bank, home).day.holiday


@pytest.mark.parametrize(
    ("listed", "withdrawn", "sold"),
    [
        (date(2026, 6, 16), None, True),
        (date(2026, 6, 16), date(2026, 6, 18), True),
        (date(2026, 6, 16), date(2026, 6, 17), False),
    ],
)
def test_products_are_those_of_the_planned_day(home, bank, listed, withdrawn, sold):
    row = {
        "risk_level": 3, "min_age": 18, "max_age": 70, "region": "HZ", "min_amount_fen": 500, "private_placement": True,
        "product_class": "wealth", "subtype": "fixed", "listed_on": listed, "withdrawn_on": withdrawn,
    }  # fmt: skip
    bank.put("product", [PRODUCT | row])
    found = begin(bank, home).products["DEP1"]
    assert (found.risk, found.min_age, found.max_age, found.region, found.min_amount_fen) == (3, 18, 70, "HZ", 500)
    assert (found.private, found.product_class, found.subtype, found.on_sale) == (True, "wealth", "fixed", sold)


def test_a_bank_without_a_shelf_refuses_products(home, bank):
    bank.put("product", [])
    assert "there is no product DEP1" in begin(bank, home).refused[0].message


def test_active_rms_have_the_branch_of_their_org(home, bank):
    bank.put("org", [
        {"org_id": "B1", "level": "sub_branch", "parent_org_id": "C1"},
        {"org_id": "O1", "level": "outlet", "parent_org_id": "B1"},
    ])  # fmt: skip
    staff = (
        ("S3", "O1", "rm"),
        ("S1", "B1", "chief_rm"),
        ("S2", "O1", "teller"),
        ("S5", "Q", "rm"),
        ("S4", None, "rm"),
    )
    rows = [{"staff_id": name, "org_id": org, "role": role, "active": True} for name, org, role in staff]
    bank.put("staff", [*rows, {"staff_id": "S6", "org_id": "O1", "role": "rm", "active": False}, rows[0]])
    here = begin(bank, home)
    assert dict(here.branch_of) == {"S1": "B1", "S3": "B1", "S4": "", "S5": "Q"}
    assert here.rms == ("S1", "S3", "S4", "S5")
    assert here.branches == ("", "B1", "Q")
    assert here.limits.branch_of.tolist() == [1, 1, 0, 2]
