-- First labels: the lowest id among a party and its neighbours.
SELECT party_id, LEAST(party_id, MIN(neighbour)) AS label, party_id AS was
FROM identity_edge
GROUP BY party_id
