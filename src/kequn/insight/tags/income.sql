-- Months: the last 3 or 12 calendar months with the open one. Averages of inflow count whole months only, up to the
-- last one that has ended by today. Inflow leaves out what is no new money: moves between the customer's own accounts
-- here, investments paid back, loans paid out.
WITH monthly AS (
  SELECT identity.customer_id, posting_month.month,
    isum(CASE WHEN kind = 'payroll' THEN amount_fen ELSE 0 END) AS pay_fen,
    isum(CASE WHEN kind = 'pension' THEN amount_fen ELSE 0 END) AS pension_fen,
    isum(CASE WHEN kind = 'subsidy' THEN amount_fen ELSE 0 END) AS subsidy_fen,
    isum(CASE WHEN kind IN ('social_security', 'subsidy') THEN amount_fen ELSE 0 END) AS social_security_fen,
    isum(CASE WHEN kind = 'interest' THEN amount_fen ELSE 0 END) AS interest_fen,
    isum(CASE WHEN scope <> 'inside' AND kind NOT IN ('investment', 'loan') THEN amount_fen ELSE 0 END) AS inflow_fen,
    MAX(CASE WHEN kind = 'payroll' THEN last_on END) AS last_pay_on
  FROM posting_month
  JOIN identity ON posting_month.party_id = identity.party_id
  WHERE direction = 'in' AND month >= add_months(month_start(as_of()), -12)
  GROUP BY identity.customer_id, posting_month.month
),
summed AS (
  SELECT customer_id,
    count(CASE WHEN pay_fen > 0 AND month >= add_months(month_start(as_of()), -2) THEN 1 END) AS payroll_months_3m,
    count(CASE WHEN pay_fen > 0 AND month >= add_months(month_start(as_of()), -11) THEN 1 END) AS payroll_months_12m,
    isum(CASE WHEN month >= add_months(month_start(as_of()), -2) THEN pay_fen ELSE 0 END) AS pay_3m_fen,
    MAX(last_pay_on) AS last_pay_on,
    count(CASE WHEN pension_fen > 0 AND month >= add_months(month_start(as_of()), -2) THEN 1 END) AS pension_months_3m,
    isum(CASE WHEN month >= add_months(month_start(as_of()), -2) THEN pension_fen ELSE 0 END) AS pension_3m_fen,
    count(CASE WHEN subsidy_fen > 0 AND month >= add_months(month_start(as_of()), -11) THEN 1 END)
      AS subsidy_months_12m,
    isum(CASE WHEN month >= add_months(month_start(as_of()), -11) THEN social_security_fen ELSE 0 END)
      AS social_security_inflow_12m,
    isum(CASE WHEN month >= add_months(month_start(as_of()), -11) THEN interest_fen ELSE 0 END) AS interest_12m,
    isum(CASE WHEN month_end(month) <= as_of() AND month >= add_months(month_start(add_days(as_of(), 1)), -3)
      THEN inflow_fen ELSE 0 END) AS inflow_3m_fen,
    isum(CASE WHEN month_end(month) <= as_of() AND month >= add_months(month_start(add_days(as_of(), 1)), -12)
      THEN inflow_fen ELSE 0 END) AS inflow_12m_fen
  FROM monthly
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
  base.customer_id,
  COALESCE(summed.payroll_months_3m, 0) AS payroll_months_3m,
  COALESCE(summed.payroll_months_12m, 0) AS payroll_months_12m,
  COALESCE(round_div(summed.pay_3m_fen, NULLIF(summed.payroll_months_3m, 0)), 0) AS pay_month_avg,
  days_between(summed.last_pay_on, as_of()) AS days_since_pay,
  COALESCE(summed.pension_months_3m, 0) AS pension_months_3m,
  COALESCE(round_div(summed.pension_3m_fen, NULLIF(summed.pension_months_3m, 0)), 0) AS pension_month_avg,
  COALESCE(summed.subsidy_months_12m, 0) AS subsidy_months_12m,
  COALESCE(summed.social_security_inflow_12m, 0) AS social_security_inflow_12m,
  COALESCE(summed.interest_12m, 0) AS interest_12m,
  COALESCE(round_div(summed.inflow_3m_fen, 3), 0) AS inflow_month_avg_3m,
  COALESCE(round_div(summed.inflow_12m_fen, 12), 0) AS inflow_month_avg_12m,
  COALESCE(recent.inflow_30d, 0) AS inflow_30d,
  COALESCE(recent.inflow_largest_30d, 0) AS inflow_largest_30d
FROM customer_base AS base
LEFT JOIN summed ON base.customer_id = summed.customer_id
LEFT JOIN recent ON base.customer_id = recent.customer_id
