-- Open loans only. A mortgage is spotless when both its days overdue now and its worst in twelve months are known to
-- be 0; loan-to-value compares what is still owed with the value of the collateral, where that is known.
WITH borrowed AS (
  SELECT identity.customer_id, loan.kind, loan.amount_fen, COALESCE(loan.balance_fen, 0) AS balance_fen,
    COALESCE(loan.monthly_payment_fen, 0) AS monthly_payment_fen, loan.matures_on, loan.days_overdue,
    loan.collateral_area, loan.max_days_overdue_12m,
    CASE WHEN loan.collateral_value_fen > 0 THEN loan.collateral_value_fen END AS collateral_fen
  FROM loan
  JOIN identity ON loan.party_id = identity.party_id
  WHERE loan.closed_on IS NULL OR loan.closed_on > as_of()
),
summed AS (
  SELECT
    customer_id,
    count(*) AS loan_count,
    isum(balance_fen) AS loan_balance,
    isum(monthly_payment_fen) AS monthly_payment,
    MAX(COALESCE(days_overdue, 0)) AS loan_days_overdue,
    MIN(CASE WHEN matures_on > as_of() THEN matures_on END) AS next_loan_maturity_on,
    bool_or(kind = 'mortgage') AS has_mortgage,
    bool_or(kind = 'car') AS has_car_loan,
    bool_or(kind = 'consumer') AS has_consumer_loan,
    bool_or(kind = 'business') AS has_business_loan,
    isum(CASE WHEN kind = 'mortgage' THEN amount_fen ELSE 0 END) AS mortgage_amount,
    isum(CASE WHEN kind = 'mortgage' THEN balance_fen ELSE 0 END) AS mortgage_balance,
    isum(CASE WHEN kind = 'mortgage' AND collateral_fen IS NOT NULL THEN balance_fen ELSE 0 END) AS secured_fen,
    isum(CASE WHEN kind = 'mortgage' THEN collateral_fen END) AS collateral_fen,
    MIN(CASE WHEN kind <> 'mortgage' THEN NULL WHEN collateral_area = 'core' THEN 1 WHEN collateral_area = 'good' THEN 2
      WHEN collateral_area = 'ordinary' THEN 3 END) AS area_place,
    bool_and(kind <> 'mortgage' OR COALESCE(days_overdue = 0 AND max_days_overdue_12m = 0, FALSE)) AS all_spotless
  FROM borrowed
  GROUP BY customer_id
)
SELECT
  customer_id,
  loan_count,
  loan_balance,
  monthly_payment,
  loan_days_overdue,
  next_loan_maturity_on,
  has_mortgage,
  has_car_loan,
  has_consumer_loan,
  has_business_loan,
  mortgage_amount,
  mortgage_balance,
  round_div(secured_fen * 100, NULLIF(collateral_fen, 0)) AS mortgage_ltv_percent,
  CASE area_place WHEN 1 THEN 'core' WHEN 2 THEN 'good' WHEN 3 THEN 'ordinary' END AS mortgage_area,
  has_mortgage AND all_spotless AS mortgage_spotless
FROM summed
