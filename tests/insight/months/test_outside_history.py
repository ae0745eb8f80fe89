"""Money moved to and from own cards elsewhere in closed months."""

from __future__ import annotations

from datetime import date


def test_eleven_closed_months_by_card(bank):
    bank.as_of = date(2025, 6, 17)
    bank.account(1, 7, {date(2024, 1, 1): 1})
    own = {"own_name": True, "counterparty_bank": "B", "counterparty_bin": "990001"}
    bank.posting(1, date(2024, 6, 30), 1, **own)  # the twelfth month back
    bank.posting(1, date(2024, 7, 1), 10, **own)
    bank.posting(1, date(2025, 5, 31), 100, direction="out", **own)
    bank.posting(1, date(2025, 6, 1), 1000, **own)  # the open month
    bank.posting(1, date(2025, 5, 1), 5, own_name=True)  # stays inside the bank
    bank.posting(1, date(2025, 5, 1), 6, counterparty_bank="B")  # somebody else's
    columns = "customer_id, bin, bank, posting_count, in_fen, out_fen"
    assert [tuple(row.values()) for row in bank.query(f"SELECT {columns} FROM outside_history")] == [
        (7, "990001", "B", 2, 10, 100)
    ]
