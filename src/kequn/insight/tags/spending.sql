-- Spending: card spend, household bills, tuition, tolls and fuel. 12 months are the last 12 calendar months with the
-- open one; the average counts the last three whole months.
WITH monthly AS (
  SELECT identity.customer_id,
    isum(CASE WHEN kind IN ('card_spend', 'household', 'tuition', 'toll', 'fuel') AND month_end(month) <= as_of()
      AND month >= add_months(month_start(add_days(as_of(), 1)), -3) THEN amount_fen ELSE 0 END) AS spend_3m_fen,
    isum(CASE WHEN kind = 'tuition' AND month >= add_months(month_start(as_of()), -11) THEN amount_fen ELSE 0 END)
      AS tuition_12m,
    isum(CASE WHEN kind = 'tuition' AND month >= add_months(month_start(as_of()), -11) THEN posting_count ELSE 0 END)
      AS tuition_count_12m,
    isum(CASE WHEN kind = 'car_insurance' AND month >= add_months(month_start(as_of()), -11) THEN amount_fen ELSE 0 END)
      AS car_insurance_12m,
    isum(CASE WHEN kind IN ('insurance', 'car_insurance') AND month >= add_months(month_start(as_of()), -11)
      THEN amount_fen ELSE 0 END) AS insurance_paid_12m,
    isum(CASE WHEN kind = 'tax' AND month >= add_months(month_start(as_of()), -11) THEN amount_fen ELSE 0 END)
      AS tax_12m
  FROM posting_month
  JOIN identity ON posting_month.party_id = identity.party_id
  WHERE direction = 'out' AND month >= add_months(month_start(as_of()), -11)
    AND kind IN ('card_spend', 'household', 'tuition', 'toll', 'fuel', 'insurance', 'car_insurance', 'tax')
  GROUP BY identity.customer_id
),
by_category AS (
  SELECT account.customer_id, CASE WHEN posting.kind = 'card_spend' THEN posting.merchant_category END AS category,
    isum(posting.amount_fen) AS spent_fen,
    count(*) AS spend_count,
    count(CASE WHEN posting.kind = 'toll' THEN 1 END) AS toll_count,
    count(CASE WHEN posting.kind = 'fuel' THEN 1 END) AS fuel_count,
    count(CASE WHEN posting.kind = 'household' THEN 1 END) AS household_count
  FROM posting
  JOIN account ON posting.account_id = account.account_id
  WHERE posting.posted_at >= add_days(as_of(), -89) AND posting.direction = 'out'
    AND posting.kind IN ('card_spend', 'household', 'tuition', 'toll', 'fuel')
  GROUP BY account.customer_id, CASE WHEN posting.kind = 'card_spend' THEN posting.merchant_category END
),
placed AS (
  SELECT customer_id, category, spent_fen, spend_count, toll_count, fuel_count, household_count,
    row_number() OVER (PARTITION BY customer_id, category IS NULL ORDER BY spent_fen DESC, category) AS place
  FROM by_category
),
recent AS (
  SELECT customer_id,
    isum(spent_fen) AS spend_90d,
    isum(spend_count) AS spend_count_90d,
    MAX(CASE WHEN place = 1 THEN category END) AS spend_top_category,
    isum(toll_count) AS toll_count_90d,
    isum(fuel_count) AS fuel_count_90d,
    isum(household_count) AS household_bills_90d
  FROM placed
  GROUP BY customer_id
)
SELECT
  base.customer_id,
  COALESCE(round_div(monthly.spend_3m_fen, 3), 0) AS spend_month_avg_3m,
  COALESCE(recent.spend_count_90d, 0) AS spend_count_90d,
  COALESCE(recent.spend_90d, 0) AS spend_90d,
  recent.spend_top_category,
  COALESCE(monthly.tuition_12m, 0) AS tuition_12m,
  COALESCE(monthly.tuition_count_12m, 0) AS tuition_count_12m,
  COALESCE(recent.toll_count_90d, 0) AS toll_count_90d,
  COALESCE(recent.fuel_count_90d, 0) AS fuel_count_90d,
  COALESCE(monthly.car_insurance_12m, 0) AS car_insurance_12m,
  COALESCE(monthly.insurance_paid_12m, 0) AS insurance_paid_12m,
  COALESCE(monthly.tax_12m, 0) AS tax_12m,
  COALESCE(recent.household_bills_90d, 0) AS household_bills_90d
FROM customer_base AS base
LEFT JOIN monthly ON base.customer_id = monthly.customer_id
LEFT JOIN recent ON base.customer_id = recent.customer_id
