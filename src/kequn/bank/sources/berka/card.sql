-- A card belongs to a disposition, that is to a client and an account. The masters' dates carry a time of 00:00:00.
WITH issued AS (
  SELECT card_id, disp_id, type, issued, _file, _row FROM card
  UNION ALL
  SELECT card_id, disp_id, type, issued, _file, _row FROM ledger_card
)
SELECT
  c.card_id,
  d.client_id AS party_id,
  d.account_id,
  NULL AS card_number,
  NULL AS product_id,
  'credit' AS kind,
  c.type AS level,
  'active' AS status,
  iso_date(split_part(c.issued, ' ', 1), '%y%m%d') AS issued_on,
  iso_date(split_part(c.issued, ' ', 1), '%y%m%d') AS activated_on,
  NULL AS expires_on,
  NULL AS limit_fen,
  NULL AS balance_fen,
  NULL AS bill_fen,
  NULL AS bill_on,
  NULL AS instalment_fen,
  NULL AS last_used_on,
  c._file,
  c._row
FROM issued AS c
LEFT JOIN disp AS d ON d.disp_id = c.disp_id
