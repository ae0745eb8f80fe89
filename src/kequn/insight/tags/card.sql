-- Cards of the bank, and the social-security account, whose card is awake once the account is activated.
WITH carried AS (
  SELECT
    identity.customer_id,
    count(CASE WHEN kind = 'credit' AND status = 'active' THEN 1 END) AS credit_card_count,
    isum(CASE WHEN kind = 'credit' AND status = 'active' THEN COALESCE(limit_fen, 0) ELSE 0 END) AS credit_limit,
    isum(CASE WHEN kind = 'credit' AND status = 'active' AND limit_fen > 0 THEN COALESCE(balance_fen, 0) ELSE 0 END)
      AS used_fen,
    isum(CASE WHEN kind = 'credit' AND status <> 'closed' THEN COALESCE(bill_fen, 0) ELSE 0 END) AS card_bill,
    isum(CASE WHEN kind = 'credit' AND status <> 'closed' THEN COALESCE(instalment_fen, 0) ELSE 0 END)
      AS card_instalment,
    MAX(last_used_on) AS last_used_on,
    MAX(CASE WHEN status <> 'active' THEN 0 WHEN level = 'private' THEN 6 WHEN level = 'diamond' THEN 5
      WHEN level = 'platinum' THEN 4 WHEN level = 'gold' THEN 3 WHEN level = 'classic' THEN 2
      WHEN level = 'junior' THEN 1 ELSE 0 END) AS level_place,
    count(CASE WHEN kind = 'debit' AND status = 'active' THEN 1 END) AS debit_card_count,
    count(CASE WHEN status = 'inactive' THEN 1 END) AS inactive_card_count
  FROM card
  JOIN identity ON card.party_id = identity.party_id
  GROUP BY identity.customer_id
),
insured AS (
  SELECT customer_id, bool_or(activated_on IS NOT NULL AND activated_on <= as_of()) AS awake
  FROM account
  WHERE purpose = 'social_security' AND (closed_on IS NULL OR closed_on > as_of())
  GROUP BY customer_id
)
SELECT
  base.customer_id,
  COALESCE(carried.credit_card_count, 0) AS credit_card_count,
  COALESCE(carried.credit_limit, 0) AS credit_limit,
  share(carried.used_fen, carried.credit_limit) AS credit_used_share,
  COALESCE(carried.card_bill, 0) AS card_bill,
  COALESCE(carried.card_instalment, 0) AS card_instalment,
  days_between(carried.last_used_on, as_of()) AS days_since_card_used,
  CASE carried.level_place WHEN 6 THEN 'private' WHEN 5 THEN 'diamond' WHEN 4 THEN 'platinum' WHEN 3 THEN 'gold'
    WHEN 2 THEN 'classic' WHEN 1 THEN 'junior' END AS best_card_level,
  COALESCE(carried.debit_card_count, 0) AS debit_card_count,
  COALESCE(carried.inactive_card_count, 0) AS inactive_card_count,
  insured.customer_id IS NOT NULL AS social_security_account,
  COALESCE(NOT insured.awake, FALSE) AS social_security_inactive
FROM customer_base AS base
LEFT JOIN carried ON base.customer_id = carried.customer_id
LEFT JOIN insured ON base.customer_id = insured.customer_id
