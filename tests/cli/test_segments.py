from __future__ import annotations


def test_sizes_come_in_the_catalogues_order(kequn, night):
    answer = kequn("segments", "--json", home=night.home)
    assert [row["segment"] for row in answer.data] == [row["segment"] for row in night.tables["segment_size"]]
    for row in answer.data:
        assert row["members"] == sum(each[row["segment"]] for each in night.customers)


def test_the_matrix_has_a_cell_for_every_pair(kequn, night):
    answer = kequn("segments", "matrix", "--json", home=night.home)
    cells = {(row["segment"], row["target"]): row for row in answer.data}
    assert len(cells) == len(answer.data) == len(night.tables["segment_matrix"])
    cell = cells["payroll", "credit_card"]
    both = sum(bool(row["payroll"] and row["credit_card"]) for row in night.customers)
    assert cell["both_members"] == both


def test_the_matrix_is_printed_with_shares_and_lift(kequn, night):
    answer = kequn("--lang", "en", "segments", "matrix", home=night.home)
    cell = next(row for row in night.tables["segment_matrix"] if row["segment"] == "car_owner")
    assert f"{100 * cell['share']:.1f}%" in answer.out
    assert f"×{cell['lift']:.2f}" in answer.out


def test_a_white_list_comes_by_place(kequn, night):
    answer = kequn("segments", "white-list", "payroll", "credit_card", "--limit", "5", "--json", home=night.home)
    assert [row["place"] for row in answer.data] == [1, 2, 3, 4, 5]
    assert isinstance(answer.data[0]["customer_id"], str)


def test_a_list_that_nobody_defined_names_those_that_are(kequn, night):
    answer = kequn("segments", "white-list", "payroll", "silver", "--json", home=night.home)
    assert answer.code == 1
    assert "credit_card" in answer.fault["hint"]


def test_an_unknown_segment_is_answered_with_the_nearest(kequn, night):
    answer = kequn("segments", "white-list", "payrol", "credit_card", "--json", home=night.home)
    assert (answer.code, answer.fault["hint"]) == (1, "Did you mean payroll?")
