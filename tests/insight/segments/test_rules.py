"""Each segment takes its member and leaves the neighbour just outside."""

import pytest

EDGES = {
    "mobile_banking": ({"days_since_login": 90}, {"days_since_login": 91}),
    "personal_loan": ({"loan_count": 1}, {"loan_count": 0, "credit_card_count": 1}),
    "credit_card": ({"credit_card_count": 1}, {"debit_card_count": 1}),
    "social_security": ({"social_security_account": True}, {"subsidy_months_12m": 3}),
    "payroll": ({"payroll_months_3m": 2}, {"payroll_months_3m": 1, "payroll_months_12m": 10}),
    "car_owner": ({"toll_count_90d": 1, "fuel_count_90d": 1}, {"fuel_count_90d": 1}),
    "merchant": ({"merchant_count": 1}, {"merchant_settle_90d": 100}),
    "education": ({"tuition_count_12m": 1}, {"tuition_12m": 100}),
    "silver": ({"age": 60}, {"age": 59}),
}
OTHER_SIGNS = [
    ("car_owner", {"has_car_loan": True}),
    ("car_owner", {"car_insurance_12m": 1}),
    ("silver", {"pension_months_3m": 1}),
]


def test_every_segment_has_an_edge_here(definitions):
    assert set(EDGES) == set(definitions.segments)


def test_edges(customers):
    people, wanted = [], {}
    for segment, (inside, outside) in EDGES.items():
        for tags, member in ((inside, True), (outside, False), ({}, False)):
            wanted[len(people)] = (segment, member, tags)
            people.append({"customer_id": len(people)} | tags)
    for segment, tags in OTHER_SIGNS:
        wanted[len(people)] = (segment, True, tags)
        people.append({"customer_id": len(people)} | tags)
    found = customers.compose(people, segments=tuple(EDGES))
    for number, (segment, member, tags) in wanted.items():
        assert found[number][segment] is member, (segment, tags)


@pytest.mark.parametrize("field", ["zh", "en", "play_zh", "play_en", "white_list"])
def test_every_segment_says_how_it_is_worked(definitions, field):
    assert all(getattr(segment, field) for segment in definitions.segments.values())


def test_a_bank_sets_its_own_age(customers):
    customers.bank.settings = customers.bank.settings.changed(segments__silver_age=55)
    assert customers.compose([{"customer_id": 1, "age": 55}], segments=("silver",))[1]["silver"]
