-- Dates lie 20 years late and are brought back. client_id is C00000001 here, 1 in disposition and in berka.
WITH first_account AS (
  SELECT d.client_id, min(a.date) AS opened_on
  FROM disposition AS d
  JOIN account AS a ON a.account_id = d.account_id
  GROUP BY d.client_id
),
numbered AS (
  SELECT
    *,
    CASE WHEN regexp_full_match(client_id, 'C[0-9]+') THEN ltrim(client_id[2:], '0') ELSE client_id END AS number
  FROM client
)
SELECT
  c.client_id AS party_id,
  'retail_demo' AS system,
  concat_ws(' ', c.first, c.middle, c.last) AS name,
  c.social AS id_number,
  c.phone AS mobile,
  c.email,
  concat_ws(', ', c.address_1, c.address_2, c.city, c.state || ' ' || c.zipcode) AS address,
  c.number AS cross_number,
  coalesce(
    strftime(try_strptime(c.fulldate, '%Y-%m-%d') - INTERVAL 20 YEAR, '%Y-%m-%d'), c.fulldate
  ) AS birth_date,
  CASE c.sex WHEN 'Female' THEN 'F' WHEN 'Male' THEN 'M' ELSE c.sex END AS sex,
  'US-' || c.state AS region,
  NULL AS occupation,
  NULL AS education,
  NULL AS marital,
  coalesce(
    strftime(try_strptime(f.opened_on, '%Y-%m-%d') - INTERVAL 20 YEAR, '%Y-%m-%d'), f.opened_on
  ) AS opened_on,
  NULL AS org_id,
  c._file,
  c._row
FROM numbered AS c
LEFT JOIN first_account AS f ON f.client_id = c.number
