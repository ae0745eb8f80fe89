"""The mapping of berka on rows whose answer is known; the real files are read in tests/test_real_bank.py."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

DISP = [
    {"disp_id": "1", "client_id": "7", "account_id": "70", "type": "OWNER"},
    {"disp_id": "2", "client_id": "8", "account_id": "70", "type": "DISPONENT"},
]
ACCOUNT = [{"account_id": "70", "district_id": "5", "frequency": "POPLATEK MESICNE", "date": "930101"}]
COPY = [{"account_id": "70", "district_id": "5", "frequency": "monthly issuance", "creation_date": "930101"}]


def yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02}"


def trans(postings: Sequence[tuple[date, int, int]], account: str = "70") -> list[dict[str, str | None]]:
    """Raw rows of (day, signed amount, running balance), numbered as listed."""
    return [
        {
            "trans_id": str(number), "account_id": account, "date": f"{day:%y%m%d}",
            "type": "credit" if moved > 0 else "withdrawal", "operation": "credit in cash",
            "amount": yuan(abs(moved)), "balance": yuan(ending), "k_symbol": None, "bank": None, "account": "0",
        }
        for number, (day, moved, ending) in enumerate(postings, 1)
    ]  # fmt: skip


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[list[tuple[date, int, int]], dict[date, int]]:
    """Postings in a random order within each day, and the true day-ends."""
    day, balance = date(1995, 1, 1), 0
    listed: list[tuple[date, int, int]] = []
    ends: dict[date, int] = {}
    for gap, amounts in draw(
        st.lists(
            st.tuples(st.integers(1, 40), st.lists(st.integers(-500, 500).filter(bool), min_size=1, max_size=5)),
            min_size=1,
            max_size=8,
        )
    ):
        day += timedelta(gap)
        rows = []
        for amount in amounts:
            balance += amount
            rows.append((day, amount, balance))
        random.Random(draw(st.integers(0, 99))).shuffle(rows)
        listed += rows
        ends[day] = balance
    return listed, ends


@settings(max_examples=60, deadline=None)
@given(ledgers())
def test_day_ends_whatever_the_order_within_a_day(mapped, ledger) -> None:
    listed, ends = ledger
    rows = mapped("berka", "balance", {"trans": trans(listed)})
    assert {row["valid_from"]: row["balance_fen"] for row in rows} == ends
    for row in rows:
        later = [day for day in ends if day > row["valid_from"]]
        assert row["valid_to"] == (min(later) - timedelta(1) if later else None)


def test_day_end_of_a_ledger_that_rounds(mapped) -> None:
    """Balances half a koruna apart from their postings: the last posting is still told from the others."""
    day = date(1997, 2, 28)
    listed = [(day - timedelta(1), 10_000, 10_000), (day, 9_150, 20_620), (day, -20, 11_440), (day, 1_460, 11_460)]
    rows = mapped("berka", "balance", {"trans": trans(listed)})
    assert [row["balance_fen"] for row in rows] == [10_000, 20_620]


def test_accounts_of_both_ledgers_agree(mapped) -> None:
    first, second = mapped("berka", "account", {"account": ACCOUNT, "ledger_account": COPY, "disp": DISP})
    assert (first["party_id"], first["opened_on"], first["currency"], first["org_id"]) == (
        "7", "1993-01-01", "CZK", "CZ05",
    )  # fmt: skip
    assert {name: value for name, value in first.items() if name[0] != "_"} == {
        name: value for name, value in second.items() if name[0] != "_"
    }


@pytest.mark.parametrize(
    ("birth_number", "birth_date", "sex"),
    [
        ("706213", "1970-12-13", "F"),
        ("450204", "1945-02-04", "M"),
        ("110820", "1911-08-20", "M"),
        ("70x213", "70x213", "U"),
    ],
)
def test_birth_number_tells_sex_and_birth_date(mapped, birth_number: str, birth_date: str, sex: str) -> None:
    client = [{"client_id": "8", "birth_number": birth_number, "district_id": "18"}]
    raw = {"client": client, "ledger_client": client, "account": ACCOUNT, "disp": DISP}
    first, second = mapped("berka", "party", raw)
    assert (first["birth_date"], first["sex"], first["cross_number"]) == (birth_date, sex, "8")
    assert (first["region"], first["org_id"], first["opened_on"]) == ("CZ18", "CZ05", "1993-01-01")
    assert (first["_file"], second["_file"]) == (0, 1)


@pytest.mark.parametrize(
    ("type_", "operation", "k_symbol", "expected"),
    [
        ("credit", None, "interest credited", ("in", "interest", "auto")),
        ("withdrawal", "remittance to another bank", " ", ("out", "transfer", None)),
        ("withdrawal", "remittance to another bank", "household", ("out", "household", None)),
        ("withdrawal in cash", "withdrawal in cash", None, ("out", "cash", "counter")),
        ("withdrawal", "withdrawal in cash", "payment for statement", ("out", "fee", "auto")),
        ("withdrawal", "credit card withdrawal", None, ("out", "cash", "atm")),
        ("gift", "raffle", None, ("gift", "raffle", None)),
    ],
)
def test_kinds_of_postings(mapped, type_: str, operation: str | None, k_symbol: str | None, expected: tuple) -> None:
    (raw,) = trans([(date(1996, 2, 29), 12_345, 12_345)])
    (row,) = mapped(
        "berka", "posting", {"trans": [raw | {"type": type_, "operation": operation, "k_symbol": k_symbol}]}
    )
    assert (row["direction"], row["kind"], row["channel"]) == expected
    assert (row["amount_fen"], row["posted_at"]) == ("12345", "1996-02-29 00:00:00")
    assert row["counterparty_account"] is None


def loan(**fields: str) -> dict[str, Any]:
    return {"loan_id": "5", "account_id": "70", "date": "960831", "amount": "96396", "duration": "6", **fields}


def test_loans_of_masters_and_ledger_agree(mapped) -> None:
    """The ledger's copy writes instalments without decimals and has statuses of its own."""
    raw = {
        "loan": [loan(payments="8033.00", status="B")],
        "ledger_loan": [loan(payments="8033", status="")],
        "disp": DISP,
    }
    first, second = mapped("berka", "loan", raw)
    for row in (first, second):
        assert (row["amount_fen"], row["monthly_payment_fen"]) == ("9639600", "803300")
        assert (row["matures_on"], row["closed_on"]) == (date(1997, 2, 28), date(1997, 2, 28))


def test_a_loan_that_outlives_the_dump_is_open(mapped) -> None:
    late = [loan(duration="60", payments="1.00", status="C")]
    rows = mapped("berka", "loan", {"loan": late, "ledger_loan": late, "disp": DISP})
    assert [(row["matures_on"], row["closed_on"]) for row in rows] == [(date(2001, 8, 31), None)] * 2


def test_a_card_belongs_to_whoever_may_use_the_account(mapped) -> None:
    card = {"card_id": "3", "disp_id": "2", "type": "gold", "issued": "961028 00:00:00"}
    raw = {"card": [card], "ledger_card": [card | {"issued": "961028"}], "disp": DISP}
    for row in mapped("berka", "card", raw):
        assert (row["party_id"], row["account_id"], row["level"]) == ("8", "70", "gold")
        assert row["issued_on"] == "1996-10-28"


def test_koruna_count_as_units_of_the_bank(mapped) -> None:
    district = [{f"A{n}": str(n) for n in range(1, 17)}]
    (rate,) = mapped("berka", "rate", {"district": district})
    assert (rate["currency"], rate["rate_ppm"]) == ("CZK", 1_000_000)
    (org,) = mapped("berka", "org", {"district": district})
    assert (org["org_id"], org["name_zh"]) == ("CZ01", "2")
