-- k_symbol says what a posting is for; where it is blank, operation says how the money moved.
SELECT
  trans_id AS posting_id,
  account_id,
  iso_time(date, '%y%m%d') AS posted_at,
  fen(amount) AS amount_fen,
  CASE type
    WHEN 'credit' THEN 'in'
    WHEN 'withdrawal' THEN 'out'
    WHEN 'withdrawal in cash' THEN 'out'
    ELSE type
  END AS direction,
  CASE coalesce(nullif(trim(k_symbol), ''), operation)
    WHEN 'insurrance payment' THEN 'insurance'
    WHEN 'household' THEN 'household'
    WHEN 'interest credited' THEN 'interest'
    WHEN 'sanction interest if negative balance' THEN 'interest'
    WHEN 'payment for statement' THEN 'fee'
    WHEN 'remittance to another bank' THEN 'transfer'
    WHEN 'collection from another bank' THEN 'transfer'
    WHEN 'credit in cash' THEN 'cash'
    WHEN 'withdrawal in cash' THEN 'cash'
    WHEN 'credit card withdrawal' THEN 'cash'
    ELSE coalesce(nullif(trim(k_symbol), ''), operation, 'other')
  END AS kind,
  NULL AS counterparty_name,
  nullif(account, '0') AS counterparty_account,
  bank AS counterparty_bank,
  NULL AS counterparty_bin,
  NULL AS own_name,
  CASE
    WHEN k_symbol IN ('interest credited', 'sanction interest if negative balance', 'payment for statement') THEN 'auto'
    WHEN operation = 'credit card withdrawal' THEN 'atm'
    WHEN operation IN ('credit in cash', 'withdrawal in cash') THEN 'counter'
  END AS channel,
  NULL AS merchant_category,
  _file,
  _row
FROM trans
