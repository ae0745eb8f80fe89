-- Purchases that were done, with the product's class and fee, and the customer's AUM the day before and 90 days after.
WITH bought AS (
  SELECT identity.customer_id, purchase.purchase_id, date_of(purchase.happened_at) AS as_of, product.product_class,
    purchase.amount_fen, COALESCE(product.fee_bp, 0) AS fee_bp
  FROM purchase
  JOIN identity ON purchase.party_id = identity.party_id
  JOIN product ON purchase.product_id = product.product_id
  WHERE purchase.outcome = 'done' AND purchase.amount_fen > 0
),
moved AS (
  SELECT account.customer_id, worth.valid_from, isum(worth.change_fen) AS change_fen
  FROM worth
  JOIN account ON worth.account_id = account.account_id
  WHERE worth.converted = (account.currency <> setting('bank.currency'))
  GROUP BY account.customer_id, worth.valid_from
),
buying_day AS (
  SELECT customer_id, as_of FROM bought GROUP BY customer_id, as_of
),
around AS (
  SELECT buying_day.customer_id, buying_day.as_of,
    COALESCE(isum(CASE WHEN moved.valid_from < buying_day.as_of THEN moved.change_fen END), 0) AS aum_fen,
    COALESCE(isum(moved.change_fen), 0) AS aum_after_fen
  FROM buying_day
  JOIN moved ON buying_day.customer_id = moved.customer_id
    AND moved.valid_from <= add_days(buying_day.as_of, setting('scores.outcome_days'))
  GROUP BY buying_day.customer_id, buying_day.as_of
)
SELECT
  bought.purchase_id,
  bought.customer_id,
  bought.as_of,
  bought.product_class,
  CASE
    WHEN around.aum_fen >= yuan(setting('tiers.private_yuan')) THEN 'private'
    WHEN around.aum_fen >= yuan(setting('tiers.diamond_yuan')) THEN 'diamond'
    WHEN around.aum_fen >= yuan(setting('tiers.platinum_yuan')) THEN 'platinum'
    WHEN around.aum_fen >= yuan(setting('tiers.gold_yuan')) THEN 'gold'
    WHEN around.aum_fen >= yuan(setting('tiers.potential_yuan')) THEN 'potential'
    ELSE 'mass'
  END AS tier,
  around.aum_fen,
  bought.amount_fen,
  LEAST(bought.amount_fen, GREATEST(0, around.aum_after_fen - around.aum_fen)) AS new_money_fen,
  bought.fee_bp
FROM bought
JOIN around ON bought.customer_id = around.customer_id AND bought.as_of = around.as_of
WHERE bought.as_of <= add_days(as_of(), -setting('scores.outcome_days'))
ORDER BY bought.as_of, bought.purchase_id
