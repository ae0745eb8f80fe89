-- Balance changes in the bank's currency by party, month and class. With the opening balance they give the closing
-- balance (opening + change) and the sum of day-ends (opening x days + weighted) of the month.
SELECT
  account.party_id,
  month_start(balance.valid_from) AS month,
  account.asset_class,
  COALESCE(account.term, 'demand') AS term,
  isum(balance.change_fen) AS change_fen,
  isum(balance.change_fen * (days_between(balance.valid_from, month_end(balance.valid_from)) + 1)) AS weighted_fen
FROM balance
JOIN account ON balance.account_id = account.account_id
WHERE balance.change_fen <> 0 AND account.currency = setting('bank.currency')
GROUP BY account.party_id, month_start(balance.valid_from), account.asset_class, COALESCE(account.term, 'demand')
