SELECT
    party_id,
    staff_id,
    valid_from,
    valid_to,
    _file,
    _row
FROM assignment
