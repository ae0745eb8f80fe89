-- Held: open accounts that have not matured, open loans, cards that are not closed. What is held of a class is asked of
-- its balance, because a source may leave an emptied account open.
WITH held AS (
  SELECT customer_id, COALESCE(product_id, asset_class) AS product_id, asset_class AS product_class
  FROM account
  WHERE (closed_on IS NULL OR closed_on > as_of()) AND (matures_on IS NULL OR matures_on >= as_of())
  UNION ALL
  SELECT identity.customer_id, COALESCE(loan.product_id, loan.kind) AS product_id, 'loan' AS product_class
  FROM loan JOIN identity ON loan.party_id = identity.party_id
  WHERE loan.closed_on IS NULL OR loan.closed_on > as_of()
  UNION ALL
  SELECT identity.customer_id, COALESCE(card.product_id, card.kind) AS product_id, 'card' AS product_class
  FROM card JOIN identity ON card.party_id = identity.party_id
  WHERE card.status <> 'closed'
),
once AS (
  SELECT customer_id, product_class, product_id
  FROM held
  GROUP BY customer_id, product_class, product_id
),
by_class AS (
  SELECT customer_id, product_class, count(*) AS product_count
  FROM once
  GROUP BY customer_id, product_class
),
shelf AS (
  SELECT customer_id, isum(product_count) AS product_count, count(*) AS product_class_count
  FROM by_class
  GROUP BY customer_id
),
tried AS (
  SELECT identity.customer_id, purchase.purchase_id, purchase.product_id, purchase.happened_at, purchase.outcome,
    purchase.amount_fen
  FROM purchase
  JOIN identity ON purchase.party_id = identity.party_id
),
bought AS (
  SELECT customer_id,
    count(*) FILTER (WHERE outcome = 'done' AND happened_at >= add_months(month_start(as_of()), -11)) AS purchases_12m,
    isum(amount_fen) FILTER (WHERE outcome = 'done' AND happened_at >= add_months(month_start(as_of()), -11))
      AS purchase_12m_fen,
    count(*) FILTER (WHERE outcome = 'failed' AND happened_at >= add_days(as_of(), -89)) AS purchases_failed_90d,
    count(*) FILTER (WHERE outcome = 'abandoned' AND happened_at >= add_days(as_of(), -89)) AS purchases_abandoned_90d,
    MAX(happened_at) FILTER (WHERE outcome = 'done') AS last_done_at
  FROM tried
  GROUP BY customer_id
),
newest_try AS (
  SELECT customer_id, product_id, outcome,
    row_number() OVER (PARTITION BY customer_id, product_id ORDER BY happened_at DESC, purchase_id DESC) AS place,
    happened_at, purchase_id
  FROM tried
  WHERE happened_at >= add_days(as_of(), -89)
),
unfinished AS (
  SELECT customer_id, product_id,
    row_number() OVER (PARTITION BY customer_id ORDER BY happened_at DESC, purchase_id DESC) AS place
  FROM newest_try
  WHERE place = 1 AND outcome <> 'done'
)
SELECT
  base.customer_id,
  COALESCE(shelf.product_count, 0) AS product_count,
  COALESCE(shelf.product_class_count, 0) AS product_class_count,
  topic_asset.aum_time > 0 AS has_time_deposit,
  topic_asset.aum_wealth > 0 AS has_wealth,
  topic_asset.aum_fund > 0 AS has_fund,
  topic_asset.aum_insurance > 0 AS has_insurance,
  topic_asset.aum_metal > 0 AS has_metal,
  COALESCE(bought.purchases_12m, 0) AS purchases_12m,
  COALESCE(bought.purchase_12m_fen, 0) AS purchase_12m_fen,
  COALESCE(bought.purchases_failed_90d, 0) AS purchases_failed_90d,
  COALESCE(bought.purchases_abandoned_90d, 0) AS purchases_abandoned_90d,
  days_between(bought.last_done_at, as_of()) AS days_since_purchase,
  unfinished.product_id AS last_unfinished_product
FROM customer_base AS base
LEFT JOIN shelf ON base.customer_id = shelf.customer_id
LEFT JOIN topic_asset ON base.customer_id = topic_asset.customer_id
LEFT JOIN bought ON base.customer_id = bought.customer_id
LEFT JOIN unfinished ON base.customer_id = unfinished.customer_id AND unfinished.place = 1
