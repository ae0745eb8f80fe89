-- A district is where a branch stands. A1: number, A2: name, A3: region.
SELECT
  'CZ' || lpad(A1, 2, '0') AS org_id,
  NULL AS parent_org_id,
  'sub_branch' AS level,
  A2 AS name_zh,
  A2 AS name_en,
  'CZ' || lpad(A1, 2, '0') AS region,
  _file,
  _row
FROM district
