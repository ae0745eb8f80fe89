-- Marketing contacts that may have reached the customer: service messages are not counted, nor what failed.
WITH touched AS (
  SELECT identity.customer_id, MAX(date_of(contact.contacted_at)) AS last_on,
    COUNT(CASE WHEN contact.contacted_at >= add_days(as_of(), -6) THEN 1 END) AS in_7d,
    COUNT(CASE WHEN contact.contacted_at >= add_days(as_of(), -29) THEN 1 END) AS in_30d,
    COUNT(CASE WHEN contact.contacted_at >= add_days(as_of(), -6) AND contact.channel IN ('ai_call', 'agent_call')
      THEN 1 END) AS calls_in_7d
  FROM contact JOIN identity ON contact.party_id = identity.party_id
  WHERE contact.purpose = 'marketing' AND contact.outcome <> 'failed'
  GROUP BY identity.customer_id
),
answer AS (
  SELECT identity.customer_id, response.kind, response.responded_at,
    ROW_NUMBER() OVER (PARTITION BY identity.customer_id
      ORDER BY response.responded_at DESC, response.response_id DESC) AS place
  FROM response JOIN identity ON response.party_id = identity.party_id
),
answered AS (
  SELECT customer_id,
    COUNT(CASE WHEN responded_at >= add_days(as_of(), -89) THEN 1 END) AS in_90d,
    MAX(CASE WHEN place = 1 THEN kind END) AS last_kind,
    COUNT(CASE WHEN kind = 'refused' AND responded_at >= add_days(as_of(), -89) THEN 1 END) AS refused_in_90d,
    COUNT(CASE WHEN kind = 'complained' AND responded_at >= add_days(as_of(), -179) THEN 1 END) AS complained_in_180d,
    COUNT(CASE WHEN kind = 'opted_out' THEN 1 END) AS opted_out_ever
  FROM answer
  GROUP BY customer_id
)
SELECT
  COALESCE(touched.customer_id, answered.customer_id) AS customer_id,
  COALESCE(touched.in_7d, 0) AS contacts_7d,
  COALESCE(touched.in_30d, 0) AS contacts_30d,
  COALESCE(touched.calls_in_7d, 0) AS calls_7d,
  days_between(touched.last_on, as_of()) AS days_since_contact,
  COALESCE(answered.in_90d, 0) AS responses_90d,
  answered.last_kind AS last_response_kind,
  COALESCE(answered.refused_in_90d, 0) AS refused_90d,
  COALESCE(answered.complained_in_180d, 0) > 0 AS complained_180d,
  COALESCE(answered.opted_out_ever, 0) > 0 AS opted_out
FROM touched FULL JOIN answered ON touched.customer_id = answered.customer_id
