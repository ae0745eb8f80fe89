from __future__ import annotations


def test_nights_are_listed_with_the_current_one_marked(kequn, night):
    (row,) = kequn("nights", "--json", home=night.home).data
    assert (row["as_of"], row["current"]) == ("2025-05-31", True)
    assert row["tables"]["customer"] == len(night.customers)
    assert "2025-05-31" in kequn("nights", home=night.home).out


def test_without_nights_it_says_what_to_run(kequn):
    assert kequn("nights", "--json").data == []
    assert "kequn night" in kequn("nights").out


def test_a_date_that_is_none_is_named(kequn):
    answer = kequn("night", "--as-of", "31.5.2025", "--json")
    assert answer.code == 1
    assert "31.5.2025" in answer.fault["error"]


def test_a_night_on_nothing_says_what_to_do(kequn):
    answer = kequn("night", "--json")
    assert answer.code == 1
    assert "sandbox" in answer.fault["hint"]
