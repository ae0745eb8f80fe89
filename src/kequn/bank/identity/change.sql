-- Parties whose customer is another one than the night before.
WITH moved AS (
  SELECT b.customer_id AS customer_before, n.customer_id AS customer_after, COUNT(*) AS parties
  FROM identity_before AS b
  JOIN identity AS n ON n.party_id = b.party_id
  GROUP BY b.customer_id, n.customer_id
),
target AS (
  SELECT customer_before, COUNT(*) AS customers FROM moved GROUP BY customer_before
),
origin AS (
  SELECT customer_after, COUNT(*) AS customers FROM moved GROUP BY customer_after
)
SELECT
  m.customer_before,
  m.customer_after,
  m.parties,
  CASE WHEN t.customers > 1 THEN 'split' WHEN o.customers > 1 THEN 'merged' ELSE 'renamed' END AS kind
FROM moved AS m
JOIN target AS t ON t.customer_before = m.customer_before
JOIN origin AS o ON o.customer_after = m.customer_after
WHERE m.customer_before <> m.customer_after
