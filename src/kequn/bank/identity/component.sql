-- Parties of one person share a component; a component beyond the limit falls back to its strongest key alone.
WITH strongest AS (
  SELECT k.party_id, g.hub
  FROM identity_key AS k
  JOIN identity_group AS g ON g.key_kind = k.key_kind AND g.key_value = k.key_value
  WHERE k.strength = 0
    AND g.parties <= setting('identity.max_parties_per_key')
    AND g.parties <= setting('identity.max_parties_per_customer')
)
SELECT
  l.party_id,
  CASE WHEN large.label IS NULL THEN l.label ELSE COALESCE(s.hub, l.party_id) END AS component
FROM identity_label AS l
LEFT JOIN identity_large AS large ON large.label = l.label
LEFT JOIN strongest AS s ON s.party_id = l.party_id
