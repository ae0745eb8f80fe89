-- Actions in the app by party, month and kind.
SELECT
  party_id,
  month_start(date_of(happened_at)) AS month,
  kind,
  count(*) AS event_count,
  MAX(date_of(happened_at)) AS last_on
FROM app_event
GROUP BY party_id, month_start(date_of(happened_at)), kind
