-- One row a customer and closed month above mass (by earning it or by grace), from the second known month on.
-- Months without a change keep their closing balance; only flats that earn a tier, or follow a month that may have,
-- are filled in.
WITH digit AS (
  SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4
  UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9
),
bounds AS (
  SELECT MIN(first_month) AS first_month FROM balance_history
),
later AS (
  SELECT CAST(hundreds.n * 100 + tens.n * 10 + units.n AS BIGINT) AS months
  FROM digit AS hundreds CROSS JOIN digit AS tens CROSS JOIN digit AS units CROSS JOIN bounds
  WHERE hundreds.n * 100 + tens.n * 10 + units.n BETWEEN 1
    AND months_between_starts(bounds.first_month, month_start(as_of()))
),
-- No average can exceed the peak; most customers end here.
reaching AS (
  SELECT account.account_id, account.currency <> setting('bank.currency') AS converted, history.customer_id
  FROM balance_history AS history
  JOIN identity ON history.customer_id = identity.customer_id
  JOIN account ON identity.party_id = account.party_id
  WHERE history.peak_fen >= yuan(setting('tiers.potential_yuan'))
),
moved AS (
  SELECT reaching.customer_id, month_start(worth.valid_from) AS month,
    isum(worth.change_fen) AS change_fen,
    isum(worth.change_fen * (days_between(worth.valid_from, month_end(worth.valid_from)) + 1)) AS weighted_fen
  FROM worth
  JOIN reaching ON worth.account_id = reaching.account_id AND worth.converted = reaching.converted
  WHERE worth.valid_from < month_start(as_of())
  GROUP BY reaching.customer_id, month_start(worth.valid_from)
),
running AS (
  SELECT customer_id, month, change_fen, weighted_fen,
    isum(change_fen) OVER (PARTITION BY customer_id ORDER BY month
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS closing_fen,
    LEAD(month, 1, month_start(as_of())) OVER (PARTITION BY customer_id ORDER BY month) AS next_month
  FROM moved
),
flat AS (
  SELECT customer_id, month, closing_fen, months_between_starts(month, next_month) AS months
  FROM running
  WHERE next_month > add_months(month, 1)
),
average AS (
  SELECT customer_id, month,
    round_div((closing_fen - change_fen) * days_in_month(month) + weighted_fen,
      days_in_month(month)) AS month_avg_fen
  FROM running
  UNION ALL
  SELECT flat.customer_id, add_months(flat.month, later.months) AS month, flat.closing_fen AS month_avg_fen
  FROM flat JOIN later ON later.months < flat.months
  WHERE later.months = 1 OR flat.closing_fen >= yuan(setting('tiers.potential_yuan'))
),
earned AS (
  SELECT customer_id, month, month_avg_fen,
    CASE
      WHEN month_avg_fen >= yuan(setting('tiers.private_yuan')) THEN 5
      WHEN month_avg_fen >= yuan(setting('tiers.diamond_yuan')) THEN 4
      WHEN month_avg_fen >= yuan(setting('tiers.platinum_yuan')) THEN 3
      WHEN month_avg_fen >= yuan(setting('tiers.gold_yuan')) THEN 2
      WHEN month_avg_fen >= yuan(setting('tiers.potential_yuan')) THEN 1
      ELSE 0 END AS earned_rank
  FROM average
),
ranked AS (
  SELECT customer_id, month, month_avg_fen, earned_rank,
    CASE WHEN LAG(month) OVER (PARTITION BY customer_id ORDER BY month) = add_months(month, -1)
      THEN GREATEST(earned_rank, LAG(earned_rank) OVER (PARTITION BY customer_id ORDER BY month))
      ELSE earned_rank END AS tier_rank
  FROM earned
)
SELECT ranked.customer_id, ranked.month, ranked.month_avg_fen,
  CAST(ranked.earned_rank AS BIGINT) AS earned_rank, CAST(ranked.tier_rank AS BIGINT) AS tier_rank
FROM ranked CROSS JOIN bounds
WHERE ranked.tier_rank >= 1 AND ranked.month > bounds.first_month
