-- Postings by party, month, kind, direction and scope: 'inside' is money moved between the customer's own accounts
-- here, 'own' to or from the customer's own account at another bank, 'other' everything else. Car insurance is a kind
-- of its own. last_own_on is the last day with a posting that the customer made (not by standing order or batch).
WITH moved AS (
  SELECT
    account.party_id,
    date_of(posting.posted_at) AS day,
    CASE WHEN posting.kind = 'insurance' AND posting.merchant_category = 'car_insurance' THEN 'car_insurance'
      ELSE posting.kind END AS kind,
    posting.direction,
    CASE WHEN NOT COALESCE(posting.own_name, FALSE) THEN 'other' WHEN posting.counterparty_bank IS NULL THEN 'inside'
      ELSE 'own' END AS scope,
    posting.amount_fen,
    COALESCE(posting.channel, 'auto') <> 'auto' AS own_made
  FROM posting
  JOIN account ON posting.account_id = account.account_id
)
SELECT
  party_id,
  month_start(day) AS month,
  kind,
  direction,
  scope,
  count(*) AS posting_count,
  isum(amount_fen) AS amount_fen,
  MAX(day) AS last_on,
  MAX(CASE WHEN own_made THEN day END) AS last_own_on
FROM moved
GROUP BY party_id, month_start(day), kind, direction, scope
