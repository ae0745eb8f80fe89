SELECT
    contact_id,
    party_id,
    campaign,
    offer,
    product_id,
    department,
    channel,
    purpose,
    contacted_at,
    outcome,
    propensity,
    policy,
    _file,
    _row
FROM contact
