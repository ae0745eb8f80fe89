WITH shop AS (
  SELECT identity.customer_id, COUNT(*) AS shops
  FROM merchant JOIN identity ON merchant.party_id = identity.party_id
  WHERE merchant.closed_on IS NULL OR merchant.closed_on > as_of()
  GROUP BY identity.customer_id
),
monthly AS (
  SELECT party_id, isum(amount_fen) AS settled_fen
  FROM posting_month
  WHERE kind = 'merchant_settlement' AND direction = 'in'
    AND month >= add_months(month_start(as_of()), -3) AND month < month_start(as_of())
  GROUP BY party_id
),
daily AS (
  SELECT account_id, isum(amount_fen) AS settled_fen
  FROM posting
  WHERE posted_at >= add_days(as_of(), -89) AND kind = 'merchant_settlement' AND direction = 'in'
  GROUP BY account_id
),
settled AS (
  SELECT identity.customer_id, monthly.settled_fen AS three_months_fen, CAST(0 AS BIGINT) AS days_fen
  FROM monthly JOIN identity ON monthly.party_id = identity.party_id
  UNION ALL
  SELECT account.customer_id, CAST(0 AS BIGINT) AS three_months_fen, daily.settled_fen AS days_fen
  FROM daily JOIN account ON daily.account_id = account.account_id
),
settlement AS (
  SELECT customer_id, isum(three_months_fen) AS three_months_fen, isum(days_fen) AS days_fen
  FROM settled GROUP BY customer_id
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
