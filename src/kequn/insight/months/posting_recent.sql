-- Each customer's newest postings in one pass: the open month (open_...), rolling windows of 30 and 90 days, today
-- included, and what the customer made (own) in and before the returning window. It reads back to the first month that
-- the returning window may touch on any day of the open month, where posting_history's last_own_before_on ends.
-- Moved money leaves out moves between the customer's own accounts here and investments, and loans paid out.
WITH newest AS (
  SELECT
    account_id, posted_at, amount_fen, kind, direction, merchant_category,
    COALESCE(channel, 'auto') <> 'auto' AS own,
    COALESCE(own_name, FALSE) AS own_name,
    COALESCE(own_name, FALSE) AND counterparty_bank IS NULL AS inside,
    posted_at >= month_start(as_of()) AS open,
    posted_at >= add_days(as_of(), -89) AS within_90
  FROM posting
  WHERE posted_at >= LEAST(add_days(as_of(), -89),
    month_start(add_days(month_start(as_of()), 1 - setting('lifecycle.returning_days'))))
),
by_account AS (
  SELECT
    account_id,
    MIN(posted_at) AS first_at,
    MIN(CASE WHEN own AND posted_at >= add_days(as_of(), 1 - setting('lifecycle.returning_days'))
      THEN posted_at END) AS first_own_at,
    MAX(CASE WHEN own AND posted_at < add_days(as_of(), 1 - setting('lifecycle.returning_days'))
      THEN posted_at END) AS before_own_at,
    MAX(CASE WHEN own THEN posted_at END) AS last_own_at,
    isum(CASE WHEN within_90 AND direction = 'in' AND NOT inside AND kind NOT IN ('investment', 'loan')
      THEN amount_fen END) AS in_90,
    isum(CASE WHEN within_90 AND direction = 'out' AND NOT inside AND kind <> 'investment' THEN amount_fen END)
      AS out_90,
    isum(CASE WHEN within_90 AND own_name AND direction = 'in' AND NOT inside AND kind NOT IN ('investment', 'loan')
      THEN amount_fen END) AS own_in_90,
    isum(CASE WHEN within_90 AND own_name AND direction = 'out' AND NOT inside AND kind <> 'investment'
      THEN amount_fen END) AS own_out_90,
    isum(CASE WHEN within_90 AND direction = 'in' AND kind = 'merchant_settlement' THEN amount_fen END) AS settled_90,
    isum(CASE WHEN posted_at >= add_days(as_of(), -29) AND direction = 'in' AND NOT inside
      AND kind NOT IN ('investment', 'loan') THEN amount_fen END) AS in_30,
    MAX(CASE WHEN posted_at >= add_days(as_of(), -29) AND direction = 'in' AND NOT inside
      AND kind NOT IN ('investment', 'loan') THEN amount_fen END) AS largest_in_30,
    isum(CASE WHEN open AND direction = 'in' AND kind = 'payroll' THEN amount_fen END) AS open_payroll,
    MAX(CASE WHEN open AND direction = 'in' AND kind = 'payroll' THEN posted_at END) AS last_pay_at,
    isum(CASE WHEN open AND direction = 'in' AND kind = 'pension' THEN amount_fen END) AS open_pension,
    isum(CASE WHEN open AND direction = 'in' AND kind = 'subsidy' THEN amount_fen END) AS open_subsidy,
    isum(CASE WHEN open AND direction = 'in' AND kind = 'social_security' THEN amount_fen END) AS open_social,
    isum(CASE WHEN open AND direction = 'in' AND kind = 'interest' THEN amount_fen END) AS open_interest,
    isum(CASE WHEN open AND direction = 'in' AND NOT inside AND kind NOT IN ('investment', 'loan')
      THEN amount_fen END) AS open_inflow,
    isum(CASE WHEN open AND direction = 'out' AND kind IN ('card_spend', 'household', 'tuition', 'toll', 'fuel')
      THEN amount_fen END) AS open_spend,
    isum(CASE WHEN open AND direction = 'out' AND kind = 'tuition' THEN amount_fen END) AS open_tuition,
    count(CASE WHEN open AND direction = 'out' AND kind = 'tuition' THEN 1 END) AS open_tuition_count,
    isum(CASE WHEN open AND direction = 'out' AND kind = 'insurance' AND merchant_category = 'car_insurance'
      THEN amount_fen END) AS open_car_insurance,
    isum(CASE WHEN open AND direction = 'out' AND kind = 'insurance' THEN amount_fen END) AS open_insurance,
    isum(CASE WHEN open AND direction = 'out' AND kind = 'tax' THEN amount_fen END) AS open_tax
  FROM newest
  GROUP BY account_id
)
SELECT
  account.customer_id,
  month_start(MIN(by_account.first_at)) AS first_month,
  date_of(MIN(by_account.first_own_at)) AS first_own_on,
  date_of(MAX(by_account.before_own_at)) AS before_own_on,
  date_of(MAX(by_account.last_own_at)) AS last_own_on,
  COALESCE(isum(by_account.in_90), 0) AS inflow_90d,
  COALESCE(isum(by_account.out_90), 0) AS outflow_90d,
  COALESCE(isum(by_account.own_in_90), 0) AS inflow_own_name_90d,
  COALESCE(isum(by_account.own_out_90), 0) AS outflow_own_name_90d,
  COALESCE(isum(by_account.settled_90), 0) AS settled_90d,
  COALESCE(isum(by_account.in_30), 0) AS inflow_30d,
  COALESCE(MAX(by_account.largest_in_30), 0) AS inflow_largest_30d,
  COALESCE(isum(by_account.open_payroll), 0) AS open_payroll_fen,
  date_of(MAX(by_account.last_pay_at)) AS last_pay_on,
  COALESCE(isum(by_account.open_pension), 0) AS open_pension_fen,
  COALESCE(isum(by_account.open_subsidy), 0) AS open_subsidy_fen,
  COALESCE(isum(by_account.open_social), 0) AS open_social_security_fen,
  COALESCE(isum(by_account.open_interest), 0) AS open_interest_fen,
  COALESCE(isum(by_account.open_inflow), 0) AS open_inflow_fen,
  COALESCE(isum(by_account.open_spend), 0) AS open_spend_fen,
  COALESCE(isum(by_account.open_tuition), 0) AS open_tuition_fen,
  COALESCE(isum(by_account.open_tuition_count), 0) AS open_tuition_count,
  COALESCE(isum(by_account.open_car_insurance), 0) AS open_car_insurance_fen,
  COALESCE(isum(by_account.open_insurance), 0) AS open_insurance_fen,
  COALESCE(isum(by_account.open_tax), 0) AS open_tax_fen
FROM by_account
JOIN account ON by_account.account_id = account.account_id
GROUP BY account.customer_id
