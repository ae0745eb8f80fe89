SELECT
    purchase_id,
    party_id,
    product_id,
    happened_at,
    fen(amount_yuan) AS amount_fen,
    outcome,
    channel,
    _file,
    _row
FROM purchase
