-- Strong keys that more than one party carries; hub: the party with the lowest id among them.
SELECT
  strength,
  key_kind,
  key_value,
  COUNT(*) AS parties,
  MIN(party_id) AS hub
FROM identity_key
GROUP BY strength, key_kind, key_value
HAVING COUNT(*) > 1
