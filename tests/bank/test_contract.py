"""What the contracts say of columns."""

from __future__ import annotations

from kequn.bank.contract import column_words, contracts


def test_every_column_at_rest_has_a_name_in_both_languages():
    words = column_words()
    assert set(words) == {(table, name) for table, contract in contracts().items() for name in contract.stored_columns}
    assert all(zh and en for zh, en in words.values())


def test_columns_that_loading_adds_are_named_too():
    assert column_words()["balance", "change_fen"] == ("余额变动(分)", "Change of the balance")
    assert column_words()["balance", "account_id"][0] == "账户"
