-- When the customer last did something, and the money that came and went (see posting_recent for what counts).
SELECT
  base.customer_id,
  days_between(GREATEST(history.last_own_on, recent.last_own_on), as_of()) AS days_since_own_posting,
  LEAST(days_between(GREATEST(history.last_own_on, recent.last_own_on), as_of()), topic_app.days_since_login)
    AS days_since_activity,
  COALESCE(recent.inflow_90d, 0) AS inflow_90d,
  COALESCE(recent.outflow_90d, 0) AS outflow_90d,
  COALESCE(recent.inflow_90d, 0) - COALESCE(recent.outflow_90d, 0) AS net_flow_90d,
  COALESCE(recent.inflow_own_name_90d, 0) AS inflow_own_name_90d,
  COALESCE(recent.outflow_own_name_90d, 0) AS outflow_own_name_90d
FROM customer_base AS base
LEFT JOIN topic_app ON base.customer_id = topic_app.customer_id
LEFT JOIN posting_history AS history ON base.customer_id = history.customer_id
LEFT JOIN posting_recent AS recent ON base.customer_id = recent.customer_id
