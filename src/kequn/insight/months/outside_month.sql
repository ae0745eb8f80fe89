-- Money moved between the customer and own cards at other banks, by party, month and first digits of the card.
SELECT
  account.party_id,
  month_start(date_of(posting.posted_at)) AS month,
  posting.counterparty_bin AS bin,
  posting.counterparty_bank AS bank,
  count(*) AS posting_count,
  isum(CASE WHEN posting.direction = 'in' THEN posting.amount_fen ELSE 0 END) AS in_fen,
  isum(CASE WHEN posting.direction = 'out' THEN posting.amount_fen ELSE 0 END) AS out_fen
FROM posting
JOIN account ON posting.account_id = account.account_id
WHERE posting.own_name AND (posting.counterparty_bank IS NOT NULL OR posting.counterparty_bin IS NOT NULL)
GROUP BY account.party_id, month_start(date_of(posting.posted_at)), posting.counterparty_bin, posting.counterparty_bank
