-- Accounts in other currencies, at the rate of the day: balance x rate now, and 90 days ago. An account counts 0 on a
-- day for which its currency has no rate yet; unrated_account_count tells how many do today.
-- Whole millions are multiplied apart from the rest, so that no product is too large for 64 bits.
WITH newest AS (
  SELECT currency, rate_ppm, row_number() OVER (PARTITION BY currency ORDER BY valid_from DESC) AS place
  FROM rate
  WHERE valid_from <= as_of()
),
earlier AS (
  SELECT currency, rate_ppm, row_number() OVER (PARTITION BY currency ORDER BY valid_from DESC) AS place
  FROM rate
  WHERE valid_from <= add_days(as_of(), -90)
),
held AS (
  SELECT account_id, party_id, currency,
    isum(change_fen) AS now_fen,
    isum(CASE WHEN day <= add_days(as_of(), -90) THEN change_fen ELSE 0 END) AS then_fen
  FROM foreign_change
  GROUP BY account_id, party_id, currency
),
converted AS (
  SELECT held.party_id, held.now_fen, newest.rate_ppm,
    COALESCE(held.now_fen // 1000000 * newest.rate_ppm
      + round_div(held.now_fen % 1000000 * newest.rate_ppm, 1000000), 0) AS here_fen,
    COALESCE(held.then_fen // 1000000 * earlier.rate_ppm
      + round_div(held.then_fen % 1000000 * earlier.rate_ppm, 1000000), 0) AS here_then_fen
  FROM held
  LEFT JOIN newest ON held.currency = newest.currency AND newest.place = 1
  LEFT JOIN earlier ON held.currency = earlier.currency AND earlier.place = 1
)
SELECT
  identity.customer_id,
  isum(converted.here_fen) AS aum_foreign,
  isum(converted.here_fen - converted.here_then_fen) AS aum_foreign_trend_90d,
  count(CASE WHEN converted.rate_ppm IS NULL AND converted.now_fen <> 0 THEN 1 END) AS unrated_account_count
FROM converted
JOIN identity ON converted.party_id = identity.party_id
GROUP BY identity.customer_id
