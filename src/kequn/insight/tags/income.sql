-- Months: the last 3 or 12 calendar months with the open one. Averages of inflow count whole months only, up to the
-- last one that has ended by today: at a month's end the open month is one of them.
SELECT
  COALESCE(history.customer_id, recent.customer_id) AS customer_id,
  COALESCE(history.payroll_months_2, 0) + CASE WHEN recent.open_payroll_fen > 0 THEN 1 ELSE 0 END AS payroll_months_3m,
  COALESCE(history.payroll_months_11, 0) + CASE WHEN recent.open_payroll_fen > 0 THEN 1 ELSE 0 END
    AS payroll_months_12m,
  COALESCE(round_div(COALESCE(history.payroll_fen_2, 0) + COALESCE(recent.open_payroll_fen, 0),
    COALESCE(history.payroll_months_2, 0) + CASE WHEN recent.open_payroll_fen > 0 THEN 1 ELSE 0 END), 0)
    AS pay_month_avg,
  days_between(COALESCE(recent.last_pay_on, history.last_pay_on), as_of()) AS days_since_pay,
  COALESCE(history.pension_months_2, 0) + CASE WHEN recent.open_pension_fen > 0 THEN 1 ELSE 0 END AS pension_months_3m,
  COALESCE(round_div(COALESCE(history.pension_fen_2, 0) + COALESCE(recent.open_pension_fen, 0),
    COALESCE(history.pension_months_2, 0) + CASE WHEN recent.open_pension_fen > 0 THEN 1 ELSE 0 END), 0)
    AS pension_month_avg,
  COALESCE(history.subsidy_months_11, 0) + CASE WHEN recent.open_subsidy_fen > 0 THEN 1 ELSE 0 END
    AS subsidy_months_12m,
  COALESCE(history.social_security_fen_11, 0) + COALESCE(recent.open_social_security_fen, 0)
    + COALESCE(recent.open_subsidy_fen, 0) AS social_security_inflow_12m,
  COALESCE(history.interest_fen_11, 0) + COALESCE(recent.open_interest_fen, 0) AS interest_12m,
  COALESCE(round_div(CASE WHEN as_of() = month_end(as_of())
    THEN COALESCE(history.inflow_fen_2, 0) + COALESCE(recent.open_inflow_fen, 0)
    ELSE history.inflow_fen_3 END, 3), 0) AS inflow_month_avg_3m,
  COALESCE(round_div(CASE WHEN as_of() = month_end(as_of())
    THEN COALESCE(history.inflow_fen_11, 0) + COALESCE(recent.open_inflow_fen, 0)
    ELSE history.inflow_fen_12 END, 12), 0) AS inflow_month_avg_12m,
  COALESCE(recent.inflow_30d, 0) AS inflow_30d,
  COALESCE(recent.inflow_largest_30d, 0) AS inflow_largest_30d
FROM posting_history AS history
FULL JOIN posting_recent AS recent ON history.customer_id = recent.customer_id
