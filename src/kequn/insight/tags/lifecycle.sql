-- One stage at a time, the first that holds: new, gone, dormant, returning, growing, declining, stable.
SELECT
  customer_id,
  CASE
    WHEN tenure_days < setting('lifecycle.new_days') THEN 'new'
    WHEN aum = 0 AND product_count = 0 AND loan_count = 0 AND credit_card_count = 0 AND debit_card_count = 0
      THEN 'gone'
    WHEN quiet_days >= setting('lifecycle.dormant_days') THEN 'dormant'
    WHEN quiet_days_before_return >= setting('lifecycle.dormant_days') THEN 'returning'
    WHEN (aum_quarter_avg - aum_last_quarter_avg) * 100 > setting('lifecycle.trend_percent') * aum_last_quarter_avg
      THEN 'growing'
    WHEN (aum_last_quarter_avg - aum_quarter_avg) * 100 > setting('lifecycle.trend_percent') * aum_last_quarter_avg
      THEN 'declining'
    ELSE 'stable' END AS lifecycle_stage
FROM tag
