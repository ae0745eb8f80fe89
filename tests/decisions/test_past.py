"""Rates, budgets and what stands, against figures worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kequn.decisions.night import attach_standing, standing
from kequn.decisions.past import FLOOR, Past, Tally, past_of, past_query
from kequn.decisions.planned import PLAN
from kequn.engine.publish import Published
from kequn.workspace import Settings, Workspace

TODAY = date(2026, 6, 16)


def contact(number: int, **fields):
    usual = {
        "contact_id": number, "party_id": 1, "campaign": "spring", "offer": "deposit", "channel": "sms",
        "purpose": "marketing", "contacted_at": date(2026, 5, 1), "outcome": "delivered",
    }  # fmt: skip
    return usual | fields


def response(number: int, kind: str = "bought"):
    return {"response_id": number, "contact_id": number, "party_id": 1, "responded_at": TODAY, "kind": kind}


def read(small) -> Past:
    return past_of(small.build.engine.fetch(past_query(small.parameters)).to_pylist())


def test_contacts_are_counted_once_by_campaign_and_by_class(small):
    small.put("product", [
        {"product_id": "DEP1", "product_class": "deposit", "listed_on": date(2020, 1, 1)},
        {"product_id": "DEP1", "product_class": "deposit", "listed_on": date(2021, 1, 1)},
    ])  # fmt: skip
    small.put("contact", [
        contact(1, product_id="DEP1"), contact(2, product_id="DEP1", outcome="unknown"),
        contact(3, outcome="failed"), contact(4, channel="app"), contact(5, campaign=None, offer=None),
        contact(6, campaign="autumn", product_id="DEP1"),
    ])  # fmt: skip
    twice = response(1) | {"response_id": 9}
    small.put("response", [response(1), twice, response(2, "refused"), response(3), response(6)])
    found = read(small)
    assert found.own == {
        ("spring", "deposit", "sms"): Tally(2, 1), ("spring", "deposit", "app"): Tally(1, 0),
        ("autumn", "deposit", "sms"): Tally(1, 1), ("", "", "sms"): Tally(1, 0),
    }  # fmt: skip
    assert found.alike == {("deposit", "sms"): Tally(3, 2), ("", "app"): Tally(1, 0), ("", "sms"): Tally(1, 0)}


def test_what_stands_uses_up_and_teaches_nothing(small):
    small.put("contact", [contact(1)])
    small.put("plan_standing", [
        {"customer_id": n, "campaign": "spring", "offer": "deposit", "channel": "sms", "purpose": "marketing",
         "planned_day": TODAY} for n in (1, 2, 3)
    ])  # fmt: skip
    found = read(small)
    assert found.own["spring", "deposit", "sms"] == Tally(1, 0, 3)
    assert found.contacts("spring", "deposit") == 4
    assert found.expected("deposit", "sms") == Past(alike={("", "sms"): Tally(1, 0)}).expected("deposit", "sms")
    assert found.of_pair("spring", "deposit", "sms", 0.01, 5).made == 1


class TestRates:
    """1,000 contacts by message of which 10 were taken, 200 by call of which 20, of deposits and cards."""

    past = Past(
        own={("spring", "deposit", "sms"): Tally(300, 9), ("spring", "deposit", "app"): Tally(50, 0, 2),
             ("spring", "gift", "sms"): Tally(7, 0), ("autumn", "deposit", "sms"): Tally(4, 0)},
        alike={("deposit", "sms"): Tally(600, 8), ("card", "sms"): Tally(400, 2), ("card", "ai_call"): Tally(200, 20)},
    )  # fmt: skip
    overall: ClassVar = (30 + 200 * 0.005) / (1200 + 200)
    by_sms: ClassVar = (10 + 200 * overall) / 1200
    by_call: ClassVar = (20 + 200 * overall) / 400

    def test_without_any_contact_one_in_two_hundred(self):
        assert Past().expected("deposit", "sms") == pytest.approx(0.005)

    def test_a_class_and_channel_are_drawn_to_both(self):
        deposits = (8 + 200 * self.overall) / 800
        prior = deposits * self.by_sms / self.overall
        assert self.past.expected("deposit", "sms") == pytest.approx((8 + 200 * prior) / 800)

    def test_a_class_never_contacted_has_the_rate_of_the_channel(self):
        # Nothing is known of the class, so that it is drawn wholly to all contacts.
        assert self.past.expected("loan", "ai_call") == pytest.approx(self.by_call)

    def test_a_channel_never_used_has_the_rate_of_the_class(self):
        cards = (22 + 200 * self.overall) / 800
        assert self.past.expected("card", "rm") == pytest.approx(cards)

    def test_a_rate_is_never_nothing(self):
        assert Past(alike={("deposit", "sms"): Tally(10**9, 0)}).expected("deposit", "sms") == FLOOR

    def test_own_contacts_move_the_factor(self):
        own = self.past.of_pair("spring", "deposit", "sms", 0.01, 5)
        assert (own.made, own.factor) == (300, pytest.approx((9 + 5) / (300 * 0.01 + 5)))
        assert own.doubt == pytest.approx((9 + 5) ** 0.5 / (300 * 0.01 + 5))

    def test_without_own_contacts_the_factor_is_one(self):
        own = self.past.of_pair("spring", "deposit", "email", 0.01, 5)
        assert (own.made, own.factor, own.doubt) == (0, 1, pytest.approx(5**-0.5))

    def test_contacts_of_an_offer(self):
        assert self.past.contacts("spring", "deposit") == 352
        assert self.past.contacts("spring", "deposit", "app") == 52
        assert self.past.contacts("spring", "other") == 0


def test_budget_and_stock_that_are_left(terms, campaign, offer):
    gift = offer(name="gift", benefit="gift", benefit_yuan="3", redeemed=0.5, stock=9, channels=("app",))
    spring = campaign(offers=(offer(stock=400), gift), budget_yuan="100")
    here = terms(spring, campaign("autumn", offers=(offer(stock=3),)), past=TestRates.past)
    # 300 messages of 5 fen and 50 + 2 in the app of 1 fen, which the offer uses no longer; 7 gifts of 150 fen each.
    assert here.spent(spring) == 300 * 5 + 52 * 1 + 7 * (5 + 150)
    assert here.limits.budget.tolist() == [10_000 - 2637, -1]
    assert here.limits.offer.tolist() == [400 - 352, 2, 0]


def plan_of(folder, day: date, *customers: int) -> Published:
    rows = [
        {"customer_id": each, "campaign": "spring", "offer": "deposit", "channel": "sms", "purpose": "marketing",
         "planned_day": day} for each in customers
    ]  # fmt: skip
    (folder / "plan").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=PLAN), folder / "plan" / "part-0.parquet")
    return Published(day - timedelta(days=1), folder, {"tables": {"plan": {"hash": f"{day} {customers}"}}})


@pytest.mark.parametrize(
    ("delivered", "left"),
    [
        ([], [(1, 14), (1, 15), (2, 15), (3, 16)]),
        ([date(2026, 6, 13)], [(1, 14), (1, 15), (2, 15), (3, 16)]),
        ([date(2026, 6, 14)], [(1, 15), (2, 15), (3, 16)]),
        ([date(2026, 6, 15), date(2026, 6, 3)], [(3, 16)]),
        ([date(2026, 6, 16)], []),
    ],
)
def test_a_plan_stands_until_contacts_of_its_day_are_delivered(small, tmp_path, delivered, left):
    earlier = [
        plan_of(tmp_path / f"n{day}", date(2026, 6, day), *who) for day, who in ((14, (1,)), (15, (1, 2)), (16, (3,)))
    ]
    later = plan_of(tmp_path / "n17", date(2026, 6, 17), 4)
    small.put("contact", [contact(n, contacted_at=day) for n, day in enumerate(delivered)])
    attach_standing(small.build, small.parameters, [*earlier, later])
    query = "SELECT customer_id, EXTRACT(DAY FROM planned_day) AS day FROM plan_standing ORDER BY day, customer_id"
    rows = small.build.engine.connection.execute(query).fetchall()
    assert rows == left


def test_without_earlier_plans_nothing_stands(small):
    attach_standing(small.build, small.parameters, [])
    assert small.build.engine.connection.execute("SELECT COUNT(*) FROM plan_standing").fetchall() == [(0,)]


def test_only_nights_before_that_planned_and_not_long_ago_may_stand(monkeypatch, small, tmp_path):
    def night(day: date, *tables: str) -> Published:
        return Published(day, tmp_path, {"tables": {name: {} for name in tables}})

    found = [
        night(date(2026, 5, 15), "plan"), night(date(2026, 5, 16), "plan"), night(date(2026, 6, 15)),
        night(date(2026, 6, 15), "plan"), night(TODAY, "plan"), night(date(2026, 6, 17), "plan"),
    ]  # fmt: skip
    monkeypatch.setattr("kequn.decisions.night.nights", lambda _: found)
    assert standing(Workspace(tmp_path, Settings.load()), small.parameters) == [found[1], found[3]]
