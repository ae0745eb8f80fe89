-- Spending: card spend, household bills, tuition, tolls and fuel. 12 months are the last 12 calendar months with the
-- open one; the average counts the last three whole months.
WITH by_category AS (
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
by_customer AS (
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
  COALESCE(history.customer_id, recent.customer_id) AS customer_id,
  COALESCE(round_div(CASE WHEN as_of() = month_end(as_of())
    THEN COALESCE(history.spend_fen_2, 0) + COALESCE(recent.open_spend_fen, 0)
    ELSE history.spend_fen_3 END, 3), 0) AS spend_month_avg_3m,
  COALESCE(by_customer.spend_count_90d, 0) AS spend_count_90d,
  COALESCE(by_customer.spend_90d, 0) AS spend_90d,
  by_customer.spend_top_category,
  COALESCE(history.tuition_fen_11, 0) + COALESCE(recent.open_tuition_fen, 0) AS tuition_12m,
  COALESCE(history.tuition_count_11, 0) + COALESCE(recent.open_tuition_count, 0) AS tuition_count_12m,
  COALESCE(by_customer.toll_count_90d, 0) AS toll_count_90d,
  COALESCE(by_customer.fuel_count_90d, 0) AS fuel_count_90d,
  COALESCE(history.car_insurance_fen_11, 0) + COALESCE(recent.open_car_insurance_fen, 0) AS car_insurance_12m,
  COALESCE(history.insurance_fen_11, 0) + COALESCE(recent.open_insurance_fen, 0) AS insurance_paid_12m,
  COALESCE(history.tax_fen_11, 0) + COALESCE(recent.open_tax_fen, 0) AS tax_12m,
  COALESCE(by_customer.household_bills_90d, 0) AS household_bills_90d
FROM posting_history AS history
FULL JOIN posting_recent AS recent ON history.customer_id = recent.customer_id
LEFT JOIN by_customer ON recent.customer_id = by_customer.customer_id
