-- The shelf, one row a product: where several sources state one, the newest listing counts.
WITH numbered AS (
  SELECT product_id, name_zh, name_en, product_class, subtype, risk_level, min_amount_fen, term_days, min_age, max_age,
    region, private_placement, listed_on, withdrawn_on,
    row_number() OVER (PARTITION BY product_id
      ORDER BY listed_on DESC, name_zh, name_en, product_class, risk_level DESC) AS place
  FROM product
)
SELECT product_id, name_zh, name_en, product_class, subtype, risk_level, min_amount_fen, term_days, min_age, max_age,
  region, private_placement, listed_on, withdrawn_on
FROM numbered
WHERE place = 1
