-- Deposit needed today: ceil((bound x days in month - day-ends through yesterday - balance now x days left) / days left),
-- days left counting today. Day-ends through yesterday are aum_day_sum - aum, which leaves aum x (days left - 1).
SELECT
  customer_id,
  CASE tier_rank WHEN 5 THEN 'private' WHEN 4 THEN 'diamond' WHEN 3 THEN 'platinum' WHEN 2 THEN 'gold'
    WHEN 1 THEN 'potential' ELSE 'mass' END AS tier,
  CASE tier_earned_rank WHEN 5 THEN 'private' WHEN 4 THEN 'diamond' WHEN 3 THEN 'platinum' WHEN 2 THEN 'gold'
    WHEN 1 THEN 'potential' ELSE 'mass' END AS tier_earned,
  CASE tier_last_month_rank WHEN 5 THEN 'private' WHEN 4 THEN 'diamond' WHEN 3 THEN 'platinum' WHEN 2 THEN 'gold'
    WHEN 1 THEN 'potential' ELSE 'mass' END AS tier_last_month,
  CASE tier_earned_rank WHEN 4 THEN 'private' WHEN 3 THEN 'diamond' WHEN 2 THEN 'platinum' WHEN 1 THEN 'gold'
    WHEN 0 THEN 'potential' END AS tier_next,
  CASE
    WHEN tenure_days <= days_between(month_start(as_of()), as_of()) THEN 'new'
    WHEN tier_rank > tier_last_month_rank THEN 'up'
    WHEN tier_rank < tier_last_month_rank THEN 'down'
    ELSE 'same' END AS tier_move,
  tier_next_bound - aum_month_avg AS tier_gap,
  CASE WHEN tier_next_bound IS NULL THEN FALSE
    ELSE aum_month_avg * 100 >= tier_next_bound * (100 - setting('tiers.near_share_percent')) END AS tier_near,
  CASE WHEN tier_next_bound IS NULL THEN NULL
    ELSE GREATEST(0, ceil_div(
      tier_next_bound * days_in_month(as_of()) - aum_day_sum - aum * days_between(as_of(), month_end(as_of())),
      days_between(as_of(), month_end(as_of())) + 1)) END AS tier_deposit_needed,
  GREATEST(0, ceil_div(
    tier_bound * days_in_month(as_of()) - aum_day_sum - aum * days_between(as_of(), month_end(as_of())),
    days_between(as_of(), month_end(as_of())) + 1)) AS tier_hold_needed
FROM tag
