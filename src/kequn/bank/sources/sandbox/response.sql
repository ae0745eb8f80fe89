SELECT
    response_id,
    contact_id,
    party_id,
    responded_at,
    kind,
    fen(amount_yuan) AS amount_fen,
    _file,
    _row
FROM response
