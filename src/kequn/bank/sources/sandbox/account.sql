SELECT
    account_id,
    party_id,
    account_number,
    product_id,
    asset_class,
    term,
    purpose,
    currency,
    opened_on,
    activated_on,
    closed_on,
    matures_on,
    org_id,
    _file,
    _row
FROM account
