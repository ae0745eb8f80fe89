SELECT
    account_id,
    valid_from,
    valid_to,
    fen(balance_yuan) AS balance_fen,
    _file,
    _row
FROM balance
