SELECT
    merchant_id,
    party_id,
    account_id,
    name,
    kind,
    category,
    org_id,
    opened_on,
    closed_on,
    _file,
    _row
FROM merchant
