-- Which parties are the same person: each party of a shared key and the key's hub, and further links, both ways.
WITH star AS (
  SELECT k.party_id AS one, g.hub AS other
  FROM identity_key AS k
  JOIN identity_group AS g ON g.key_kind = k.key_kind AND g.key_value = k.key_value
  WHERE g.parties <= setting('identity.max_parties_per_key') AND k.party_id <> g.hub
  UNION ALL
  SELECT a.party_id AS one, b.party_id AS other
  FROM identity_link AS l
  JOIN party AS a ON a.party_id = l.party_a
  JOIN party AS b ON b.party_id = l.party_b
  WHERE l.score >= setting('identity.min_link_score') AND l.party_a <> l.party_b
)
SELECT one AS party_id, other AS neighbour FROM star
UNION
SELECT other AS party_id, one AS neighbour FROM star
