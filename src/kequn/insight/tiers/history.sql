-- One row a customer and closed month above mass (by earning it or by grace), from the second known month on.
-- Months without a change keep their closing balance; only flats that earn a tier, or follow a month that may have,
-- are filled in.
WITH digit AS (
  SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4
  UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9
),
bounds AS (
  SELECT MIN(month) AS first_month FROM balance_month WHERE month < month_start(as_of())
),
known AS (
  SELECT add_months(bounds.first_month, hundreds.n * 100 + tens.n * 10 + units.n) AS month
  FROM bounds CROSS JOIN digit AS hundreds CROSS JOIN digit AS tens CROSS JOIN digit AS units
),
-- No average can exceed all that ever came in plus the largest part of a month; most customers end here.
ceiling AS (
  SELECT party_id, asset_class, term,
    isum(GREATEST(change_fen, 0)) + MAX(GREATEST(weighted_fen, 0)) // 28 + 1 AS most_fen
  FROM balance_month
  WHERE month < month_start(as_of())
  GROUP BY party_id, asset_class, term
),
reaching AS (
  SELECT identity.customer_id
  FROM ceiling JOIN identity ON ceiling.party_id = identity.party_id
  GROUP BY identity.customer_id
  HAVING isum(ceiling.most_fen) >= yuan(setting('tiers.potential_yuan'))
),
moved AS (
  SELECT reaching.customer_id, balance_month.month,
    isum(balance_month.change_fen) AS change_fen, isum(balance_month.weighted_fen) AS weighted_fen
  FROM balance_month JOIN identity ON balance_month.party_id = identity.party_id
    JOIN reaching ON identity.customer_id = reaching.customer_id
  WHERE balance_month.month < month_start(as_of())
  GROUP BY reaching.customer_id, balance_month.month
),
running AS (
  SELECT customer_id, month, change_fen, weighted_fen,
    isum(change_fen) OVER (PARTITION BY customer_id ORDER BY month
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS closing_fen,
    LEAD(month, 1, month_start(as_of())) OVER (PARTITION BY customer_id ORDER BY month) AS next_month
  FROM moved
),
average AS (
  SELECT customer_id, month,
    round_div((closing_fen - change_fen) * days_in_month(month) + weighted_fen,
      days_in_month(month)) AS month_avg_fen
  FROM running
  UNION ALL
  SELECT running.customer_id, known.month, running.closing_fen
  FROM running JOIN known ON known.month > running.month AND known.month < running.next_month
  WHERE running.closing_fen >= yuan(setting('tiers.potential_yuan'))
    OR known.month = add_months(running.month, 1)
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
