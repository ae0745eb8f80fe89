SELECT
    party_id,
    related_party_id,
    kind,
    since,
    _file,
    _row
FROM relation
