-- What the months before the open one say of each customer's postings. A number behind a name counts the closed months
-- that it spans: payroll_fen_2 is the pay of the last two. Inflow leaves out what is no new money: moves between the
-- customer's own accounts here, investments paid back, loans paid out. own: made by the customer, not by standing order
-- or batch; last_own_before_on leaves out the months that the returning window may touch (see posting_recent).
WITH closed AS (
  SELECT
    account_id, posted_at, amount_fen, kind, direction, merchant_category,
    COALESCE(channel, 'auto') <> 'auto' AS own,
    direction = 'in' AND kind NOT IN ('investment', 'loan')
      AND NOT (COALESCE(own_name, FALSE) AND counterparty_bank IS NULL) AS new_money
  FROM posting
  WHERE posted_at < month_start(as_of())
),
by_account AS (
  SELECT
    account_id,
    MIN(posted_at) AS first_at,
    MAX(CASE WHEN own THEN posted_at END) AS last_own_at,
    MAX(CASE WHEN own
      AND posted_at < month_start(add_days(month_start(as_of()), 1 - setting('lifecycle.returning_days')))
      THEN posted_at END) AS last_own_before_at,
    isum(CASE WHEN direction = 'in' AND kind IN ('social_security', 'subsidy')
      AND posted_at >= add_months(month_start(as_of()), -11) THEN amount_fen END) AS social_security_fen_11,
    isum(CASE WHEN direction = 'in' AND kind = 'interest'
      AND posted_at >= add_months(month_start(as_of()), -11) THEN amount_fen END) AS interest_fen_11,
    isum(CASE WHEN new_money AND posted_at >= add_months(month_start(as_of()), -2) THEN amount_fen END) AS inflow_fen_2,
    isum(CASE WHEN new_money AND posted_at >= add_months(month_start(as_of()), -3) THEN amount_fen END) AS inflow_fen_3,
    isum(CASE WHEN new_money AND posted_at >= add_months(month_start(as_of()), -11)
      THEN amount_fen END) AS inflow_fen_11,
    isum(CASE WHEN new_money AND posted_at >= add_months(month_start(as_of()), -12)
      THEN amount_fen END) AS inflow_fen_12,
    isum(CASE WHEN direction = 'in' AND kind = 'merchant_settlement'
      AND posted_at >= add_months(month_start(as_of()), -3) THEN amount_fen END) AS settled_fen_3,
    isum(CASE WHEN direction = 'out' AND kind IN ('card_spend', 'household', 'tuition', 'toll', 'fuel')
      AND posted_at >= add_months(month_start(as_of()), -2) THEN amount_fen END) AS spend_fen_2,
    isum(CASE WHEN direction = 'out' AND kind IN ('card_spend', 'household', 'tuition', 'toll', 'fuel')
      AND posted_at >= add_months(month_start(as_of()), -3) THEN amount_fen END) AS spend_fen_3,
    isum(CASE WHEN direction = 'out' AND kind = 'tuition'
      AND posted_at >= add_months(month_start(as_of()), -11) THEN amount_fen END) AS tuition_fen_11,
    count(CASE WHEN direction = 'out' AND kind = 'tuition'
      AND posted_at >= add_months(month_start(as_of()), -11) THEN 1 END) AS tuition_count_11,
    isum(CASE WHEN direction = 'out' AND kind = 'insurance' AND merchant_category = 'car_insurance'
      AND posted_at >= add_months(month_start(as_of()), -11) THEN amount_fen END) AS car_insurance_fen_11,
    isum(CASE WHEN direction = 'out' AND kind = 'insurance'
      AND posted_at >= add_months(month_start(as_of()), -11) THEN amount_fen END) AS insurance_fen_11,
    isum(CASE WHEN direction = 'out' AND kind = 'tax'
      AND posted_at >= add_months(month_start(as_of()), -11) THEN amount_fen END) AS tax_fen_11
  FROM closed
  GROUP BY account_id
),
summed AS (
  SELECT
    identity.customer_id,
    month_start(MIN(by_account.first_at)) AS first_month,
    date_of(MAX(by_account.last_own_at)) AS last_own_on,
    date_of(MAX(by_account.last_own_before_at)) AS last_own_before_on,
    isum(by_account.social_security_fen_11) AS social_security_fen_11,
    isum(by_account.interest_fen_11) AS interest_fen_11,
    isum(by_account.inflow_fen_2) AS inflow_fen_2,
    isum(by_account.inflow_fen_3) AS inflow_fen_3,
    isum(by_account.inflow_fen_11) AS inflow_fen_11,
    isum(by_account.inflow_fen_12) AS inflow_fen_12,
    isum(by_account.settled_fen_3) AS settled_fen_3,
    isum(by_account.spend_fen_2) AS spend_fen_2,
    isum(by_account.spend_fen_3) AS spend_fen_3,
    isum(by_account.tuition_fen_11) AS tuition_fen_11,
    isum(by_account.tuition_count_11) AS tuition_count_11,
    isum(by_account.car_insurance_fen_11) AS car_insurance_fen_11,
    isum(by_account.insurance_fen_11) AS insurance_fen_11,
    isum(by_account.tax_fen_11) AS tax_fen_11
  FROM by_account
  JOIN account ON by_account.account_id = account.account_id
  JOIN identity ON account.party_id = identity.party_id
  GROUP BY identity.customer_id
),
regular AS (
  SELECT identity.customer_id, posting.kind, month_start(posting.posted_at) AS month,
    isum(posting.amount_fen) AS amount_fen, MAX(posting.posted_at) AS last_at
  FROM posting
  JOIN account ON posting.account_id = account.account_id
  JOIN identity ON account.party_id = identity.party_id
  WHERE posting.direction = 'in' AND posting.kind IN ('payroll', 'pension', 'subsidy')
    AND posting.posted_at >= add_months(month_start(as_of()), -12) AND posting.posted_at < month_start(as_of())
  GROUP BY identity.customer_id, posting.kind, month_start(posting.posted_at)
),
counted AS (
  SELECT customer_id,
    count(*) FILTER (WHERE kind = 'payroll' AND amount_fen > 0 AND month >= add_months(month_start(as_of()), -2))
      AS payroll_months_2,
    count(*) FILTER (WHERE kind = 'payroll' AND amount_fen > 0 AND month >= add_months(month_start(as_of()), -11))
      AS payroll_months_11,
    isum(amount_fen) FILTER (WHERE kind = 'payroll' AND month >= add_months(month_start(as_of()), -2)) AS payroll_fen_2,
    date_of(MAX(last_at) FILTER (WHERE kind = 'payroll')) AS last_pay_on,
    count(*) FILTER (WHERE kind = 'pension' AND amount_fen > 0 AND month >= add_months(month_start(as_of()), -2))
      AS pension_months_2,
    isum(amount_fen) FILTER (WHERE kind = 'pension' AND month >= add_months(month_start(as_of()), -2)) AS pension_fen_2,
    count(*) FILTER (WHERE kind = 'subsidy' AND amount_fen > 0 AND month >= add_months(month_start(as_of()), -11))
      AS subsidy_months_11
  FROM regular
  GROUP BY customer_id
)
SELECT
  summed.customer_id, summed.first_month, summed.last_own_on, summed.last_own_before_on,
  COALESCE(counted.payroll_months_2, 0) AS payroll_months_2,
  COALESCE(counted.payroll_months_11, 0) AS payroll_months_11,
  COALESCE(counted.payroll_fen_2, 0) AS payroll_fen_2,
  counted.last_pay_on,
  COALESCE(counted.pension_months_2, 0) AS pension_months_2,
  COALESCE(counted.pension_fen_2, 0) AS pension_fen_2,
  COALESCE(counted.subsidy_months_11, 0) AS subsidy_months_11,
  COALESCE(summed.social_security_fen_11, 0) AS social_security_fen_11,
  COALESCE(summed.interest_fen_11, 0) AS interest_fen_11,
  COALESCE(summed.inflow_fen_2, 0) AS inflow_fen_2,
  COALESCE(summed.inflow_fen_3, 0) AS inflow_fen_3,
  COALESCE(summed.inflow_fen_11, 0) AS inflow_fen_11,
  COALESCE(summed.inflow_fen_12, 0) AS inflow_fen_12,
  COALESCE(summed.settled_fen_3, 0) AS settled_fen_3,
  COALESCE(summed.spend_fen_2, 0) AS spend_fen_2,
  COALESCE(summed.spend_fen_3, 0) AS spend_fen_3,
  COALESCE(summed.tuition_fen_11, 0) AS tuition_fen_11,
  COALESCE(summed.tuition_count_11, 0) AS tuition_count_11,
  COALESCE(summed.car_insurance_fen_11, 0) AS car_insurance_fen_11,
  COALESCE(summed.insurance_fen_11, 0) AS insurance_fen_11,
  COALESCE(summed.tax_fen_11, 0) AS tax_fen_11
FROM summed LEFT JOIN counted ON summed.customer_id = counted.customer_id
