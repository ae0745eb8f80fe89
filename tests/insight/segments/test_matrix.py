"""Sizes, cross-coverage and white lists, against counts over a random crowd in plain Python."""

import random

import pytest

from kequn.engine.macros import Parameters
from kequn.errors import KequnError
from kequn.insight.catalogue import Catalogue, Segment
from kequn.insight.segments import segment_queries
from kequn.insight.segments.cells import flags

SEGMENTS = ("payroll", "credit_card", "silver", "mobile_banking", "merchant")
PRODUCTS = ["has_wealth", "has_fund", "has_time_deposit"]


def crowd(chance, size):
    return [
        {
            "customer_id": number * 7 + 1,
            "payroll_months_3m": chance.choice([0, 3]),
            "credit_card_count": chance.choice([0, 0, 1]),
            "age": chance.choice([None, 25, 44, 45, 62]),
            "days_since_login": chance.choice([None, 1, 200]),
            "merchant_count": 0,
            "has_wealth": chance.random() < 0.3,
            "has_fund": chance.choice([None, True, False]),
            "has_time_deposit": chance.random() < 0.1,
            "tier_rank": chance.choice([0, 0, 0, 1, 2]),
            "product_count": chance.choice([1, 2, 5, 9]),
            "aum": chance.randrange(10**6),
            "branch_id": f"b{number % 3}",
            "org_id": "o",
            "staff_id": None,
        }
        for number in range(size)
    ]


@pytest.fixture
def tables(customers):
    """Rows of every table about segments, and the customers they were counted on."""
    chance = random.Random(21)
    bank = customers.bank
    bank.settings = bank.settings.changed(
        segments__matrix_products=PRODUCTS, segments__white_list_size=25, segments__cell_members_least=9,
        segments__prior_customers=4,
    )  # fmt: skip
    people = customers.compose(crowd(chance, 400), segments=SEGMENTS)
    chosen = {
        name: customers.catalogue.segments[name].model_copy(update={"white_list": ("has_wealth", "payroll")})
        for name in SEGMENTS
    }
    chosen["payroll"] = chosen["payroll"].model_copy(update={"white_list": ("has_fund", "credit_card")})
    definitions = Catalogue(customers.catalogue.topics, chosen, {})
    found = {}
    for name, query in segment_queries(definitions, Parameters(bank.as_of, bank.settings)).items():
        bank.engine.keep(name, query)
        found[name] = bank.engine.fetch(bank.compile(f"SELECT {', '.join(query.columns())} FROM {name}")).to_pylist()
    return found, list(people.values()), chosen


def test_sizes(tables):
    found, people, _ = tables
    aum = sum(person["aum"] for person in people)
    assert {row["segment"] for row in found["segment_size"]} == set(SEGMENTS)
    for row in found["segment_size"]:
        members = [person for person in people if person[row["segment"]]]
        assert row["members"] == len(members)
        assert row["aum_fen"] == sum(person["aum"] for person in members)
        assert row["customer_share"] == len(members) / len(people)
        assert row["aum_share"] == row["aum_fen"] / aum


def test_matrix(tables):
    found, people, _ = tables
    pairs = {(row["segment"], row["target"]) for row in found["segment_matrix"]}
    assert pairs == {(a, b) for a in SEGMENTS for b in [*SEGMENTS, *PRODUCTS] if a != b}
    for row in found["segment_matrix"]:
        members = [person for person in people if person[row["segment"]]]
        holders = [person for person in people if person[row["target"]]]
        both = [person for person in members if person[row["target"]]]
        assert (row["members"], row["target_members"], row["both_members"]) == (len(members), len(holders), len(both))
        assert row["kind"] == ("segment" if row["target"] in SEGMENTS else "product")
        assert row["base_share"] == len(holders) / len(people)
        if not members:
            assert row["share"] is None
            assert row["lift"] is None
            continue
        assert row["share"] == len(both) / len(members)
        assert row["lift"] == (pytest.approx(row["share"] / row["base_share"]) if holders else None)


def test_overlap_with_itself_is_whole(tables):
    """Every customer lies in exactly one cell."""
    found, people, _ = tables
    assert sum(row["customers"] for row in found["segment_cell"]) == len(people)
    assert sum(row["aum_fen"] for row in found["segment_cell"]) == sum(person["aum"] for person in people)


def cell(person):
    return (person["tier_rank"], -1 if person["age"] is None else person["age"] // 15, min(person["product_count"], 5))


def likelihood(people, person, target):
    """Share of holders among like members, drawn to the wider group's; the smallest group of at least nine counts."""
    tier = [other for other in people if other["tier_rank"] == person["tier_rank"]]
    like = [other for other in people if cell(other) == cell(person)]
    chance, basis = sum(bool(other[target]) for other in people) / len(people), "segment"
    for group, name in ((tier, "tier"), (like, "cell")):
        if len(group) >= 9:
            chance = (sum(bool(other[target]) for other in group) + 4 * chance) / (len(group) + 4)
            basis = name
    return chance, basis, len(like)


def test_white_lists(tables):
    found, people, chosen = tables
    assert found["white_list"]
    assert {row["basis"] for row in found["white_list"]} == {"cell", "tier"}
    for segment in chosen.values():
        members = [person for person in people if person[segment.name]]
        for target in segment.white_list:
            candidates = [(person, *likelihood(members, person, target)) for person in members if not person[target]]
            candidates.sort(key=lambda each: (-each[1], -each[0]["aum"], each[0]["customer_id"]))
            rows = [row for row in found["white_list"] if (row["segment"], row["target"]) == (segment.name, target)]
            rows.sort(key=lambda row: row["place"])
            assert [row["place"] for row in rows] == list(range(1, min(len(candidates), 25) + 1))
            for row, (person, chance, basis, like) in zip(rows, candidates, strict=False):
                assert row["customer_id"] == person["customer_id"], (segment.name, target)
                assert row["likelihood"] == pytest.approx(chance)
                assert (row["basis"], row["cell_members"]) == (basis, like)
                assert (row["branch_id"], row["org_id"]) == (person["branch_id"], "o")


def test_a_target_that_is_no_flag_is_named_with_the_nearest(definitions, bank):
    segment = Segment(name="mine", zh="x", en="x", rule="aum > 0", play_zh="x", play_en="x", white_list=("has_weath",))
    wrong = Catalogue(definitions.topics, {"mine": segment}, {})
    with pytest.raises(KequnError, match=r"segments/mine.yaml, white_list: has_weath .* Did you mean has_wealth\?"):
        flags(wrong, bank.settings)


def test_a_bank_without_segments_or_white_lists(customers):
    bank = customers.bank
    customers.compose([{"customer_id": 1}])
    for name, query in segment_queries(
        Catalogue(customers.catalogue.topics, {}, {}), Parameters(bank.as_of, bank.settings)
    ).items():
        assert bank.engine.keep(name, query) == (1 if name == "segment_cell" else 0)
