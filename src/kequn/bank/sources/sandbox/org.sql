SELECT
    org_id,
    parent_org_id,
    level,
    name_zh,
    name_en,
    region,
    _file,
    _row
FROM org
