-- Marketing contacts that may have reached the customer, one row each, with the first day of each kind of answer.
-- Positive is clicked, interested or bought within channel_response_days; opened alone shows no interest.
WITH answered AS (
  SELECT contact_id,
    MIN(CASE WHEN kind IN ('clicked', 'interested', 'bought') THEN date_of(responded_at) END) AS positive_on,
    MIN(CASE WHEN kind = 'opened' THEN date_of(responded_at) END) AS opened_on,
    MIN(CASE WHEN kind IN ('refused', 'complained', 'opted_out') THEN date_of(responded_at) END) AS refused_on
  FROM response
  GROUP BY contact_id
)
SELECT
  identity.customer_id,
  contact.contact_id,
  contact.channel,
  CASE
    WHEN EXTRACT(HOUR FROM contact.contacted_at) < setting('scores.channel_midday_hour') THEN 'morning'
    WHEN EXTRACT(HOUR FROM contact.contacted_at) < setting('scores.channel_afternoon_hour') THEN 'midday'
    WHEN EXTRACT(HOUR FROM contact.contacted_at) < setting('scores.channel_evening_hour') THEN 'afternoon'
    ELSE 'evening'
  END AS daypart,
  date_of(contact.contacted_at) AS contacted_on,
  COALESCE(answered.positive_on <= add_days(contact.contacted_at, setting('scores.channel_response_days')), FALSE)
    AS responded,
  contact.propensity,
  contact.outcome,
  contact.product_id,
  answered.positive_on,
  answered.opened_on,
  answered.refused_on
FROM contact
JOIN identity ON contact.party_id = identity.party_id
LEFT JOIN answered ON contact.contact_id = answered.contact_id
WHERE contact.purpose = 'marketing' AND contact.outcome <> 'failed'
