-- What each customer newly took in the days up to as_of: accounts opened, loans granted, cards issued, purchases done.
WITH took AS (
  SELECT customer_id, product_id
  FROM account
  WHERE opened_on BETWEEN add_days(as_of(), 1 - setting('scores.outcome_days')) AND as_of()
  UNION ALL
  SELECT identity.customer_id, loan.product_id
  FROM loan JOIN identity ON loan.party_id = identity.party_id
  WHERE loan.granted_on BETWEEN add_days(as_of(), 1 - setting('scores.outcome_days')) AND as_of()
  UNION ALL
  SELECT identity.customer_id, card.product_id
  FROM card JOIN identity ON card.party_id = identity.party_id
  WHERE card.issued_on BETWEEN add_days(as_of(), 1 - setting('scores.outcome_days')) AND as_of()
  UNION ALL
  SELECT identity.customer_id, purchase.product_id
  FROM purchase JOIN identity ON purchase.party_id = identity.party_id
  WHERE purchase.outcome = 'done' AND date_of(purchase.happened_at)
    BETWEEN add_days(as_of(), 1 - setting('scores.outcome_days')) AND as_of()
),
once AS (
  SELECT customer_id, product_id
  FROM took
  WHERE product_id IS NOT NULL
  GROUP BY customer_id, product_id
)
SELECT customer_id, string_agg(product_id, ',' ORDER BY product_id) AS taken
FROM once
GROUP BY customer_id
