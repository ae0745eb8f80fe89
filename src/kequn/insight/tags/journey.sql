-- How long the relationship has lasted, how long it is quiet now, and how long it was quiet before the first activity of
-- the returning window (the last lifecycle.returning_days days, today included). Activity is an own-initiated posting
-- or a login; nobody is called quiet for days before the first month that anything is known of.
WITH used AS (
  SELECT party_id, MIN(happened_at) AS first_at,
    MIN(CASE WHEN kind = 'login' AND happened_at >= add_days(as_of(), 1 - setting('lifecycle.returning_days'))
      THEN happened_at END) AS first_login_at,
    MAX(CASE WHEN kind = 'login' AND happened_at < add_days(as_of(), 1 - setting('lifecycle.returning_days'))
      THEN happened_at END) AS before_login_at,
    MAX(CASE WHEN kind = 'login' THEN happened_at END) AS last_login_at
  FROM app_event
  WHERE happened_at >= month_start(add_days(month_start(as_of()), 1 - setting('lifecycle.returning_days')))
  GROUP BY party_id
),
logged_in AS (
  SELECT identity.customer_id, date_of(MIN(used.first_login_at)) AS first_on,
    date_of(MAX(used.before_login_at)) AS before_on, date_of(MAX(used.last_login_at)) AS last_on
  FROM used JOIN identity ON used.party_id = identity.party_id
  GROUP BY identity.customer_id
),
known AS (
  SELECT MIN(month) AS since
  FROM (
    SELECT MIN(first_month) AS month FROM posting_history UNION ALL SELECT MIN(first_month) AS month FROM app_history
    UNION ALL SELECT MIN(first_month) AS month FROM posting_recent
    UNION ALL SELECT month_start(MIN(first_at)) AS month FROM used
  ) AS first_month
)
SELECT
  base.customer_id,
  days_between(base.opened_on, as_of()) AS tenure_days,
  days_between(COALESCE(GREATEST(recent.last_own_on, logged_in.last_on),
    GREATEST(history.last_own_before_on, app_history.last_login_before_on), GREATEST(base.opened_on, known.since)),
    as_of()) AS quiet_days,
  days_between(COALESCE(GREATEST(recent.before_own_on, logged_in.before_on),
    GREATEST(history.last_own_before_on, app_history.last_login_before_on), GREATEST(base.opened_on, known.since)),
    LEAST(recent.first_own_on, logged_in.first_on)) AS quiet_days_before_return
FROM customer_base AS base CROSS JOIN known
  LEFT JOIN posting_recent AS recent ON base.customer_id = recent.customer_id
  LEFT JOIN logged_in ON base.customer_id = logged_in.customer_id
  LEFT JOIN posting_history AS history ON base.customer_id = history.customer_id
  LEFT JOIN app_history ON base.customer_id = app_history.customer_id
