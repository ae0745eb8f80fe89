-- Months: the last 3 or 12 calendar months with the open one. Averages of inflow count whole months only, up to the
-- last one that has ended by today. Inflow leaves out what is no new money: moves between the customer's own accounts
-- here, investments paid back, loans paid out.
WITH credited AS (
  SELECT identity.customer_id, posting_month.month, posting_month.kind, posting_month.scope,
    posting_month.amount_fen, posting_month.last_on
  FROM posting_month
  JOIN identity ON posting_month.party_id = identity.party_id
  WHERE posting_month.direction = 'in' AND posting_month.month >= add_months(month_start(as_of()), -12)
),
regular AS (
  SELECT customer_id, kind, month, isum(amount_fen) AS amount_fen, MAX(last_on) AS last_on
  FROM credited
  WHERE kind IN ('payroll', 'pension', 'subsidy')
  GROUP BY customer_id, kind, month
),
counted AS (
  SELECT customer_id,
    count(*) FILTER (WHERE kind = 'payroll' AND amount_fen > 0 AND month >= add_months(month_start(as_of()), -2))
      AS payroll_months_3m,
    count(*) FILTER (WHERE kind = 'payroll' AND amount_fen > 0 AND month >= add_months(month_start(as_of()), -11))
      AS payroll_months_12m,
    isum(amount_fen) FILTER (WHERE kind = 'payroll' AND month >= add_months(month_start(as_of()), -2)) AS pay_3m_fen,
    MAX(last_on) FILTER (WHERE kind = 'payroll') AS last_pay_on,
    count(*) FILTER (WHERE kind = 'pension' AND amount_fen > 0 AND month >= add_months(month_start(as_of()), -2))
      AS pension_months_3m,
    isum(amount_fen) FILTER (WHERE kind = 'pension' AND month >= add_months(month_start(as_of()), -2))
      AS pension_3m_fen,
    count(*) FILTER (WHERE kind = 'subsidy' AND amount_fen > 0 AND month >= add_months(month_start(as_of()), -11))
      AS subsidy_months_12m
  FROM regular
  GROUP BY customer_id
),
summed AS (
  SELECT customer_id,
    isum(amount_fen) FILTER (WHERE kind IN ('social_security', 'subsidy')
      AND month >= add_months(month_start(as_of()), -11)) AS social_security_inflow_12m,
    isum(amount_fen) FILTER (WHERE kind = 'interest' AND month >= add_months(month_start(as_of()), -11))
      AS interest_12m,
    isum(amount_fen) FILTER (WHERE scope <> 'inside' AND kind NOT IN ('investment', 'loan')
      AND month_end(month) <= as_of() AND month >= add_months(month_start(add_days(as_of(), 1)), -3)) AS inflow_3m_fen,
    isum(amount_fen) FILTER (WHERE scope <> 'inside' AND kind NOT IN ('investment', 'loan')
      AND month_end(month) <= as_of() AND month >= add_months(month_start(add_days(as_of(), 1)), -12)) AS inflow_12m_fen
  FROM credited
  GROUP BY customer_id
),
recent AS (
  SELECT account.customer_id, isum(posting.amount_fen) AS inflow_30d, MAX(posting.amount_fen) AS inflow_largest_30d
  FROM posting
  JOIN account ON posting.account_id = account.account_id
  WHERE posting.posted_at >= add_days(as_of(), -29) AND posting.direction = 'in'
    AND posting.kind NOT IN ('investment', 'loan')
    AND NOT (COALESCE(posting.own_name, FALSE) AND posting.counterparty_bank IS NULL)
  GROUP BY account.customer_id
)
SELECT
  summed.customer_id,
  COALESCE(counted.payroll_months_3m, 0) AS payroll_months_3m,
  COALESCE(counted.payroll_months_12m, 0) AS payroll_months_12m,
  COALESCE(round_div(counted.pay_3m_fen, NULLIF(counted.payroll_months_3m, 0)), 0) AS pay_month_avg,
  days_between(counted.last_pay_on, as_of()) AS days_since_pay,
  COALESCE(counted.pension_months_3m, 0) AS pension_months_3m,
  COALESCE(round_div(counted.pension_3m_fen, NULLIF(counted.pension_months_3m, 0)), 0) AS pension_month_avg,
  COALESCE(counted.subsidy_months_12m, 0) AS subsidy_months_12m,
  COALESCE(summed.social_security_inflow_12m, 0) AS social_security_inflow_12m,
  COALESCE(summed.interest_12m, 0) AS interest_12m,
  COALESCE(round_div(summed.inflow_3m_fen, 3), 0) AS inflow_month_avg_3m,
  COALESCE(round_div(summed.inflow_12m_fen, 12), 0) AS inflow_month_avg_12m,
  COALESCE(recent.inflow_30d, 0) AS inflow_30d,
  COALESCE(recent.inflow_largest_30d, 0) AS inflow_largest_30d
FROM summed
LEFT JOIN counted ON summed.customer_id = counted.customer_id
LEFT JOIN recent ON summed.customer_id = recent.customer_id
