-- Use of the app. Windows count whole days, today included.
WITH daily AS (
  SELECT identity.customer_id, date_of(app_event.happened_at) AS day,
    count(*) FILTER (WHERE kind = 'login') AS logins,
    count(*) FILTER (WHERE kind = 'view_product') AS views,
    count(*) FILTER (WHERE kind = 'search') AS searches,
    count(*) FILTER (WHERE kind = 'transfer') AS transfers,
    count(*) FILTER (WHERE kind = 'pay_bill') AS bills
  FROM app_event
  JOIN identity ON app_event.party_id = identity.party_id
  WHERE app_event.happened_at >= add_days(as_of(), -89)
  GROUP BY identity.customer_id, date_of(app_event.happened_at)
),
recent AS (
  SELECT customer_id,
    isum(logins) FILTER (WHERE day >= add_days(as_of(), -29)) AS logins_30d,
    isum(logins) AS logins_90d,
    count(*) FILTER (WHERE logins > 0) AS login_days_90d,
    isum(views) FILTER (WHERE day >= add_days(as_of(), -29)) AS product_views_30d,
    isum(searches) FILTER (WHERE day >= add_days(as_of(), -29)) AS searches_30d,
    isum(transfers) AS app_transfers_90d,
    isum(bills) AS app_bills_90d,
    MAX(CASE WHEN logins > 0 THEN day END) AS last_login_on
  FROM daily
  GROUP BY customer_id
),
viewed AS (
  SELECT identity.customer_id, app_event.product_id,
    row_number() OVER (PARTITION BY identity.customer_id
      ORDER BY app_event.happened_at DESC, app_event.event_id DESC) AS place
  FROM app_event
  JOIN identity ON app_event.party_id = identity.party_id
  WHERE app_event.happened_at >= add_days(as_of(), -89) AND app_event.kind = 'view_product'
    AND app_event.product_id IS NOT NULL
)
SELECT
  COALESCE(history.customer_id, recent.customer_id) AS customer_id,
  TRUE AS app_user,
  days_between(GREATEST(history.last_login_on, recent.last_login_on), as_of()) AS days_since_login,
  COALESCE(recent.logins_30d, 0) AS logins_30d,
  COALESCE(recent.logins_90d, 0) AS logins_90d,
  COALESCE(recent.login_days_90d, 0) AS login_days_90d,
  COALESCE(recent.product_views_30d, 0) AS product_views_30d,
  viewed.product_id AS last_viewed_product,
  COALESCE(recent.searches_30d, 0) AS searches_30d,
  COALESCE(recent.app_transfers_90d, 0) AS app_transfers_90d,
  COALESCE(recent.app_bills_90d, 0) AS app_bills_90d
FROM app_history AS history
FULL JOIN recent ON history.customer_id = recent.customer_id
LEFT JOIN viewed ON recent.customer_id = viewed.customer_id AND viewed.place = 1
