-- Money moved between customers and own cards at other banks in the eleven months before the open one, by the first
-- digits of the card.
SELECT
  identity.customer_id,
  posting.counterparty_bin AS bin,
  posting.counterparty_bank AS bank,
  count(*) AS posting_count,
  isum(CASE WHEN posting.direction = 'in' THEN posting.amount_fen ELSE 0 END) AS in_fen,
  isum(CASE WHEN posting.direction = 'out' THEN posting.amount_fen ELSE 0 END) AS out_fen
FROM posting
JOIN account ON posting.account_id = account.account_id
JOIN identity ON account.party_id = identity.party_id
WHERE posting.own_name AND (posting.counterparty_bank IS NOT NULL OR posting.counterparty_bin IS NOT NULL)
  AND posting.posted_at >= add_months(month_start(as_of()), -11) AND posting.posted_at < month_start(as_of())
GROUP BY identity.customer_id, posting.counterparty_bin, posting.counterparty_bank
