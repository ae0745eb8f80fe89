"""Facts of a random small bank against plain loops over its rows, day by day at the edges of every window."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from kequn.decisions import facts
from kequn.decisions.campaign import CHANNELS
from kequn.decisions.policy.facts import schema

AS_OF = date(2026, 6, 16)
PLANNED = AS_OF + timedelta(days=1)
PEOPLE = range(1, 61)
PARTIES = [(customer, customer + 1000 * copy) for customer in PEOPLE for copy in range(1 + (customer % 5 == 0))]


class Dice:
    """Rows of every table that facts read, with days around the ends of all windows."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def party(self) -> int:
        return self.random.choice(PARTIES)[1]

    def day(self) -> date:
        return AS_OF - timedelta(days=self.random.choice((0, 1, 5, 6, 7, 28, 29, 30, 200)))

    def instant(self) -> datetime:
        day = self.day()
        return datetime(day.year, day.month, day.day, *self.random.choice(((0, 0), (12, 30), (23, 59))))

    def some(self, count: int, row: Callable[[int], dict]) -> list[dict]:
        return [row(number) for number in range(count)]

    def of(self, *values):
        return self.random.choice(values)

    def contact(self, number: int) -> dict:
        return {
            "contact_id": number, "party_id": self.party(), "campaign": self.of("spring", "autumn", None),
            "offer": self.of("deposit", "gift"), "product_id": self.of("DEP1", "CAR1", None),
            "channel": self.of(*CHANNELS), "purpose": self.of("marketing", "marketing", "service"),
            "contacted_at": self.instant(), "outcome": self.of("delivered", "unknown", "failed"),
        }  # fmt: skip

    def response(self, number: int) -> dict:
        return {
            "response_id": number, "contact_id": number, "party_id": self.party(), "responded_at": self.instant(),
            "kind": self.of("bought", "refused", "refused", "complained"),
        }  # fmt: skip

    def standing(self, _: int) -> dict:
        return {
            "customer_id": self.of(*PEOPLE), "campaign": "spring", "offer": "deposit", "channel": self.of(*CHANNELS),
            "purpose": self.of("marketing", "service"), "planned_day": self.day(),
        }  # fmt: skip

    def consent(self, number: int) -> dict:
        return {
            "consent_id": number, "party_id": self.party(), "channel": self.of(*CHANNELS, "all", "all"),
            "purpose": self.of("marketing", "marketing", "service", "personalisation"),
            "granted": self.of(True, True, False), "decided_at": self.instant(),
            "expires_on": self.of(None, None, AS_OF, PLANNED, AS_OF - timedelta(days=1)),
        }  # fmt: skip

    def account(self, number: int) -> dict:
        customer, party = self.of(*PARTIES)
        days = (None, None, AS_OF - timedelta(days=1), AS_OF, PLANNED)
        return {
            "account_id": number, "party_id": party, "customer_id": customer, "product_id": self.of("DEP1", "X"),
            "opened_on": self.of(AS_OF, self.day()), "closed_on": self.of(*days), "matures_on": self.of(*days),
        }  # fmt: skip

    def card(self, number: int) -> dict:
        return {
            "card_id": number, "party_id": self.party(), "product_id": self.of("CAR1", "X"), "issued_on": self.day(),
            "expires_on": self.of(None, AS_OF - timedelta(days=1), AS_OF, PLANNED),
        }  # fmt: skip

    def loan(self, number: int) -> dict:
        return {
            "loan_id": number, "party_id": self.party(), "product_id": self.of("LOA1", "X"), "granted_on": self.day(),
            "closed_on": self.of(None, AS_OF - timedelta(days=1), AS_OF, PLANNED),
        }  # fmt: skip

    def customer(self, number: int) -> dict:
        return {
            "customer_id": number, "payroll": number % 3 > 0, "aum": self.random.randint(0, 10**9),
            "tier": self.of("mass", "gold"), "region": self.of("HZ", None), "risk_tolerance": self.of(None, 1, 5),
            "days_since_assessment": self.of(None, 0, 364), "staff_id": self.of(None, "S1", "S2", "S3", "S4", "S9"),
            "opted_out": self.of(True, False), "personalisation_refused": self.of(True, False),
            "has_mobile": self.of(True, False), "app_user": self.of(True, False),
            "risk_signal_kind": self.of(None, "fraud"),
        }  # fmt: skip


STAFF = [
    {"staff_id": "S1", "org_id": "O1", "role": "rm", "active": True},
    {"staff_id": "S1", "org_id": "O2", "role": "rm", "active": True},
    {"staff_id": "S2", "org_id": "O1", "role": "chief_rm", "active": True},
    {"staff_id": "S3", "org_id": "O1", "role": "rm", "active": False},
    {"staff_id": "S4", "org_id": "O1", "role": "teller", "active": True},
]
BIRTHS = (date(1960, 2, 29), date(1986, 6, 16), date(1986, 6, 17), date(1986, 6, 18), None)


@pytest.fixture
def here(terms, campaign, offer):
    spring = campaign(
        offers=(offer(channels=("sms", "app")), offer(name="gift", benefit="gift", channels=CHANNELS)),
    )  # fmt: skip
    everybody = campaign("all", audience="everybody", offers=(offer(name="card", product="CAR1"),))
    loan = campaign("loan", audience="aum >= yuan(5000000)", offers=(offer(product="LOA1"),))
    return terms(spring, everybody, loan)


class World:
    """A random bank and its facts."""

    def __init__(self, small, here, seed: int) -> None:
        dice = Dice(seed)
        self.customer = dice.some(len(PEOPLE), lambda place: dice.customer(PEOPLE[place]))
        small.customers(self.customer)
        small.put("identity", [{"customer_id": customer, "party_id": party} for customer, party in PARTIES])
        self.owner = {party: customer for customer, party in PARTIES}
        self.births = {number: dice.of(*BIRTHS) for number in PEOPLE}
        base = [{"customer_id": number, "birth_date": born} for number, born in self.births.items()]
        small.put("customer_base", base)
        self.party = [{"party_id": p, "system": "core", "email_token": dice.of(None, "t")} for _, p in PARTIES]
        small.put("party", self.party)
        small.put("staff", STAFF)
        self.made = {
            "contact": dice.some(400, dice.contact), "response": dice.some(300, dice.response),
            "plan_standing": dice.some(60, dice.standing), "consent": dice.some(400, dice.consent),
            "account": dice.some(80, dice.account), "card": dice.some(80, dice.card), "loan": dice.some(80, dice.loan),
        }  # fmt: skip
        for name, rows in self.made.items():
            small.put(name, rows)
        query = facts.define(small.build, small.definitions, small.parameters, here)
        self.table = small.build.engine.fetch(query)
        found = self.table.to_pylist()
        self.facts = {row["customer_id"]: row for row in found}
        assert len(found) == len(self.facts)

    def of(self, table: str, customer: int) -> list[dict]:
        rows = self.made[table]
        return [row for row in rows if row.get("customer_id", self.owner.get(row.get("party_id"))) == customer]

    def contacts(self, customer: int) -> list[tuple[date, str]]:
        """Days and channels of marketing contacts, made or standing."""
        made = [
            (row["contacted_at"].date(), row["channel"])
            for row in self.of("contact", customer) if row["purpose"] == "marketing" and row["outcome"] != "failed"
        ]  # fmt: skip
        standing = [
            (row["planned_day"], row["channel"])
            for row in self.of("plan_standing", customer) if row["purpose"] == "marketing"
        ]  # fmt: skip
        return made + standing


@pytest.fixture(params=[1, 2])
def world(request, small, here) -> World:
    return World(small, here, request.param)


def each(world: World, name: str) -> dict[int, object]:
    return {customer: row[name] for customer, row in world.facts.items()}


def test_the_facts_are_those_that_the_policy_asks_for(world, here):
    known = {field.name: field.type for field in world.table.schema}
    assert {field.name: known.get(field.name) for field in schema(here.policy, here.bids)} == {
        field.name: field.type for field in schema(here.policy, here.bids)
    }


def test_windows_end_on_the_planned_day(world, here):
    for cap in here.policy.caps:
        days = [PLANNED - timedelta(days=back) for back in range(cap.days)]
        used = {
            customer: sum(day in days and (not cap.channels or by in cap.channels)
                          for day, by in world.contacts(customer))
            for customer in PEOPLE
        }  # fmt: skip
        assert each(world, f"used_{cap.name}") == used
        # One day only is tonight's own, of which nothing is known yet.
        assert any(used.values()) == (cap.days > 1)


def test_a_refusal_silences_the_offer_and_its_product(world, here):
    contacts = {row["contact_id"]: row for row in world.made["contact"]}
    for number, (campaign, offer) in enumerate(here.offers):
        for customer in PEOPLE:
            days = [
                (PLANNED - row["responded_at"].date()).days
                for row in world.of("response", customer)
                if row["kind"] == "refused"
                for made in [contacts[row["contact_id"]]]
                if (made["campaign"], made["offer"]) == (campaign.name, offer.name)
                or (offer.product is not None and made["product_id"] == offer.product)
            ]
            assert world.facts[customer][f"refused_days_{number}"] == min(days, default=None)


def test_the_last_complaint_counts_whatever_it_was_about(world):
    for customer in PEOPLE:
        rows = [row for row in world.of("response", customer) if row["kind"] == "complained"]
        days = [(PLANNED - row["responded_at"].date()).days for row in rows]
        assert world.facts[customer]["days_since_complaint"] == min(days, default=None)


@pytest.mark.parametrize(("prefix", "purpose"), [("may", "marketing"), ("service", "service")])
def test_the_newest_decision_that_holds_on_the_planned_day_counts(world, prefix, purpose):
    seen = set()
    for channel in CHANNELS:
        for customer in PEOPLE:
            rows = [
                row
                for row in world.of("consent", customer)
                if row["purpose"] == purpose and row["channel"] in (channel, "all")
            ]
            newest = max((row["decided_at"] for row in rows), default=None)
            last = [row for row in rows if row["decided_at"] == newest]
            wanted = bool(last) and all(
                row["granted"] and (row["expires_on"] is None or row["expires_on"] >= PLANNED) for row in last
            )
            assert world.facts[customer][f"{prefix}_{channel}"] == wanted
            seen.add(wanted)
    assert seen == {True, False}


def test_held_products_are_open_ones(world, here):
    def ends_after(day: date | None, last: date) -> bool:
        return day is None or day > last

    for customer in PEOPLE:
        held = {
            row["product_id"]
            for row in world.of("account", customer)
            if ends_after(row["closed_on"], AS_OF) and ends_after(row["matures_on"], AS_OF - timedelta(days=1))
        }
        held |= {row["product_id"] for row in world.of("loan", customer) if ends_after(row["closed_on"], AS_OF)}
        before = AS_OF - timedelta(days=1)
        held |= {row["product_id"] for row in world.of("card", customer) if ends_after(row["expires_on"], before)}
        for number, (_, offer) in enumerate(here.offers):
            assert world.facts[customer][f"holds_{number}"] == (offer.product in held)


def test_ages_are_those_of_the_planned_day(world):
    ages = {None: None, BIRTHS[0]: 66, BIRTHS[1]: 40, BIRTHS[2]: 40, BIRTHS[3]: 39}
    assert each(world, "age") == {customer: ages[born] for customer, born in world.births.items()}


def test_an_rm_who_is_inactive_or_none_is_no_rm(world):
    wanted = {row["customer_id"]: row["staff_id"] if row["staff_id"] in ("S1", "S2") else None
              for row in world.customer}  # fmt: skip
    assert each(world, "staff_id") == wanted


def test_assessments_and_mail(world):
    days = {row["customer_id"]: row["days_since_assessment"] for row in world.customer}
    since = {number: None if back is None else AS_OF - timedelta(days=back) for number, back in days.items()}
    assert each(world, "assessed_on") == since
    mail = {world.owner[row["party_id"]] for row in world.party if row["email_token"]}
    assert each(world, "has_email") == {number: number in mail for number in PEOPLE}


def test_tags_are_those_of_the_night(world):
    for name in set(facts.TAGS):
        assert each(world, name) == {row["customer_id"]: row[name] for row in world.customer}


def test_everybody_is_in_an_audience_and_rules_choose(world):
    for row in world.customer:
        found = world.facts[row["customer_id"]]
        assert (found["in_0"], found["in_1"], found["in_2"]) == (row["payroll"], True, row["aum"] >= 500_000_000)


def test_who_is_in_no_audience_has_no_facts(small, terms, campaign):
    small.customers([{"customer_id": n, "payroll": n == 2, "aum": 5} for n in (1, 2, 3)] + [{"customer_id": 4}])
    here = terms(campaign(), campaign("rich", audience="aum > 5 or payroll is null"))
    query = facts.define(small.build, small.definitions, small.parameters, here)
    rows = {row["customer_id"]: row for row in small.build.engine.fetch(query).to_pylist()}
    assert {number: (row["in_0"], row["in_1"]) for number, row in rows.items()} == {2: (True, False), 4: (False, True)}


def test_nobody_has_facts_where_nothing_bids(small, terms):
    small.customers([{"customer_id": 1, "payroll": True}])
    query = facts.define(small.build, small.definitions, small.parameters, terms())
    assert small.build.engine.fetch(query).num_rows == 0
