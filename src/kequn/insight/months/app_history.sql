-- What the months before the open one say of each customer's use of the app. last_login_before_on leaves out the months
-- that the returning window may touch.
WITH by_party AS (
  SELECT
    party_id,
    MIN(happened_at) AS first_at,
    MAX(CASE WHEN kind = 'login' THEN happened_at END) AS last_login_at,
    MAX(CASE WHEN kind = 'login'
      AND happened_at < month_start(add_days(month_start(as_of()), 1 - setting('lifecycle.returning_days')))
      THEN happened_at END) AS last_login_before_at
  FROM app_event
  WHERE happened_at < month_start(as_of())
  GROUP BY party_id
)
SELECT
  identity.customer_id,
  month_start(MIN(by_party.first_at)) AS first_month,
  date_of(MAX(by_party.last_login_at)) AS last_login_on,
  date_of(MAX(by_party.last_login_before_at)) AS last_login_before_on
FROM by_party
JOIN identity ON by_party.party_id = identity.party_id
GROUP BY identity.customer_id
