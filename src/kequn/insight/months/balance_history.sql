-- What the months before the open one say of each customer's balances: the opening balance of the open month by
-- class, and for each of the twelve months before it the sum of day-ends (day_sum_1 is the latest).
-- c1..c12 are the months' changes and w1..w12 the same weighted with the days they stood; a month begins with the
-- opening balance less all changes since.
WITH moved AS (
  SELECT identity.customer_id, balance_month.month, balance_month.asset_class, balance_month.term,
    balance_month.change_fen, balance_month.weighted_fen,
    months_between_starts(balance_month.month, month_start(as_of())) AS back
  FROM balance_month
  JOIN identity ON balance_month.party_id = identity.party_id
  WHERE balance_month.month < month_start(as_of())
),
summed AS (
  SELECT
    customer_id,
    MIN(month) AS first_month,
    isum(change_fen) AS opening_fen,
    isum(change_fen) FILTER (WHERE asset_class = 'deposit' AND term <> 'time') AS demand_fen,
    isum(change_fen) FILTER (WHERE asset_class = 'deposit' AND term = 'time') AS time_fen,
    isum(change_fen) FILTER (WHERE asset_class = 'wealth') AS wealth_fen,
    isum(change_fen) FILTER (WHERE asset_class = 'fund') AS fund_fen,
    isum(change_fen) FILTER (WHERE asset_class = 'insurance') AS insurance_fen,
    isum(change_fen) FILTER (WHERE asset_class = 'metal') AS metal_fen,
    isum(change_fen) FILTER (WHERE asset_class = 'other') AS other_fen,
    COALESCE(isum(change_fen) FILTER (WHERE back = 1), 0) AS c1,
    COALESCE(isum(change_fen) FILTER (WHERE back = 2), 0) AS c2,
    COALESCE(isum(change_fen) FILTER (WHERE back = 3), 0) AS c3,
    COALESCE(isum(change_fen) FILTER (WHERE back = 4), 0) AS c4,
    COALESCE(isum(change_fen) FILTER (WHERE back = 5), 0) AS c5,
    COALESCE(isum(change_fen) FILTER (WHERE back = 6), 0) AS c6,
    COALESCE(isum(change_fen) FILTER (WHERE back = 7), 0) AS c7,
    COALESCE(isum(change_fen) FILTER (WHERE back = 8), 0) AS c8,
    COALESCE(isum(change_fen) FILTER (WHERE back = 9), 0) AS c9,
    COALESCE(isum(change_fen) FILTER (WHERE back = 10), 0) AS c10,
    COALESCE(isum(change_fen) FILTER (WHERE back = 11), 0) AS c11,
    COALESCE(isum(change_fen) FILTER (WHERE back = 12), 0) AS c12,
    COALESCE(isum(weighted_fen) FILTER (WHERE back = 1), 0) AS w1,
    COALESCE(isum(weighted_fen) FILTER (WHERE back = 2), 0) AS w2,
    COALESCE(isum(weighted_fen) FILTER (WHERE back = 3), 0) AS w3,
    COALESCE(isum(weighted_fen) FILTER (WHERE back = 4), 0) AS w4,
    COALESCE(isum(weighted_fen) FILTER (WHERE back = 5), 0) AS w5,
    COALESCE(isum(weighted_fen) FILTER (WHERE back = 6), 0) AS w6,
    COALESCE(isum(weighted_fen) FILTER (WHERE back = 7), 0) AS w7,
    COALESCE(isum(weighted_fen) FILTER (WHERE back = 8), 0) AS w8,
    COALESCE(isum(weighted_fen) FILTER (WHERE back = 9), 0) AS w9,
    COALESCE(isum(weighted_fen) FILTER (WHERE back = 10), 0) AS w10,
    COALESCE(isum(weighted_fen) FILTER (WHERE back = 11), 0) AS w11,
    COALESCE(isum(weighted_fen) FILTER (WHERE back = 12), 0) AS w12
  FROM moved
  GROUP BY customer_id
)
SELECT
  customer_id,
  first_month,
  opening_fen,
  COALESCE(demand_fen, 0) AS opening_demand_fen,
  COALESCE(time_fen, 0) AS opening_time_fen,
  COALESCE(wealth_fen, 0) AS opening_wealth_fen,
  COALESCE(fund_fen, 0) AS opening_fund_fen,
  COALESCE(insurance_fen, 0) AS opening_insurance_fen,
  COALESCE(metal_fen, 0) AS opening_metal_fen,
  COALESCE(other_fen, 0) AS opening_other_fen,
  (opening_fen - c1) * days_in_month(add_months(as_of(), -1)) + w1 AS day_sum_1,
  (opening_fen - c1 - c2) * days_in_month(add_months(as_of(), -2)) + w2 AS day_sum_2,
  (opening_fen - c1 - c2 - c3) * days_in_month(add_months(as_of(), -3)) + w3 AS day_sum_3,
  (opening_fen - c1 - c2 - c3 - c4) * days_in_month(add_months(as_of(), -4)) + w4 AS day_sum_4,
  (opening_fen - c1 - c2 - c3 - c4 - c5) * days_in_month(add_months(as_of(), -5)) + w5 AS day_sum_5,
  (opening_fen - c1 - c2 - c3 - c4 - c5 - c6) * days_in_month(add_months(as_of(), -6)) + w6 AS day_sum_6,
  (opening_fen - c1 - c2 - c3 - c4 - c5 - c6 - c7) * days_in_month(add_months(as_of(), -7)) + w7 AS day_sum_7,
  (opening_fen - c1 - c2 - c3 - c4 - c5 - c6 - c7 - c8) * days_in_month(add_months(as_of(), -8)) + w8 AS day_sum_8,
  (opening_fen - c1 - c2 - c3 - c4 - c5 - c6 - c7 - c8 - c9) * days_in_month(add_months(as_of(), -9)) + w9 AS day_sum_9,
  (opening_fen - c1 - c2 - c3 - c4 - c5 - c6 - c7 - c8 - c9 - c10)
    * days_in_month(add_months(as_of(), -10)) + w10 AS day_sum_10,
  (opening_fen - c1 - c2 - c3 - c4 - c5 - c6 - c7 - c8 - c9 - c10 - c11)
    * days_in_month(add_months(as_of(), -11)) + w11 AS day_sum_11,
  (opening_fen - c1 - c2 - c3 - c4 - c5 - c6 - c7 - c8 - c9 - c10 - c11 - c12)
    * days_in_month(add_months(as_of(), -12)) + w12 AS day_sum_12
FROM summed
