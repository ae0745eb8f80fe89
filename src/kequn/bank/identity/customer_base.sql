-- One row a customer: of each attribute the value that the earliest seen party states; an unknown states nothing.
WITH person AS (
  SELECT customer_id, COUNT(*) AS parties FROM identity GROUP BY customer_id
),
member AS (
  SELECT
    i.customer_id,
    p.birth_date,
    NULLIF(p.sex, 'U') AS sex,
    p.region,
    p.occupation,
    NULLIF(p.education, 'unknown') AS education,
    NULLIF(p.marital, 'unknown') AS marital,
    p.opened_on,
    p.org_id,
    ROW_NUMBER() OVER (
      PARTITION BY i.customer_id ORDER BY p.first_seen, p.source, p.source_ref, p.party_id
    ) AS place
  FROM identity AS i
  JOIN person AS c ON c.customer_id = i.customer_id
  JOIN party AS p ON p.party_id = i.party_id
  WHERE c.parties > 1
),
stated AS (
  SELECT
    customer_id,
    MIN(CASE WHEN birth_date IS NOT NULL THEN place END) AS birth_date_at,
    MIN(CASE WHEN sex IS NOT NULL THEN place END) AS sex_at,
    MIN(CASE WHEN region IS NOT NULL THEN place END) AS region_at,
    MIN(CASE WHEN occupation IS NOT NULL THEN place END) AS occupation_at,
    MIN(CASE WHEN education IS NOT NULL THEN place END) AS education_at,
    MIN(CASE WHEN marital IS NOT NULL THEN place END) AS marital_at,
    MIN(CASE WHEN org_id IS NOT NULL THEN place END) AS org_id_at
  FROM member
  GROUP BY customer_id
)
SELECT
  m.customer_id,
  m.customer_id AS party_id,
  MAX(CASE WHEN m.place = s.birth_date_at THEN m.birth_date END) AS birth_date,
  COALESCE(MAX(CASE WHEN m.place = s.sex_at THEN m.sex END), 'U') AS sex,
  MAX(CASE WHEN m.place = s.region_at THEN m.region END) AS region,
  MAX(CASE WHEN m.place = s.occupation_at THEN m.occupation END) AS occupation,
  COALESCE(MAX(CASE WHEN m.place = s.education_at THEN m.education END), 'unknown') AS education,
  COALESCE(MAX(CASE WHEN m.place = s.marital_at THEN m.marital END), 'unknown') AS marital,
  MIN(m.opened_on) AS opened_on,
  MAX(CASE WHEN m.place = s.org_id_at THEN m.org_id END) AS org_id,
  COUNT(*) AS parties
FROM member AS m
JOIN stated AS s ON s.customer_id = m.customer_id
GROUP BY m.customer_id
UNION ALL
SELECT
  p.party_id AS customer_id,
  p.party_id,
  p.birth_date,
  COALESCE(p.sex, 'U') AS sex,
  p.region,
  p.occupation,
  COALESCE(p.education, 'unknown') AS education,
  COALESCE(p.marital, 'unknown') AS marital,
  p.opened_on,
  p.org_id,
  c.parties
FROM person AS c
JOIN party AS p ON p.party_id = c.customer_id
WHERE c.parties = 1
