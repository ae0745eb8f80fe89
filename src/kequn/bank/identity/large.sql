-- Components beyond the limit: more parties than one person has.
SELECT label, COUNT(*) AS parties
FROM identity_label
GROUP BY label
HAVING COUNT(*) > setting('identity.max_parties_per_customer')
