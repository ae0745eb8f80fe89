-- What the guards refused to merge; party_id: the lowest id among the parties concerned.
SELECT
  key_kind,
  key_value,
  hub AS party_id,
  parties,
  'key_ignored' AS action,
  '该标识被' || CAST(parties AS VARCHAR) || '条客户记录共用，超过上限，不用于识别客户' AS reason_zh,
  'Shared by ' || CAST(parties AS VARCHAR) || ' parties, beyond the limit: the key identifies nobody' AS reason_en
FROM identity_group
WHERE parties > setting('identity.max_parties_per_key')
UNION ALL
SELECT
  'component' AS key_kind,
  CAST(NULL AS VARCHAR) AS key_value,
  label AS party_id,
  parties,
  'not_merged' AS action,
  '相连的客户记录共' || CAST(parties AS VARCHAR) || '条，超过上限，仅按最强标识合并' AS reason_zh,
  'A chain of ' || CAST(parties AS VARCHAR) || ' parties, beyond the limit: merged by the strongest key only' AS reason_en
FROM identity_large
