-- How long the relationship has lasted, how long it is quiet now, and how long it was quiet before the first activity of
-- the returning window (the last lifecycle.returning_days days, today included). Activity is an own-initiated posting
-- or a login; nobody is called quiet for days before the first month that anything is known of.
WITH known AS (
  SELECT MIN(month) AS since
  FROM (SELECT MIN(month) AS month FROM posting_month UNION ALL SELECT MIN(month) AS month FROM app_month) AS first_month
),
acted AS (
  SELECT account.customer_id, date_of(posting.posted_at) AS day
  FROM posting JOIN account ON posting.account_id = account.account_id
  WHERE posting.posted_at >= month_start(add_days(as_of(), 1 - setting('lifecycle.returning_days')))
    AND COALESCE(posting.channel, 'auto') <> 'auto'
  UNION ALL
  SELECT identity.customer_id, date_of(app_event.happened_at) AS day
  FROM app_event JOIN identity ON app_event.party_id = identity.party_id
  WHERE app_event.happened_at >= month_start(add_days(as_of(), 1 - setting('lifecycle.returning_days')))
    AND app_event.kind = 'login'
),
recent AS (
  SELECT customer_id,
    MIN(CASE WHEN day >= add_days(as_of(), 1 - setting('lifecycle.returning_days')) THEN day END) AS first_on,
    MAX(CASE WHEN day < add_days(as_of(), 1 - setting('lifecycle.returning_days')) THEN day END) AS before_on,
    MAX(day) AS last_on
  FROM acted GROUP BY customer_id
),
quiet AS (
  SELECT party_id, MAX(last_own_on) AS last_on FROM posting_month
  WHERE month < month_start(add_days(as_of(), 1 - setting('lifecycle.returning_days'))) GROUP BY party_id
  UNION ALL
  SELECT party_id, MAX(last_on) AS last_on FROM app_month
  WHERE month < month_start(add_days(as_of(), 1 - setting('lifecycle.returning_days'))) AND kind = 'login'
  GROUP BY party_id
),
earlier AS (
  SELECT identity.customer_id, MAX(quiet.last_on) AS last_on
  FROM quiet JOIN identity ON quiet.party_id = identity.party_id GROUP BY identity.customer_id
)
SELECT
  customer_base.customer_id,
  days_between(customer_base.opened_on, as_of()) AS tenure_days,
  days_between(COALESCE(recent.last_on, earlier.last_on, GREATEST(customer_base.opened_on, known.since)), as_of())
    AS quiet_days,
  days_between(COALESCE(recent.before_on, earlier.last_on, GREATEST(customer_base.opened_on, known.since)),
    recent.first_on) AS quiet_days_before_return
FROM customer_base CROSS JOIN known
  LEFT JOIN recent ON customer_base.customer_id = recent.customer_id
  LEFT JOIN earlier ON customer_base.customer_id = earlier.customer_id
