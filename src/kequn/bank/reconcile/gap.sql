-- Days on which a ledger's balance moved otherwise than its postings say: gap_fen is the balance's move less theirs.
-- Not compared: months without any posting of the account, and a balance that starts from nothing, since what an
-- account held before its first row is not known.
WITH ledger AS (
  SELECT account_id, month_start(date_of(posted_at)) AS month
  FROM posting_compared
  GROUP BY account_id, month_start(date_of(posted_at))
),
movement AS (
  SELECT
    b.account_id,
    b.valid_from AS day,
    b.change_fen AS gap_fen,
    CASE WHEN b.change_fen = b.balance_fen THEN 1 ELSE 0 END AS opens
  FROM balance_compared AS b
  JOIN ledger AS l ON l.account_id = b.account_id AND l.month = month_start(b.valid_from)
  UNION ALL
  SELECT
    account_id,
    date_of(posted_at) AS day,
    CASE WHEN direction = 'in' THEN -amount_fen ELSE amount_fen END AS gap_fen,
    0 AS opens
  FROM posting_compared
)
SELECT account_id, day, isum(gap_fen) AS gap_fen
FROM movement
GROUP BY account_id, day
HAVING MAX(opens) = 0 AND ABS(isum(gap_fen)) > setting('reconcile.tolerance_fen')
