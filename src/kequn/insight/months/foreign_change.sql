-- Balance changes of accounts in other currencies, in their own currency, day by day: what foreign_worth converts.
SELECT
  balance.account_id,
  account.party_id,
  account.currency,
  balance.valid_from AS day,
  isum(balance.change_fen) AS change_fen
FROM balance
JOIN account ON balance.account_id = account.account_id
WHERE balance.change_fen <> 0 AND account.currency <> setting('bank.currency')
GROUP BY balance.account_id, account.party_id, account.currency, balance.valid_from
