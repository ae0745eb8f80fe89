-- When the customer last did something, and the money that came and went. In and out leave out moves between the
-- customer's own accounts here and investments, which stay with the bank, and loans paid out.
WITH by_party AS (
  SELECT party_id, MAX(last_own_on) AS last_own_on
  FROM posting_month
  WHERE last_own_on IS NOT NULL
  GROUP BY party_id
),
own_made AS (
  SELECT identity.customer_id, MAX(by_party.last_own_on) AS last_own_on
  FROM by_party
  JOIN identity ON by_party.party_id = identity.party_id
  GROUP BY identity.customer_id
),
moved AS (
  SELECT account.customer_id, posting.direction, posting.amount_fen, COALESCE(posting.own_name, FALSE) AS own
  FROM posting
  JOIN account ON posting.account_id = account.account_id
  WHERE posting.posted_at >= add_days(as_of(), -89)
    AND posting.kind <> 'investment' AND (posting.kind <> 'loan' OR posting.direction = 'out')
    AND (NOT COALESCE(posting.own_name, FALSE) OR posting.counterparty_bank IS NOT NULL)
),
recent AS (
  SELECT
    customer_id,
    isum(amount_fen) FILTER (WHERE direction = 'in') AS inflow_90d,
    isum(amount_fen) FILTER (WHERE direction = 'out') AS outflow_90d,
    isum(amount_fen) FILTER (WHERE direction = 'in' AND own) AS inflow_own_name_90d,
    isum(amount_fen) FILTER (WHERE direction = 'out' AND own) AS outflow_own_name_90d
  FROM moved
  GROUP BY customer_id
)
SELECT
  base.customer_id,
  days_between(own_made.last_own_on, as_of()) AS days_since_own_posting,
  LEAST(days_between(own_made.last_own_on, as_of()), topic_app.days_since_login) AS days_since_activity,
  COALESCE(recent.inflow_90d, 0) AS inflow_90d,
  COALESCE(recent.outflow_90d, 0) AS outflow_90d,
  COALESCE(recent.inflow_90d, 0) - COALESCE(recent.outflow_90d, 0) AS net_flow_90d,
  COALESCE(recent.inflow_own_name_90d, 0) AS inflow_own_name_90d,
  COALESCE(recent.outflow_own_name_90d, 0) AS outflow_own_name_90d
FROM customer_base AS base
LEFT JOIN own_made ON base.customer_id = own_made.customer_id
LEFT JOIN topic_app ON base.customer_id = topic_app.customer_id
LEFT JOIN recent ON base.customer_id = recent.customer_id
