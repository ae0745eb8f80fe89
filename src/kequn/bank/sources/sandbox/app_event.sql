SELECT
    event_id,
    party_id,
    happened_at,
    kind,
    product_id,
    _file,
    _row
FROM app_event
