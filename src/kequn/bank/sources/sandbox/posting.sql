SELECT
    posting_id,
    account_id,
    posted_at,
    fen(amount_yuan) AS amount_fen,
    direction,
    kind,
    counterparty_name,
    counterparty_account,
    counterparty_bank,
    counterparty_bin,
    own_name,
    channel,
    merchant_category,
    _file,
    _row
FROM posting
