WITH assessed AS (
  SELECT identity.customer_id, risk_profile.assessed_on, risk_profile.tolerance,
    ROW_NUMBER() OVER (PARTITION BY identity.customer_id
      ORDER BY risk_profile.assessed_on DESC, risk_profile.assessment_id DESC) AS place
  FROM risk_profile JOIN identity ON risk_profile.party_id = identity.party_id
),
-- A decision stands for a channel where it is the newest of that channel and of "all"; at the same instant, no wins.
decision AS (
  SELECT identity.customer_id, consent.channel, consent.purpose = 'marketing' AS marketing,
    consent.purpose = 'personalisation' AS personal, consent.decided_at, consent.granted,
    consent.granted AND (consent.expires_on IS NULL OR consent.expires_on >= as_of()) AS yes
  FROM consent JOIN identity ON consent.party_id = identity.party_id
),
instant AS (
  SELECT customer_id,
    MAX(CASE WHEN marketing AND channel IN ('sms', 'all') AND yes THEN decided_at END) AS sms_yes,
    MAX(CASE WHEN marketing AND channel IN ('sms', 'all') AND NOT yes THEN decided_at END) AS sms_no,
    MAX(CASE WHEN marketing AND channel IN ('ai_call', 'all') AND yes THEN decided_at END) AS ai_call_yes,
    MAX(CASE WHEN marketing AND channel IN ('ai_call', 'all') AND NOT yes THEN decided_at END) AS ai_call_no,
    MAX(CASE WHEN marketing AND channel IN ('agent_call', 'all') AND yes THEN decided_at END) AS agent_call_yes,
    MAX(CASE WHEN marketing AND channel IN ('agent_call', 'all') AND NOT yes THEN decided_at END) AS agent_call_no,
    MAX(CASE WHEN marketing AND channel IN ('app', 'all') AND yes THEN decided_at END) AS app_yes,
    MAX(CASE WHEN marketing AND channel IN ('app', 'all') AND NOT yes THEN decided_at END) AS app_no,
    MAX(CASE WHEN marketing AND channel IN ('wecom', 'all') AND yes THEN decided_at END) AS wecom_yes,
    MAX(CASE WHEN marketing AND channel IN ('wecom', 'all') AND NOT yes THEN decided_at END) AS wecom_no,
    MAX(CASE WHEN personal AND granted THEN decided_at END) AS personal_yes,
    MAX(CASE WHEN personal AND NOT granted THEN decided_at END) AS personal_no
  FROM decision
  GROUP BY customer_id
),
signal AS (
  SELECT identity.customer_id,
    MIN(CASE risk_signal.kind WHEN 'deceased' THEN 1 WHEN 'minor' THEN 2 WHEN 'money_laundering' THEN 3
      WHEN 'fraud' THEN 4 WHEN 'delinquency' THEN 5 ELSE 6 END) AS gravest,
    COUNT(CASE WHEN risk_signal.kind = 'open_complaint' THEN 1 END) AS complaints
  FROM risk_signal JOIN identity ON risk_signal.party_id = identity.party_id
  WHERE risk_signal.cleared_on IS NULL OR risk_signal.cleared_on > as_of()
  GROUP BY identity.customer_id
)
SELECT
  customer_base.customer_id,
  assessed.tolerance AS risk_tolerance,
  days_between(assessed.assessed_on, as_of()) AS days_since_assessment,
  COALESCE(add_months(assessed.assessed_on, setting('risk.assessment_valid_months')) > as_of(), FALSE) AS assessment_valid,
  COALESCE(instant.sms_yes > instant.sms_no, instant.sms_yes IS NOT NULL) AS consent_sms,
  COALESCE(instant.ai_call_yes > instant.ai_call_no, instant.ai_call_yes IS NOT NULL)
    OR COALESCE(instant.agent_call_yes > instant.agent_call_no, instant.agent_call_yes IS NOT NULL) AS consent_call,
  COALESCE(instant.ai_call_yes > instant.ai_call_no, instant.ai_call_yes IS NOT NULL) AS consent_ai_call,
  COALESCE(instant.agent_call_yes > instant.agent_call_no, instant.agent_call_yes IS NOT NULL) AS consent_agent_call,
  COALESCE(instant.app_yes > instant.app_no, instant.app_yes IS NOT NULL) AS consent_app,
  COALESCE(instant.wecom_yes > instant.wecom_no, instant.wecom_yes IS NOT NULL) AS consent_wecom,
  COALESCE(instant.personal_no >= instant.personal_yes, instant.personal_no IS NOT NULL) AS personalisation_refused,
  signal.gravest IS NOT NULL AS risk_signal,
  CASE signal.gravest WHEN 1 THEN 'deceased' WHEN 2 THEN 'minor' WHEN 3 THEN 'money_laundering' WHEN 4 THEN 'fraud'
    WHEN 5 THEN 'delinquency' WHEN 6 THEN 'open_complaint' END AS risk_signal_kind,
  COALESCE(signal.complaints, 0) > 0 AS open_complaint
FROM customer_base
  LEFT JOIN (SELECT customer_id, assessed_on, tolerance FROM assessed WHERE place = 1) AS assessed
    ON customer_base.customer_id = assessed.customer_id
  LEFT JOIN instant ON customer_base.customer_id = instant.customer_id
  LEFT JOIN signal ON customer_base.customer_id = signal.customer_id
