-- What the months before the open one say of each customer's balances: the opening balance of the open month by
-- class, and for each of the twelve months before it the sum of day-ends (day_sum_1 is the latest).
WITH moved AS (
  SELECT identity.customer_id, balance_month.month, balance_month.asset_class, balance_month.term,
    balance_month.change_fen, balance_month.weighted_fen,
    months_between_starts(balance_month.month, month_start(as_of())) AS back
  FROM balance_month JOIN identity ON balance_month.party_id = identity.party_id
  WHERE balance_month.month < month_start(as_of())
)
SELECT
  customer_id,
  MIN(month) AS first_month,
  isum(change_fen) AS opening_fen,
  isum(CASE WHEN asset_class = 'deposit' AND term <> 'time' THEN change_fen ELSE 0 END) AS opening_demand_fen,
  isum(CASE WHEN asset_class = 'deposit' AND term = 'time' THEN change_fen ELSE 0 END) AS opening_time_fen,
  isum(CASE WHEN asset_class = 'wealth' THEN change_fen ELSE 0 END) AS opening_wealth_fen,
  isum(CASE WHEN asset_class = 'fund' THEN change_fen ELSE 0 END) AS opening_fund_fen,
  isum(CASE WHEN asset_class = 'insurance' THEN change_fen ELSE 0 END) AS opening_insurance_fen,
  isum(CASE WHEN asset_class = 'metal' THEN change_fen ELSE 0 END) AS opening_metal_fen,
  isum(CASE WHEN asset_class = 'other' THEN change_fen ELSE 0 END) AS opening_other_fen,
  isum(CASE WHEN back = 1 THEN weighted_fen WHEN back > 1
    THEN change_fen * days_in_month(add_months(as_of(), -1)) ELSE 0 END) AS day_sum_1,
  isum(CASE WHEN back = 2 THEN weighted_fen WHEN back > 2
    THEN change_fen * days_in_month(add_months(as_of(), -2)) ELSE 0 END) AS day_sum_2,
  isum(CASE WHEN back = 3 THEN weighted_fen WHEN back > 3
    THEN change_fen * days_in_month(add_months(as_of(), -3)) ELSE 0 END) AS day_sum_3,
  isum(CASE WHEN back = 4 THEN weighted_fen WHEN back > 4
    THEN change_fen * days_in_month(add_months(as_of(), -4)) ELSE 0 END) AS day_sum_4,
  isum(CASE WHEN back = 5 THEN weighted_fen WHEN back > 5
    THEN change_fen * days_in_month(add_months(as_of(), -5)) ELSE 0 END) AS day_sum_5,
  isum(CASE WHEN back = 6 THEN weighted_fen WHEN back > 6
    THEN change_fen * days_in_month(add_months(as_of(), -6)) ELSE 0 END) AS day_sum_6,
  isum(CASE WHEN back = 7 THEN weighted_fen WHEN back > 7
    THEN change_fen * days_in_month(add_months(as_of(), -7)) ELSE 0 END) AS day_sum_7,
  isum(CASE WHEN back = 8 THEN weighted_fen WHEN back > 8
    THEN change_fen * days_in_month(add_months(as_of(), -8)) ELSE 0 END) AS day_sum_8,
  isum(CASE WHEN back = 9 THEN weighted_fen WHEN back > 9
    THEN change_fen * days_in_month(add_months(as_of(), -9)) ELSE 0 END) AS day_sum_9,
  isum(CASE WHEN back = 10 THEN weighted_fen WHEN back > 10
    THEN change_fen * days_in_month(add_months(as_of(), -10)) ELSE 0 END) AS day_sum_10,
  isum(CASE WHEN back = 11 THEN weighted_fen WHEN back > 11
    THEN change_fen * days_in_month(add_months(as_of(), -11)) ELSE 0 END) AS day_sum_11,
  isum(CASE WHEN back = 12 THEN weighted_fen WHEN back > 12
    THEN change_fen * days_in_month(add_months(as_of(), -12)) ELSE 0 END) AS day_sum_12
FROM moved
GROUP BY customer_id
