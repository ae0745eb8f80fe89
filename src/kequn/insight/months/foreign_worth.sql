-- What accounts in other currencies are worth in the bank's, from the day of `since` on: on every day the balance
-- counts round_div(balance x rate, 1000000), and 0 while its currency has no rate. Balance and rate are both constant
-- over a span; its value comes in on the span's first day and goes out on the day after its last.
-- Whole millions are multiplied apart from the rest, so that no product is too large for 64 bits.
WITH held AS (
  SELECT account_id, currency, day AS first_day,
    LEAD(day) OVER (PARTITION BY account_id ORDER BY day) AS next_day,
    isum(change_fen) OVER (PARTITION BY account_id ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
      AS balance_fen
  FROM foreign_change
),
quoted AS (
  SELECT currency, rate_ppm, valid_from AS first_day,
    LEAD(valid_from) OVER (PARTITION BY currency ORDER BY valid_from) AS next_day
  FROM rate
  WHERE valid_from <= as_of()
),
recent_held AS (
  SELECT held.account_id, held.currency, held.first_day, held.next_day, held.balance_fen
  FROM held CROSS JOIN since
  WHERE held.balance_fen <> 0 AND COALESCE(held.next_day, as_of()) >= since.day
),
recent_quoted AS (
  SELECT quoted.currency, quoted.rate_ppm, quoted.first_day, quoted.next_day
  FROM quoted CROSS JOIN since
  WHERE COALESCE(quoted.next_day, as_of()) >= since.day
),
span AS (
  SELECT held.account_id,
    GREATEST(held.first_day, quoted.first_day) AS first_day,
    LEAST(held.next_day, quoted.next_day) AS next_day,
    held.balance_fen // 1000000 * quoted.rate_ppm + round_div(held.balance_fen % 1000000 * quoted.rate_ppm, 1000000)
      AS worth_fen
  FROM recent_held AS held
  JOIN recent_quoted AS quoted ON held.currency = quoted.currency
    AND quoted.first_day < COALESCE(held.next_day, add_days(as_of(), 1))
    AND held.first_day < COALESCE(quoted.next_day, add_days(as_of(), 1))
),
moved AS (
  SELECT account_id, first_day AS day, worth_fen AS balance_fen, worth_fen AS change_fen FROM span
  UNION ALL
  SELECT account_id, next_day AS day, 0 AS balance_fen, -worth_fen AS change_fen FROM span WHERE next_day <= as_of()
)
SELECT
  moved.account_id,
  moved.day AS valid_from,
  isum(moved.balance_fen) AS balance_fen,
  isum(moved.change_fen) AS change_fen
FROM moved CROSS JOIN since
WHERE moved.day >= since.day
GROUP BY moved.account_id, moved.day
