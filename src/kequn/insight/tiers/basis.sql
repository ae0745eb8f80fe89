-- The monthly averages that tiers rest on. A tier is lost only when two month-ends in a row were under it, so each
-- month-end counts the better of its own and the earlier month; inside an open month the last month-end still stands.
SELECT
  customer_id,
  CASE WHEN as_of() = month_end(as_of()) THEN GREATEST(aum_month_avg, aum_last_month_avg)
    ELSE GREATEST(aum_month_avg, aum_last_month_avg, aum_month_before_last_avg) END AS tier_basis,
  GREATEST(aum_last_month_avg, aum_month_before_last_avg) AS tier_last_month_basis
FROM tag
