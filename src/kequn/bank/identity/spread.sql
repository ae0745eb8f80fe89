-- One round: a party, and the party that its label names, take the lowest label's label among the neighbours, or
-- their own label's label where that is lower. Hooking the named party too is what keeps rounds few.
WITH grand AS (
  SELECT l.party_id, l.label, up.label AS grand
  FROM identity_label AS l
  JOIN identity_label AS up ON up.party_id = l.label
),
near AS (
  SELECT e.party_id, MIN(n.grand) AS label
  FROM identity_edge AS e
  JOIN grand AS n ON n.party_id = e.neighbour
  GROUP BY e.party_id
),
offer AS (
  SELECT g.party_id, LEAST(g.grand, n.label) AS label
  FROM grand AS g
  JOIN near AS n ON n.party_id = g.party_id
  UNION ALL
  SELECT g.label AS party_id, n.label
  FROM grand AS g
  JOIN near AS n ON n.party_id = g.party_id
),
lowest AS (
  SELECT party_id, MIN(label) AS label FROM offer GROUP BY party_id
)
SELECT l.party_id, LEAST(l.label, o.label) AS label, l.label AS was
FROM identity_label AS l
JOIN lowest AS o ON o.party_id = l.party_id
