"""Age, tenure, home and relationship manager."""

from __future__ import annotations

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def full_months(first, last):
    """Count months one by one: the day of the month is kept, or the month's last where it is shorter."""
    months = 0
    while True:
        number = first.year * 12 + first.month + months
        year, month = number // 12, number % 12 + 1
        after = date(year + month // 12, month % 12 + 1, 1)
        length = (after - date(year, month, 1)).days
        if date(year, month, min(first.day, length)) > last:
            return months
        months += 1


days = st.dates(date(1940, 1, 1), date(2025, 6, 17))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(st.tuples(days, days), min_size=30, max_size=30),
    as_of=st.sampled_from([date(2025, 6, 17), date(2025, 2, 28), date(2024, 2, 29), date(2025, 6, 30)]),
)
def test_age_and_tenure(bank, people, as_of):
    bank.rows.clear()
    bank.as_of = as_of
    rows = [(number, birth, opened) for number, (birth, opened) in enumerate(people) if max(birth, opened) <= as_of]
    for number, birth, opened in rows:
        bank.add("party", {"party_id": number, "system": "core", "birth_date": birth, "opened_on": opened})
    found = bank.run("profile")
    for number, birth, opened in rows:
        row = found[number]
        assert row["age"] == as_of.year - birth.year - ((as_of.month, as_of.day) < (birth.month, birth.day))
        assert row["birthday_month"] == birth.month
        assert row["tenure_months"] == full_months(opened, as_of)


def test_home_branch_is_above_the_outlet(bank):
    bank.add("org", *(
        {"org_id": "b1", "level": "sub_branch", "name_zh": "城东支行", "parent_org_id": "c1"},
        {"org_id": "o1", "level": "outlet", "name_zh": "湖滨网点", "parent_org_id": "b1"},
    ))  # fmt: skip
    homes = {1: "o1", 2: "b1", 3: None, 4: "gone"}
    for party, org in homes.items():
        bank.add("party", {"party_id": party, "system": "core", "org_id": org})
    found = bank.run("profile")
    assert {party: found[party]["org_id"] for party in homes} == homes
    assert {party: found[party]["branch_id"] for party in homes} == {1: "b1", 2: "b1", 3: None, 4: None}


def test_manager_of_the_newest_assignment_that_stands(bank):
    bank.customers = {2: 1}
    rows = [
        (1, "old", date(2024, 1, 1), None),
        (2, "newest", date(2025, 5, 1), date(2025, 6, 17)),
        (1, "ended", date(2025, 6, 1), date(2025, 6, 16)),
        (1, "future", date(2025, 6, 18), None),
        (3, "b", date(2025, 1, 1), None),
        (3, "a", date(2025, 1, 1), None),
    ]
    for party, staff, start, end in rows:
        bank.add("assignment", {"party_id": party, "staff_id": staff, "valid_from": start, "valid_to": end})
    found = bank.run("profile")
    assert {customer: row["staff_id"] for customer, row in found.items()} == {1: "newest", 3: "a"}
    assert (found[1]["party_count"], found[3]["party_count"]) == (2, 1)


def test_any_record_with_a_mobile_number_will_do(bank):
    bank.customers = {2: 1}
    bank.add("party", {"party_id": 1, "system": "core"}, {"party_id": 2, "system": "app", "mobile_token": "t"})
    bank.add("party", {"party_id": 3, "system": "core"})
    found = bank.run("profile")
    assert (found[1]["has_mobile"], found[3]["has_mobile"]) == (True, False)
