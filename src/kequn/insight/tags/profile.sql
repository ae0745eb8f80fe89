-- The relationship manager is the one of the newest assignment that stands today over all records of the customer.
WITH assigned AS (
  SELECT identity.customer_id, assignment.staff_id,
    row_number() OVER (PARTITION BY identity.customer_id
      ORDER BY assignment.valid_from DESC, assignment.staff_id) AS place
  FROM assignment
  JOIN identity ON assignment.party_id = identity.party_id
  WHERE assignment.valid_from <= as_of() AND (assignment.valid_to IS NULL OR assignment.valid_to >= as_of())
),
reachable AS (
  SELECT identity.customer_id, bool_or(party.mobile_token IS NOT NULL) AS has_mobile
  FROM party
  JOIN identity ON party.party_id = identity.party_id
  GROUP BY identity.customer_id
)
SELECT
  base.customer_id,
  age_on(base.birth_date, as_of()) AS age,
  EXTRACT(MONTH FROM base.birth_date) AS birthday_month,
  base.sex,
  base.region,
  base.education AS education_level,
  base.occupation,
  base.marital,
  months_between_starts(base.opened_on, as_of()) - CASE WHEN add_months(base.opened_on,
    months_between_starts(base.opened_on, as_of())) > as_of() THEN 1 ELSE 0 END AS tenure_months,
  base.org_id,
  CASE WHEN home.level = 'outlet' THEN home.parent_org_id ELSE home.org_id END AS branch_id,
  assigned.staff_id,
  base.parties AS party_count,
  COALESCE(reachable.has_mobile, FALSE) AS has_mobile
FROM customer_base AS base
LEFT JOIN org AS home ON base.org_id = home.org_id
LEFT JOIN assigned ON base.customer_id = assigned.customer_id AND assigned.place = 1
LEFT JOIN reachable ON base.customer_id = reachable.customer_id
