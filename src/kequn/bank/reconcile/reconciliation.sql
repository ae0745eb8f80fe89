-- One row for each ledger that drifts from its postings; drift is the running sum of its daily gaps.
WITH gap AS (
  SELECT account_id, day, gap_fen FROM ledger_gap_closed
  UNION ALL
  SELECT account_id, day, gap_fen FROM ledger_gap_open
),
running AS (
  SELECT account_id, day, gap_fen, isum(gap_fen) OVER (PARTITION BY account_id ORDER BY day) AS drift_fen
  FROM gap
)
SELECT
  r.account_id,
  a.source_ref,
  MIN(r.day) AS first_day,
  MAX(r.day) AS last_day,
  COUNT(*) AS days_apart,
  MAX(ABS(r.gap_fen)) AS largest_gap_fen,
  isum(r.gap_fen) AS total_gap_fen,
  MAX(ABS(r.drift_fen)) AS largest_drift_fen
FROM running AS r
JOIN account_at_rest AS a ON a.account_id = r.account_id
GROUP BY r.account_id, a.source_ref
