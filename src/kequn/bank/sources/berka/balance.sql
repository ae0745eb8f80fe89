-- Day-ends from the running balance. The order of postings within a day is not delivered, so it is inferred: a
-- posting's balance less its amount is the balance it began with, and the day's last posting is the one whose
-- balance no other posting of the day began with. Where rounding leaves several such postings, or none, the one
-- nearest to the account's postings so far added up is taken, then the higher number. A day-end stands until the next.
WITH step AS (
  SELECT
    trans_id,
    account_id,
    try_strptime(date, '%y%m%d')::DATE AS day,
    TRY_CAST(fen(balance) AS BIGINT) AS ending,
    TRY_CAST(fen(amount) AS BIGINT) * CASE type WHEN 'credit' THEN 1 ELSE -1 END AS moved,
    _file,
    _row
  FROM trans
),
begun AS (
  SELECT account_id, day, ending - moved AS value, count(*) AS times FROM step GROUP BY ALL
),
reached AS (
  SELECT account_id, day, ending AS value, count(*) AS times FROM step GROUP BY ALL
),
added AS (
  SELECT account_id, day, sum(sum(moved)) OVER (PARTITION BY account_id ORDER BY day) AS so_far
  FROM step
  GROUP BY account_id, day
),
last_of_day AS (
  SELECT s.*
  FROM step AS s
  JOIN reached AS r ON r.account_id = s.account_id AND r.day = s.day AND r.value = s.ending
  JOIN added AS a ON a.account_id = s.account_id AND a.day = s.day
  LEFT JOIN begun AS b ON b.account_id = s.account_id AND b.day = s.day AND b.value = s.ending
  QUALIFY row_number() OVER (
    PARTITION BY s.account_id, s.day
    ORDER BY
      r.times > coalesce(b.times, 0) DESC,
      abs(s.ending - a.so_far),
      TRY_CAST(s.trans_id AS BIGINT) DESC,
      s._row
  ) = 1
)
SELECT
  account_id,
  day AS valid_from,
  lead(day) OVER (PARTITION BY account_id ORDER BY day) - 1 AS valid_to,
  ending AS balance_fen,
  _file,
  _row
FROM last_of_day
