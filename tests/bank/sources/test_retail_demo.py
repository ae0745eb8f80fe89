"""The mapping of retail_demo: numbers typed in two ways, dates brought back by 20 years."""

from __future__ import annotations

import pytest

ACCOUNT = [{"account_id": "A00000009", "date": "2013-02-28"}, {"account_id": "A00000010", "date": "2012-02-29"}]
DISPOSITION = [
    {"client_id": "12", "account_id": "A00000009"},
    {"client_id": "12", "account_id": "A00000010"},
]
CLIENT = {
    "client_id": "C00000012", "sex": "Female", "fulldate": "1990-12-13", "social": "900-00-0000", "first": "Ada",
    "middle": None, "last": "Example", "phone": "555-555-0100", "email": "ada@example.org", "address_1": "1 Way",
    "address_2": None, "city": "Town", "state": "NM", "zipcode": "00000",
}  # fmt: skip


def party(mapped, **fields: str | None) -> dict:
    (row,) = mapped(
        "retail_demo", "party", {"client": [CLIENT | fields], "account": ACCOUNT, "disposition": DISPOSITION}
    )
    return row


def test_numbers_join_across_tables_and_systems(mapped) -> None:
    row = party(mapped)
    assert (row["party_id"], row["cross_number"]) == ("C00000012", "12")
    assert row["opened_on"] == "1992-02-29", "the first account, in the time of the other system"
    assert (row["name"], row["address"]) == ("Ada Example", "1 Way, Town, NM 00000")
    assert row["sex"] == "F"


@pytest.mark.parametrize(
    ("delivered", "birth_date"),
    [("1990-12-13", "1970-12-13"), ("1976-02-29", "1956-02-29"), ("13.12.1990", "13.12.1990")],
)
def test_dates_go_back_20_years_or_come_out_as_they_were(mapped, delivered: str, birth_date: str) -> None:
    assert party(mapped, fulldate=delivered)["birth_date"] == birth_date


def test_a_number_of_another_shape_comes_out_as_it_was(mapped) -> None:
    assert party(mapped, client_id="X12")["cross_number"] == "X12"
