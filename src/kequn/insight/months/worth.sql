-- Balances in the bank's currency: rows of accounts in this currency as they are, and the converted ones of the rest.
-- An account counts with its rows that are `converted` if and only if its currency is another one.
SELECT account_id, FALSE AS converted, valid_from, balance_fen, change_fen FROM balance WHERE change_fen <> 0
UNION ALL
SELECT account_id, TRUE AS converted, valid_from, balance_fen, change_fen FROM foreign_worth
