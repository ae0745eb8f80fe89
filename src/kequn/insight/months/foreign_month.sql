-- Accounts in other currencies as balance_month shows the rest: on every day the balance counts
-- round_div(balance x rate, 1000000) of the bank's currency, and 0 while its currency has no rate. Balance and rate are
-- both constant over a span; its value comes in on the span's first day and goes out on the day after its last.
-- Whole millions are multiplied apart from the rest, so that no product is too large for 64 bits.
WITH held AS (
  SELECT account_id, party_id, asset_class, term, currency, day AS first_day,
    LEAD(day) OVER (PARTITION BY account_id ORDER BY day) AS next_day,
    CAST(SUM(change_fen) OVER (PARTITION BY account_id ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
      AS BIGINT) AS balance_fen
  FROM foreign_change
),
quoted AS (
  SELECT currency, rate_ppm, valid_from AS first_day,
    LEAD(valid_from) OVER (PARTITION BY currency ORDER BY valid_from) AS next_day
  FROM rate
  WHERE valid_from <= as_of()
),
span AS (
  SELECT held.party_id, held.asset_class, held.term,
    GREATEST(held.first_day, quoted.first_day) AS first_day,
    LEAST(held.next_day, quoted.next_day) AS next_day,
    held.balance_fen // 1000000 * quoted.rate_ppm + round_div(held.balance_fen % 1000000 * quoted.rate_ppm, 1000000)
      AS value_fen
  FROM held
  JOIN quoted ON held.currency = quoted.currency
    AND quoted.first_day < COALESCE(held.next_day, add_days(as_of(), 1))
    AND held.first_day < COALESCE(quoted.next_day, add_days(as_of(), 1))
  WHERE held.balance_fen <> 0
),
moved AS (
  SELECT party_id, asset_class, term, first_day AS day, value_fen AS change_fen FROM span
  UNION ALL
  SELECT party_id, asset_class, term, next_day AS day, -value_fen AS change_fen FROM span WHERE next_day <= as_of()
)
SELECT
  party_id,
  month_start(day) AS month,
  asset_class,
  term,
  isum(change_fen) AS change_fen,
  isum(change_fen * (days_between(day, month_end(day)) + 1)) AS weighted_fen
FROM moved
GROUP BY party_id, month_start(day), asset_class, term
