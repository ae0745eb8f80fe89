-- birth_number is YYMMDD of the 20th century, with 50 added to the month of a woman's birth.
WITH person AS (
  SELECT client_id, birth_number, district_id, _file, _row FROM client
  UNION ALL
  SELECT client_id, birth_number, district_id, _file, _row FROM ledger_client
),
-- The first account that a client owns or may use begins the relationship, and its branch is the home outlet.
first_account AS (
  SELECT d.client_id, min_by(a, a.date || lpad(a.account_id, 8, '0')) AS opened
  FROM disp AS d
  JOIN account AS a ON a.account_id = d.account_id
  GROUP BY d.client_id
)
SELECT
  p.client_id AS party_id,
  'berka' AS system,
  NULL AS name,
  NULL AS id_number,
  NULL AS mobile,
  NULL AS email,
  NULL AS address,
  p.client_id AS cross_number,
  CASE
    WHEN regexp_full_match(p.birth_number, '[0-9]{6}')
    THEN '19' || p.birth_number[1:2] || '-' || lpad(CAST(TRY_CAST(p.birth_number[3:4] AS INTEGER) % 50 AS VARCHAR), 2, '0')
      || '-' || p.birth_number[5:6]
    ELSE p.birth_number
  END AS birth_date,
  CASE
    WHEN TRY_CAST(p.birth_number[3:4] AS INTEGER) > 50 THEN 'F'
    WHEN TRY_CAST(p.birth_number[3:4] AS INTEGER) > 0 THEN 'M'
    ELSE 'U'
  END AS sex,
  'CZ' || lpad(p.district_id, 2, '0') AS region,
  NULL AS occupation,
  NULL AS education,
  NULL AS marital,
  iso_date(f.opened.date, '%y%m%d') AS opened_on,
  'CZ' || lpad(f.opened.district_id, 2, '0') AS org_id,
  p._file,
  p._row
FROM person AS p
LEFT JOIN first_account AS f ON f.client_id = p.client_id
