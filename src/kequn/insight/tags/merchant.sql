WITH shop AS (
  SELECT identity.customer_id, COUNT(*) AS shops
  FROM merchant JOIN identity ON merchant.party_id = identity.party_id
  WHERE merchant.closed_on IS NULL OR merchant.closed_on > as_of()
  GROUP BY identity.customer_id
),
settlement AS (
  SELECT COALESCE(history.customer_id, recent.customer_id) AS customer_id,
    COALESCE(history.settled_fen_3, 0) AS three_months_fen, COALESCE(recent.settled_90d, 0) AS days_fen
  FROM posting_history AS history
  FULL JOIN posting_recent AS recent ON history.customer_id = recent.customer_id
  WHERE history.settled_fen_3 > 0 OR recent.settled_90d > 0
),
trade AS (
  SELECT COALESCE(shop.customer_id, settlement.customer_id) AS customer_id, COALESCE(shop.shops, 0) AS shops,
    COALESCE(round_div(settlement.three_months_fen, 3), 0) AS month_fen, COALESCE(settlement.days_fen, 0) AS days_fen
  FROM shop FULL JOIN settlement ON shop.customer_id = settlement.customer_id
)
SELECT
  trade.customer_id,
  trade.shops AS merchant_count,
  trade.month_fen AS merchant_settle_month_avg,
  trade.days_fen AS merchant_settle_90d,
  CASE WHEN trade.month_fen > 0 THEN LEAST(1.0, GREATEST(0.0,
    share(COALESCE(topic_asset.aum_month_avg, 0), trade.month_fen))) END AS merchant_kept_share
FROM trade LEFT JOIN topic_asset ON trade.customer_id = topic_asset.customer_id
