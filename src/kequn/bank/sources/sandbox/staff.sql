SELECT
    staff_id,
    org_id,
    name,
    role,
    active,
    _file,
    _row
FROM staff
