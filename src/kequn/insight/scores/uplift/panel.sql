-- Who was offered what in the month after as_of, who was left alone, and who bought the class within uplift_days.
-- Treated: one row for each class offered. Left alone: one row with a class and a day drawn by hash, so that both arms
-- have the same classes and days. Contacts after the month and answers are read here, which are outcomes.
WITH reached AS (
  SELECT identity.customer_id, contact.contact_id, product.product_class, contact.contacted_at
  FROM contact
  JOIN identity ON contact.party_id = identity.party_id
  LEFT JOIN product ON contact.product_id = product.product_id
  WHERE contact.purpose = 'marketing' AND contact.outcome <> 'failed'
    AND contact.contacted_at >= add_days(as_of(), 1)
    AND contact.contacted_at < add_days(month_end(add_days(as_of(), 1)), 1)
),
offered AS (
  SELECT customer_id, contact_id, product_class, date_of(contacted_at) AS day,
    row_number() OVER (PARTITION BY customer_id, product_class ORDER BY contacted_at, contact_id) AS place
  FROM reached
  WHERE product_class IS NOT NULL
),
class AS (
  SELECT product_class, row_number() OVER (ORDER BY product_class) - 1 AS number, count(*) OVER () AS classes
  FROM offered
  GROUP BY product_class
),
touched AS (
  SELECT customer_id FROM reached GROUP BY customer_id
),
drawn AS (
  SELECT base.customer_id,
    16 * strpos('0123456789abcdef', substr(md5('uplift day:' || CAST(base.customer_id AS VARCHAR)), 1, 1))
      + strpos('0123456789abcdef', substr(md5('uplift day:' || CAST(base.customer_id AS VARCHAR)), 2, 1)) AS one,
    16 * strpos('0123456789abcdef', substr(md5(CAST(as_of() AS VARCHAR) || CAST(base.customer_id AS VARCHAR)), 1, 1))
      + strpos('0123456789abcdef', substr(md5(CAST(as_of() AS VARCHAR) || CAST(base.customer_id AS VARCHAR)), 2, 1))
      AS other
  FROM customer_base AS base
  LEFT JOIN touched ON base.customer_id = touched.customer_id
  WHERE touched.customer_id IS NULL
),
arm AS (
  SELECT customer_id, contact_id, product_class, day, TRUE AS treated
  FROM offered
  WHERE place = 1
  UNION ALL
  SELECT drawn.customer_id, CAST(NULL AS BIGINT) AS contact_id, class.product_class,
    add_days(as_of(), 1 + drawn.one % 28) AS day, FALSE AS treated
  FROM drawn JOIN class ON drawn.other % class.classes = class.number
),
bought AS (
  SELECT identity.customer_id, product.product_class, date_of(purchase.happened_at) AS day
  FROM purchase
  JOIN identity ON purchase.party_id = identity.party_id
  JOIN product ON purchase.product_id = product.product_id
  WHERE purchase.outcome = 'done' AND purchase.happened_at >= add_days(as_of(), 1)
)
SELECT arm.customer_id, as_of() AS as_of, arm.contact_id, arm.product_class, arm.treated,
  COUNT(bought.day) > 0 AS outcome
FROM arm
LEFT JOIN bought ON arm.customer_id = bought.customer_id AND arm.product_class = bought.product_class
  AND bought.day >= arm.day AND bought.day < add_days(arm.day, setting('scores.uplift_days'))
GROUP BY arm.customer_id, arm.contact_id, arm.product_class, arm.treated
