-- Money that falls due: accounts with a maturity date after today, at their balance now and the newest rate.
WITH due AS (
  SELECT account_id, customer_id, currency, matures_on
  FROM account
  WHERE matures_on > as_of() AND (closed_on IS NULL OR closed_on > as_of())
),
due_soon AS (
  SELECT due.account_id, due.customer_id, due.currency, isum(balance.change_fen) AS balance_fen
  FROM balance
  JOIN due ON balance.account_id = due.account_id
  WHERE due.matures_on <= add_days(as_of(), 30)
  GROUP BY due.account_id, due.customer_id, due.currency
),
newest AS (
  SELECT currency, rate_ppm, row_number() OVER (PARTITION BY currency ORDER BY valid_from DESC) AS place
  FROM rate
  WHERE valid_from <= as_of()
),
maturing AS (
  SELECT due_soon.customer_id,
    isum(CASE WHEN due_soon.currency = setting('bank.currency') THEN due_soon.balance_fen
      ELSE COALESCE(due_soon.balance_fen // 1000000 * newest.rate_ppm
        + round_div(due_soon.balance_fen % 1000000 * newest.rate_ppm, 1000000), 0) END) AS maturing_fen,
    count(*) AS maturing_count
  FROM due_soon
  LEFT JOIN newest ON due_soon.currency = newest.currency AND newest.place = 1
  WHERE due_soon.balance_fen > 0
  GROUP BY due_soon.customer_id
),
upcoming AS (
  SELECT customer_id, MIN(matures_on) AS next_maturity_on
  FROM due
  GROUP BY customer_id
)
SELECT
  upcoming.customer_id,
  COALESCE(maturing.maturing_fen, 0) AS maturing_30d_fen,
  COALESCE(maturing.maturing_count, 0) AS maturing_30d_count,
  upcoming.next_maturity_on
FROM upcoming
LEFT JOIN maturing ON upcoming.customer_id = maturing.customer_id
