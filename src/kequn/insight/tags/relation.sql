WITH tie AS (
  SELECT one.customer_id, other.customer_id AS other_id, relation.kind
  FROM relation JOIN identity AS one ON relation.party_id = one.party_id
    JOIN identity AS other ON relation.related_party_id = other.party_id
  WHERE one.customer_id <> other.customer_id
),
both_ways AS (
  SELECT customer_id, other_id FROM tie WHERE kind = 'household'
  UNION ALL
  SELECT other_id AS customer_id, customer_id AS other_id FROM tie WHERE kind = 'household'
),
relative AS (
  SELECT customer_id, other_id FROM both_ways GROUP BY customer_id, other_id
),
household AS (
  SELECT relative.customer_id, COUNT(*) AS relatives, isum(COALESCE(topic_asset.aum, 0)) AS aum_fen
  FROM relative LEFT JOIN topic_asset ON relative.other_id = topic_asset.customer_id
  GROUP BY relative.customer_id
),
guarantor AS (
  SELECT other_id AS customer_id FROM tie WHERE kind = 'guarantor' GROUP BY other_id
)
SELECT
  customer_base.customer_id,
  1 + COALESCE(household.relatives, 0) AS household_size,
  COALESCE(topic_asset.aum, 0) + COALESCE(household.aum_fen, 0) AS household_aum,
  guarantor.customer_id IS NOT NULL AS is_guarantor
FROM customer_base LEFT JOIN topic_asset ON customer_base.customer_id = topic_asset.customer_id
  LEFT JOIN household ON customer_base.customer_id = household.customer_id
  LEFT JOIN guarantor ON customer_base.customer_id = guarantor.customer_id
