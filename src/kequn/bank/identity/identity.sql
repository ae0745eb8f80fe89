-- Every party and its customer, whose id is that of the earliest party of the person.
WITH ranked AS (
  SELECT
    c.party_id,
    c.component,
    ROW_NUMBER() OVER (PARTITION BY c.component ORDER BY p.first_seen, p.source, p.source_ref, p.party_id) AS place
  FROM identity_component AS c
  JOIN party AS p ON p.party_id = c.party_id
),
earliest AS (
  SELECT component, party_id AS customer_id FROM ranked WHERE place = 1
),
joined AS (
  SELECT c.party_id, e.customer_id
  FROM identity_component AS c
  JOIN earliest AS e ON e.component = c.component
)
SELECT p.party_id, COALESCE(j.customer_id, p.party_id) AS customer_id
FROM party AS p
LEFT JOIN joined AS j ON j.party_id = p.party_id
