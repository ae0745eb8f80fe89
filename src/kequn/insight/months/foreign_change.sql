-- Balance changes of accounts in other currencies, in their own currency, day by day: what foreign_month converts.
SELECT
  balance.account_id,
  account.party_id,
  month_start(balance.valid_from) AS month,
  account.asset_class,
  COALESCE(account.term, 'demand') AS term,
  account.currency,
  balance.valid_from AS day,
  isum(balance.change_fen) AS change_fen
FROM balance
JOIN account ON balance.account_id = account.account_id
WHERE balance.change_fen <> 0 AND account.currency <> setting('bank.currency')
GROUP BY balance.account_id, account.party_id, month_start(balance.valid_from), account.asset_class,
  COALESCE(account.term, 'demand'), account.currency, balance.valid_from
