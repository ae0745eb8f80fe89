-- Every account is a demand deposit in koruna; of its clients the OWNER holds it.
WITH opened AS (
  SELECT account_id, district_id, date AS opened_on, _file, _row FROM account
  UNION ALL
  SELECT account_id, district_id, creation_date AS opened_on, _file, _row FROM ledger_account
),
owner AS (
  SELECT account_id, min_by(client_id, TRY_CAST(disp_id AS INTEGER)) AS client_id
  FROM disp
  WHERE type = 'OWNER'
  GROUP BY account_id
)
SELECT
  a.account_id,
  o.client_id AS party_id,
  a.account_id AS account_number,
  NULL AS product_id,
  'deposit' AS asset_class,
  'demand' AS term,
  'general' AS purpose,
  'CZK' AS currency,
  iso_date(a.opened_on, '%y%m%d') AS opened_on,
  iso_date(a.opened_on, '%y%m%d') AS activated_on,
  NULL AS closed_on,
  NULL AS matures_on,
  'CZ' || lpad(a.district_id, 2, '0') AS org_id,
  a._file,
  a._row
FROM opened AS a
LEFT JOIN owner AS o ON o.account_id = a.account_id
