-- duration is in months. The status letters tell how a loan stood at the end of 1998, which an earlier night must
-- not know: they are not taken over. A loan that ran out by then is closed on its last day.
WITH granted AS (
  SELECT loan_id, account_id, date, amount, duration, payments, _file, _row FROM loan
  UNION ALL
  SELECT loan_id, account_id, date, amount, duration, payments, _file, _row FROM ledger_loan
),
dated AS (
  SELECT *, CAST(try_strptime(date, '%y%m%d') + to_months(TRY_CAST(duration AS INTEGER)) AS DATE) AS matures_on
  FROM granted
),
owner AS (
  SELECT account_id, min_by(client_id, TRY_CAST(disp_id AS INTEGER)) AS client_id
  FROM disp
  WHERE type = 'OWNER'
  GROUP BY account_id
)
SELECT
  l.loan_id,
  o.client_id AS party_id,
  l.account_id,
  NULL AS product_id,
  'other' AS kind,
  fen(l.amount) AS amount_fen,
  NULL AS balance_fen,
  fen(l.payments) AS monthly_payment_fen,
  iso_date(l.date, '%y%m%d') AS granted_on,
  l.matures_on,
  CASE WHEN l.matures_on <= DATE '1998-12-31' THEN l.matures_on END AS closed_on,
  NULL AS collateral_value_fen,
  NULL AS collateral_area,
  NULL AS days_overdue,
  NULL AS max_days_overdue_12m,
  l._file,
  l._row
FROM dated AS l
LEFT JOIN owner AS o ON o.account_id = l.account_id
