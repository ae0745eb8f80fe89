-- Spending: card spend, household bills, tuition, tolls and fuel. 12 months are the last 12 calendar months with the
-- open one; the average counts the last three whole months.
WITH paid AS (
  SELECT identity.customer_id, posting_month.month, posting_month.kind, posting_month.amount_fen,
    posting_month.posting_count
  FROM posting_month
  JOIN identity ON posting_month.party_id = identity.party_id
  WHERE posting_month.direction = 'out' AND posting_month.month >= add_months(month_start(as_of()), -11)
    AND posting_month.kind IN
      ('card_spend', 'household', 'tuition', 'toll', 'fuel', 'insurance', 'car_insurance', 'tax')
),
monthly AS (
  SELECT customer_id,
    isum(amount_fen) FILTER (WHERE kind IN ('card_spend', 'household', 'tuition', 'toll', 'fuel')
      AND month_end(month) <= as_of() AND month >= add_months(month_start(add_days(as_of(), 1)), -3)) AS spend_3m_fen,
    isum(amount_fen) FILTER (WHERE kind = 'tuition') AS tuition_12m,
    isum(posting_count) FILTER (WHERE kind = 'tuition') AS tuition_count_12m,
    isum(amount_fen) FILTER (WHERE kind = 'car_insurance') AS car_insurance_12m,
    isum(amount_fen) FILTER (WHERE kind IN ('insurance', 'car_insurance')) AS insurance_paid_12m,
    isum(amount_fen) FILTER (WHERE kind = 'tax') AS tax_12m
  FROM paid
  GROUP BY customer_id
),
by_category AS (
  SELECT account.customer_id, CASE WHEN posting.kind = 'card_spend' THEN posting.merchant_category END AS category,
    isum(posting.amount_fen) AS spent_fen,
    count(*) AS spend_count,
    count(*) FILTER (WHERE posting.kind = 'toll') AS toll_count,
    count(*) FILTER (WHERE posting.kind = 'fuel') AS fuel_count,
    count(*) FILTER (WHERE posting.kind = 'household') AS household_count
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
    MAX(category) FILTER (WHERE place = 1) AS spend_top_category,
    isum(toll_count) AS toll_count_90d,
    isum(fuel_count) AS fuel_count_90d,
    isum(household_count) AS household_bills_90d
  FROM placed
  GROUP BY customer_id
)
SELECT
  monthly.customer_id,
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
FROM monthly
LEFT JOIN recent ON monthly.customer_id = recent.customer_id
