SELECT
    loan_id,
    party_id,
    account_id,
    product_id,
    kind,
    fen(amount_yuan) AS amount_fen,
    fen(balance_yuan) AS balance_fen,
    fen(monthly_payment_yuan) AS monthly_payment_fen,
    granted_on,
    matures_on,
    closed_on,
    fen(collateral_value_yuan) AS collateral_value_fen,
    collateral_area,
    days_overdue,
    max_days_overdue_12m,
    _file,
    _row
FROM loan
