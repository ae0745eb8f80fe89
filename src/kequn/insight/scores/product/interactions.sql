-- One row a customer: every sign of liking as kind:days:product, days before as_of (r: days until it matures).
-- h held, r held and maturing soon, e ended, d bought, f failed, a abandoned, v viewed.
-- A card's status is of today, whatever as_of is, so that a card ends when it expires: a replayed past knows no better.
WITH shelf_code AS (
  SELECT product_id FROM product GROUP BY product_id
),
standing AS (
  SELECT customer_id, product_id, opened_on AS since, matures_on,
    LEAST(CASE WHEN closed_on <= as_of() THEN closed_on END, CASE WHEN matures_on < as_of() THEN matures_on END)
      AS ended_on
  FROM account
  WHERE opened_on <= as_of()
  UNION ALL
  SELECT identity.customer_id, loan.product_id, loan.granted_on AS since, loan.matures_on,
    CASE WHEN loan.closed_on <= as_of() THEN loan.closed_on END AS ended_on
  FROM loan JOIN identity ON loan.party_id = identity.party_id
  WHERE loan.granted_on <= as_of()
  UNION ALL
  SELECT identity.customer_id, card.product_id, card.issued_on AS since, CAST(NULL AS DATE) AS matures_on,
    CASE WHEN card.expires_on < as_of() THEN card.expires_on END AS ended_on
  FROM card JOIN identity ON card.party_id = identity.party_id
  WHERE card.issued_on <= as_of()
),
sign AS (
  SELECT customer_id, product_id, 'h' AS kind, days_between(since, as_of()) AS days
  FROM standing
  WHERE ended_on IS NULL
  UNION ALL
  SELECT customer_id, product_id, 'r' AS kind, days_between(as_of(), matures_on) AS days
  FROM standing
  WHERE ended_on IS NULL AND matures_on <= add_days(as_of(), setting('scores.outcome_days'))
  UNION ALL
  SELECT customer_id, product_id, 'e' AS kind, days_between(ended_on, as_of()) AS days
  FROM standing
  WHERE ended_on >= add_days(as_of(), 0 - setting('scores.product_history_days'))
  UNION ALL
  SELECT identity.customer_id, purchase.product_id,
    CASE purchase.outcome WHEN 'done' THEN 'd' WHEN 'failed' THEN 'f' ELSE 'a' END AS kind,
    days_between(purchase.happened_at, as_of()) AS days
  FROM purchase JOIN identity ON purchase.party_id = identity.party_id
  WHERE date_of(purchase.happened_at) BETWEEN
    add_days(as_of(), 0 - setting('scores.product_history_days')) AND as_of()
  UNION ALL
  SELECT identity.customer_id, app_event.product_id, 'v' AS kind, days_between(app_event.happened_at, as_of()) AS days
  FROM app_event JOIN identity ON app_event.party_id = identity.party_id
  WHERE app_event.kind = 'view_product' AND date_of(app_event.happened_at) BETWEEN
    add_days(as_of(), 0 - setting('scores.product_view_days')) AND as_of()
)
SELECT sign.customer_id,
  string_agg(sign.kind || ':' || CAST(sign.days AS VARCHAR) || ':' || sign.product_id, ','
    ORDER BY sign.product_id, sign.kind, sign.days) AS interactions
FROM sign JOIN shelf_code ON sign.product_id = shelf_code.product_id
GROUP BY sign.customer_id
