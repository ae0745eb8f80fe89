"""Bids, exclusions and fates of random batches against the policy row by row and a plain calculation of priorities."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kequn.decisions import chance, flat
from kequn.decisions.bidding import SCHEMA, Bidder
from kequn.decisions.bids import Product
from kequn.decisions.capacity import ChannelCapacity
from kequn.decisions.facts import CHANNELS
from kequn.decisions.fates import ALL, BIDDING, NOT_WORTH, OUTSIDE
from kequn.decisions.past import Past, Tally
from kequn.decisions.policy import rows
from kequn.decisions.policy.facts import schema
from kequn.decisions.policy.rules import reasons
from kequn.decisions.takers import taker_columns

SECRET = bytes(range(32))
SPARING = ("universal_control", "campaign_holdout")
many = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
TAKER_TYPES = {"value": pa.int64()}


class Scene:
    """Random terms, and a random batch of facts."""

    def __init__(self, seed: int, terms, campaign, offer) -> None:
        self.dice = dice = random.Random(seed)
        products = {
            "DEP1": Product(product_class="deposit", min_amount_fen=dice.choice((0, 3))),
            "CAR1": Product(product_class="card", on_sale=dice.random() < 0.8),
            "WEA1": Product(product_class="wealth", risk=3, private=dice.random() < 0.3),
        }  # fmt: skip

        def some_offer(number: int) -> dict:
            thing = dice.choice(({"product": "DEP1"}, {"product": "CAR1"}, {"product": "WEA1"},
                                 {"benefit": "gift", "product_class": dice.choice(("card", "deposit"))}))  # fmt: skip
            value = dice.choice(({"value_yuan": Decimal(dice.randint(0, 5000)) / 100}, {"value_yuan": None}))
            return offer(
                name=f"o{number}", channels=tuple(dice.sample(CHANNELS, dice.randint(1, 4))), **thing, **value,
                lever=dice.choice((0.0, 1.0, 1.7)), benefit_yuan=Decimal(dice.randint(0, 300)) / 100,
                redeemed=dice.choice((0.0, 0.013, 1.0)),
            )  # fmt: skip

        campaigns = [
            campaign(
                f"c{number}", offers=tuple(some_offer(n) for n in range(dice.randint(1, 3))),
                purpose=dice.choice(("marketing", "marketing", "service")), holdout=dice.choice((0.0, 0.4)),
                audience=dice.choice(("payroll", "everybody")),
            )
            for number in range(dice.randint(1, 4))
        ]  # fmt: skip
        self.here = here = terms(*campaigns, products=products, branch_of={"S1": "B1", "S2": "B1"}, past=self.past())
        policy = replace(here.policy, universal_control_share=dice.choice((0.0, 0.3)))
        free = {name: ChannelCapacity(zh=name, en=name, cost_fen=dice.randint(0, 40)) for name in CHANNELS}
        self.here = replace(here, policy=policy, capacity=here.capacity.model_copy(update={"channels": free}))
        self.bidder = Bidder(self.here, SECRET, 5.0)
        self.people = [self.person(n) for n in range(dice.randint(0, 8))]

    def past(self) -> Past:
        dice = self.dice
        own = {
            (f"c{c}", f"o{o}", channel): Tally(dice.randint(0, 500), dice.randint(0, 30))
            for c in range(3) for o in range(2) for channel in dice.sample(CHANNELS, 3)
        }  # fmt: skip
        alike = {(k, c): Tally(900, dice.randint(0, 90)) for k in ("card", "") for c in CHANNELS[:4]}
        return Past(own, alike)

    def fields(self) -> pa.Schema:
        known = schema(self.here.policy, self.here.bids)
        for name in taker_columns(self.here):
            known = known.append(pa.field(name, TAKER_TYPES.get(name.partition("_")[0], pa.float64())))
        return known

    def person(self, number: int) -> dict:
        dice = self.dice
        row: dict = {}
        for field in self.fields():
            if pa.types.is_boolean(field.type):
                row[field.name] = dice.choice((True,) * 12 + (False, None))
            elif field.name.startswith(("response_", "chance_")):
                row[field.name] = dice.choice((None, 0.0, 0.001, 0.02, 0.3, -0.1))
            elif field.name.startswith("value_"):
                row[field.name] = dice.choice((None, -5, 0, 700, 123_456))
            elif pa.types.is_int64(field.type):
                row[field.name] = (
                    dice.choice((*[0] * 18, None, 1, 3)) if "used" in field.name else dice.choice((None, 1, 5, 400))
                )
        nothing = {field.name: None for field in self.fields() if field.name.startswith("refused_days_")}
        return row | nothing | {
            "customer_id": 1000 + 7 * number, "tier": dice.choice(("gold", "private", None)), "region": None,
            "risk_signal_kind": dice.choice((*[None] * 9, "fraud")), "staff_id": dice.choice((None, "S1", "S2")),
            "assessed_on": dice.choice((None, self.here.planned_day)), "opted_out": dice.random() < 0.1,
            "personalisation_refused": dice.random() < 0.1, "days_since_complaint": None, "age": 40,
        }  # fmt: skip

    def batch(self) -> pa.RecordBatch:
        return pa.RecordBatch.from_pylist(self.people, schema=self.fields())

    def bid(self) -> pa.RecordBatch:
        return self.bidder(self.batch())

    def drawn(self, person: dict) -> dict:
        """The person with draws, as the row-by-row policy asks for them."""
        here, number = self.here, np.array([person["customer_id"]])
        share = here.policy.universal_control_share
        draws = {"universal_control": bool(chance.in_holdout(SECRET, "universal", share, number)[0])}
        for each in here.bids.campaigns:
            spared = each.purpose == "marketing" and chance.in_holdout(SECRET, each.name, each.holdout_share, number)[0]
            draws[f"holdout_{each.number}"] = bool(spared)
        return person | draws

    def why(self, person: dict, pair: int) -> list[str]:
        here = self.here
        return rows.reasons(here.policy, here.day, here.bids, self.drawn(person), pair)

    def priority(self, person: dict, pair: int) -> tuple[int, float, int]:
        """Priority in 1/1000 fen, probability and value in fen, one by one."""
        campaign, offer = self.here.offer_of(pair)
        channel = self.here.bids.pairs[pair].channel
        klass = offer.product_class or {"DEP1": "deposit", "CAR1": "card", "WEA1": "wealth"}[offer.product]
        expected = self.here.past.expected(klass, channel)
        likely = person[f"response_{klass}"]
        likely = expected if likely is None else likely
        leaning, mean = person[f"chance_{channel}"], person["chance_mean"]
        if leaning is not None and mean:
            likely *= min(max(leaning / mean, 0.2), 5.0)
        tally = self.here.past.own.get((campaign.name, offer.name, channel), Tally())
        likely = min(max(likely * (tally.taken + 5) / (tally.made * expected + 5), 0), 1)
        value = offer.value_yuan * 100 if offer.value_yuan is not None else max(person[f"value_{klass}"] or 0, 0)
        given = math.ceil(offer.benefit_yuan * 100 * Decimal(str(offer.redeemed)))
        cost = self.here.capacity.channels[channel].cost_fen + given
        return math.floor(likely * int(value) * (offer.lever * 1000) + 0.5) - 1000 * cost, likely, int(value)

    def inside(self, person: dict, campaign: int) -> bool:
        return person[f"in_{campaign}"] is True

    def pairs(self, campaign: int) -> list[int]:
        return [pair.number for pair in self.here.bids.pairs if pair.campaign == campaign]


@pytest.fixture
def scene(terms, campaign, offer):
    return lambda seed: Scene(seed, terms, campaign, offer)


SEEDS = st.integers(0, 2**48)


@many
@given(seed=SEEDS)
def test_bids_are_pairs_without_a_reason_that_gain_something(scene, seed):
    made = scene(seed)
    found = made.bid()
    assert found.schema == SCHEMA
    for person, row in zip(made.people, found.to_pylist(), strict=True):
        wanted = {}
        for pair in made.here.bids.pairs:
            if made.inside(person, pair.campaign) and not made.why(person, pair.number):
                worth = made.priority(person, pair.number)
                if worth[0] > 0:
                    wanted[pair.number] = worth
        assert row["customer_id"] == person["customer_id"]
        assert row["pair"] == list(wanted)
        assert row["bids"] == len(wanted)
        # The two multiply in different orders, which moves the last bit of a double.
        assert row["priority"] == pytest.approx([worth[0] for worth in wanted.values()], rel=1e-12, abs=1)
        assert row["probability"] == pytest.approx([worth[1] for worth in wanted.values()])
        assert row["value"] == [worth[2] for worth in wanted.values()]


@many
@given(seed=SEEDS)
def test_exclusions_name_every_rule_once(scene, seed):
    made = scene(seed)
    codes = [reason.code for reason in reasons(made.here.policy)]
    level = {reason.code: reason.level for reason in reasons(made.here.policy)}
    found = flat.Exclusions(made.here)(made.bid())
    rows_ = found.to_pylist()
    told = {}
    for row in rows_:
        spelt = [code for bit, code in enumerate(codes) if row["reasons"] >> bit & 1]
        assert row["reason"] == spelt[0]
        told[row["customer_id"], row["campaign"], row["offer"], row["channel"]] = spelt
    assert len(told) == len(rows_)
    wanted = {}
    for person in made.people:
        for campaign in made.here.bids.campaigns:
            if not made.inside(person, campaign.number):
                continue
            for pair in made.pairs(campaign.number):
                why = made.why(person, pair)
                of_campaign = [code for code in why if level[code] == "campaign"]
                bid = made.here.bids.pairs[pair]
                if of_campaign:
                    wanted[person["customer_id"], campaign.name, None, None] = of_campaign
                elif why:
                    place = made.here.bids.offers[bid.offer].name, bid.channel
                    wanted[person["customer_id"], campaign.name, *place] = why
    assert told == wanted


@many
@given(seed=SEEDS)
def test_every_member_of_an_audience_has_one_fate(scene, seed):
    made = scene(seed)
    codes = [reason.code for reason in reasons(made.here.policy)]
    held = {
        (row["customer_id"], row["campaign"]): row["kind"] for row in flat.Holdouts(made.here)(made.bid()).to_pylist()
    }
    spared = {}
    for person, row in zip(made.people, made.bid().to_pylist(), strict=True):
        for campaign in made.here.bids.campaigns:
            fate = row["fate"][campaign.number]
            if not made.inside(person, campaign.number):
                assert fate == OUTSIDE
                continue
            why = {pair: made.why(person, pair) for pair in made.pairs(campaign.number)}
            other = {pair: [code for code in found if code not in SPARING] for pair, found in why.items()}
            chosen = [code for code in SPARING if any(code in found for found in why.values())]
            worth = [pair for pair, found in other.items() if not found and made.priority(person, pair)[0] > 0]
            if worth and chosen:
                assert codes[fate] == chosen[0]
                spared[person["customer_id"], campaign.name] = chosen[0]
            elif worth:
                assert fate == BIDDING
            elif not all(other.values()):
                assert fate == NOT_WORTH
            else:
                assert codes[fate] == max((found[0] for found in other.values()), key=codes.index)
    assert held == spared


@many
@given(seed=SEEDS)
def test_batches_may_be_cut_anywhere(scene, seed):
    made = scene(seed)
    cut = len(made.people) // 2
    batch = made.batch()
    parts = [made.bidder(batch.slice(0, cut)), made.bidder(batch.slice(cut))]
    assert pa.Table.from_batches(parts).to_pylist() == made.bid().to_pylist()


@many
@given(seed=SEEDS)
def test_rooms_rm_and_order(scene, seed):
    made = scene(seed)
    policy = made.here.policy
    for person, row in zip(made.people, made.bid().to_pylist(), strict=True):
        wide = [cap.limit - (cap.limit if used is None else used)
                for cap in policy.wide_caps for used in [person[f"used_{cap.name}"]]]  # fmt: skip
        narrow = [cap.limit - (cap.limit if used is None else used)
                  for cap in policy.narrow_caps for used in [person[f"used_{cap.name}"]]]  # fmt: skip
        assert row["rooms"] == [max(room, 0) for room in (min(policy.contacts_per_night, *wide), *narrow)]
        assert row["rm"] == {"S1": 0, "S2": 1, None: -1}[person["staff_id"]]
        drawn = chance.draw(SECRET, f"order/{made.here.planned_day}", np.array([person["customer_id"]]))
        assert row["draw"] == int(drawn[0]) - 2**63


@many
@given(seed=SEEDS, other=SEEDS)
def test_a_funnel_accounts_for_every_member_once(scene, seed, other):
    made = scene(seed)
    dice, bid = random.Random(other), made.bid()
    plan = []  # any plan within the bids, one contact a customer
    for row in bid.to_pylist():
        if row["pair"] and dice.random() < 0.5:
            plan.append((row["customer_id"], made.here.bids.pairs[dice.choice(row["pair"])].campaign))
    contacts = pa.array([sum(who == n for who, _ in plan) for n in bid.column("customer_id").to_pylist()], pa.int64())
    fates = flat.Fates(made.here)(bid.select(["customer_id", "fate"]).append_column("contacts", contacts))
    names = [campaign.name for campaign in made.here.campaigns]
    planned = [{"campaign": names[n], "contacts": sum(c == n for _, c in plan)} for n in {c for _, c in plan}]
    steps = flat.funnel(made.here, fates.to_pylist(), planned).to_pylist()
    known = {reason.code for reason in reasons(made.here.policy)}
    for number, name in enumerate(names):
        mine = [step for step in steps if step["campaign"] == name]
        assert [step["step"] for step in mine] == list(range(len(mine)))
        count = {step["code"]: step["customers"] for step in mine}
        inside = [row for row in bid.to_pylist() if row["fate"][number] != OUTSIDE]
        bidding = {
            row["customer_id"] for row in inside if any(made.here.bids.pairs[p].campaign == number for p in row["pair"])
        }
        assert count["audience"] == sum(made.inside(person, number) for person in made.people) == len(inside)
        removed = sum(size for code, size in count.items() if code in known)
        assert count["audience"] == removed + count["not_worth"] + len(bidding)
        assert count["eligible"] == count["not_worth"] + len(bidding)
        got = {who for who, campaign in plan if campaign == number}
        elsewhere = {who for who, _ in plan} & bidding - got
        assert (count["planned"], count["elsewhere"]) == (len(got), len(elsewhere))
        assert count["priced_out"] == len(bidding - got - elsewhere)
        assert all(step["zh"] and step["en"] for step in mine)


@pytest.mark.parametrize(
    ("likely", "fen", "cost", "priority"),
    [
        (0.5, 12, 5, 1000), (0.5, 10, 5, None), (0.5, 9, 5, None), (0.5, 11, 5, 500),
        (0.0005, 1, 0, 1), (0.0004, 1, 0, None), (1.0, 0, 0, None),
    ],
)  # fmt: skip
def test_a_bid_gains_more_than_it_costs_rounded_half_up(terms, campaign, offer, *, likely, fen, cost, priority):
    yuan = Decimal(fen) / 100
    here = terms(campaign(offers=(offer(value_yuan=yuan),)), products={"DEP1": Product(product_class="deposit")})
    free = here.capacity.channels | {"sms": ChannelCapacity(zh="短信", en="SMS", cost_fen=cost)}
    here = replace(
        here, capacity=here.capacity.model_copy(update={"channels": free}),
        policy=replace(here.policy, universal_control_share=0.0),
    )  # fmt: skip
    fields = schema(here.policy, here.bids).append(pa.field("response_deposit", pa.float64()))
    person = {f.name: True if pa.types.is_boolean(f.type) else None for f in fields}
    person |= {f.name: 0 for f in fields if f.name.startswith("used_")}
    person |= {"customer_id": 1, "opted_out": False, "personalisation_refused": False, "holds_0": False}
    found = Bidder(here, SECRET, 5.0)(
        pa.RecordBatch.from_pylist([person | {"response_deposit": likely}], schema=fields)
    )
    row = found.to_pylist()[0]
    assert (row["priority"], row["fate"]) == (([], [NOT_WORTH]) if priority is None else ([priority], [BIDDING]))


def test_random_scenes_meet_every_fate(scene):
    met = set()
    for seed in range(60):
        made = scene(seed)
        codes = [reason.code for reason in reasons(made.here.policy)]
        for row in made.bid().to_pylist():
            met |= {codes[fate] if 0 <= fate < len(codes) else fate for fate in row["fate"]}
            assert all(pair == ALL or pair >= 0 for pair in row["out_pair"])
    assert {OUTSIDE, NOT_WORTH, BIDDING, *SPARING, "no_consent", "unreachable", "opted_out"} <= met


def test_nothing_bids_where_there_is_no_campaign(terms, small):
    here = terms()
    batch = pa.RecordBatch.from_pylist([], schema=schema(here.policy, here.bids))
    assert Bidder(here, SECRET, 5.0)(batch).num_rows == 0
