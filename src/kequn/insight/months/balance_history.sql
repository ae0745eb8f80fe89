-- What the months before the open one say of each customer's balances: the opening balance of the open month by
-- class, and for each of the twelve months before it the sum of day-ends (day_sum_1 is the latest).
-- Older months only count with what they left behind: the opening balance less the changes of the twelve months.
WITH by_class AS (
  SELECT party_id, asset_class, term, MIN(month) AS first_month, isum(change_fen) AS change_fen
  FROM balance_month
  WHERE month < month_start(as_of())
  GROUP BY party_id, asset_class, term
),
opening AS (
  SELECT
    identity.customer_id,
    MIN(first_month) AS first_month,
    isum(change_fen) AS opening_fen,
    isum(change_fen) FILTER (WHERE asset_class = 'deposit' AND term <> 'time') AS demand_fen,
    isum(change_fen) FILTER (WHERE asset_class = 'deposit' AND term = 'time') AS time_fen,
    isum(change_fen) FILTER (WHERE asset_class = 'wealth') AS wealth_fen,
    isum(change_fen) FILTER (WHERE asset_class = 'fund') AS fund_fen,
    isum(change_fen) FILTER (WHERE asset_class = 'insurance') AS insurance_fen,
    isum(change_fen) FILTER (WHERE asset_class = 'metal') AS metal_fen,
    isum(change_fen) FILTER (WHERE asset_class = 'other') AS other_fen
  FROM by_class
  JOIN identity ON by_class.party_id = identity.party_id
  GROUP BY identity.customer_id
),
moved AS (
  SELECT identity.customer_id, balance_month.change_fen, balance_month.weighted_fen,
    months_between_starts(balance_month.month, month_start(as_of())) AS back
  FROM balance_month
  JOIN identity ON balance_month.party_id = identity.party_id
  WHERE balance_month.month < month_start(as_of()) AND balance_month.month >= add_months(month_start(as_of()), -12)
),
year AS (
  SELECT
    customer_id,
    isum(change_fen) AS change_fen,
    isum(CASE WHEN back = 1 THEN weighted_fen WHEN back > 1
      THEN change_fen * days_in_month(add_months(as_of(), -1)) ELSE 0 END) AS moved_1,
    isum(CASE WHEN back = 2 THEN weighted_fen WHEN back > 2
      THEN change_fen * days_in_month(add_months(as_of(), -2)) ELSE 0 END) AS moved_2,
    isum(CASE WHEN back = 3 THEN weighted_fen WHEN back > 3
      THEN change_fen * days_in_month(add_months(as_of(), -3)) ELSE 0 END) AS moved_3,
    isum(CASE WHEN back = 4 THEN weighted_fen WHEN back > 4
      THEN change_fen * days_in_month(add_months(as_of(), -4)) ELSE 0 END) AS moved_4,
    isum(CASE WHEN back = 5 THEN weighted_fen WHEN back > 5
      THEN change_fen * days_in_month(add_months(as_of(), -5)) ELSE 0 END) AS moved_5,
    isum(CASE WHEN back = 6 THEN weighted_fen WHEN back > 6
      THEN change_fen * days_in_month(add_months(as_of(), -6)) ELSE 0 END) AS moved_6,
    isum(CASE WHEN back = 7 THEN weighted_fen WHEN back > 7
      THEN change_fen * days_in_month(add_months(as_of(), -7)) ELSE 0 END) AS moved_7,
    isum(CASE WHEN back = 8 THEN weighted_fen WHEN back > 8
      THEN change_fen * days_in_month(add_months(as_of(), -8)) ELSE 0 END) AS moved_8,
    isum(CASE WHEN back = 9 THEN weighted_fen WHEN back > 9
      THEN change_fen * days_in_month(add_months(as_of(), -9)) ELSE 0 END) AS moved_9,
    isum(CASE WHEN back = 10 THEN weighted_fen WHEN back > 10
      THEN change_fen * days_in_month(add_months(as_of(), -10)) ELSE 0 END) AS moved_10,
    isum(CASE WHEN back = 11 THEN weighted_fen WHEN back > 11
      THEN change_fen * days_in_month(add_months(as_of(), -11)) ELSE 0 END) AS moved_11,
    isum(CASE WHEN back = 12 THEN weighted_fen ELSE 0 END) AS moved_12
  FROM moved
  GROUP BY customer_id
),
whole AS (
  SELECT
    opening.customer_id, opening.first_month, opening.opening_fen,
    opening.demand_fen, opening.time_fen, opening.wealth_fen, opening.fund_fen, opening.insurance_fen,
    opening.metal_fen, opening.other_fen,
    opening.opening_fen - COALESCE(year.change_fen, 0) AS before_fen,
    year.moved_1, year.moved_2, year.moved_3, year.moved_4, year.moved_5, year.moved_6,
    year.moved_7, year.moved_8, year.moved_9, year.moved_10, year.moved_11, year.moved_12
  FROM opening
  LEFT JOIN year ON opening.customer_id = year.customer_id
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
  before_fen * days_in_month(add_months(as_of(), -1)) + COALESCE(moved_1, 0) AS day_sum_1,
  before_fen * days_in_month(add_months(as_of(), -2)) + COALESCE(moved_2, 0) AS day_sum_2,
  before_fen * days_in_month(add_months(as_of(), -3)) + COALESCE(moved_3, 0) AS day_sum_3,
  before_fen * days_in_month(add_months(as_of(), -4)) + COALESCE(moved_4, 0) AS day_sum_4,
  before_fen * days_in_month(add_months(as_of(), -5)) + COALESCE(moved_5, 0) AS day_sum_5,
  before_fen * days_in_month(add_months(as_of(), -6)) + COALESCE(moved_6, 0) AS day_sum_6,
  before_fen * days_in_month(add_months(as_of(), -7)) + COALESCE(moved_7, 0) AS day_sum_7,
  before_fen * days_in_month(add_months(as_of(), -8)) + COALESCE(moved_8, 0) AS day_sum_8,
  before_fen * days_in_month(add_months(as_of(), -9)) + COALESCE(moved_9, 0) AS day_sum_9,
  before_fen * days_in_month(add_months(as_of(), -10)) + COALESCE(moved_10, 0) AS day_sum_10,
  before_fen * days_in_month(add_months(as_of(), -11)) + COALESCE(moved_11, 0) AS day_sum_11,
  before_fen * days_in_month(add_months(as_of(), -12)) + COALESCE(moved_12, 0) AS day_sum_12
FROM whole
