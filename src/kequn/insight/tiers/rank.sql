SELECT
  customer_id,
  CASE
    WHEN tier_basis >= yuan(setting('tiers.private_yuan')) THEN 5
    WHEN tier_basis >= yuan(setting('tiers.diamond_yuan')) THEN 4
    WHEN tier_basis >= yuan(setting('tiers.platinum_yuan')) THEN 3
    WHEN tier_basis >= yuan(setting('tiers.gold_yuan')) THEN 2
    WHEN tier_basis >= yuan(setting('tiers.potential_yuan')) THEN 1
    ELSE 0 END AS tier_rank,
  CASE
    WHEN aum_month_avg >= yuan(setting('tiers.private_yuan')) THEN 5
    WHEN aum_month_avg >= yuan(setting('tiers.diamond_yuan')) THEN 4
    WHEN aum_month_avg >= yuan(setting('tiers.platinum_yuan')) THEN 3
    WHEN aum_month_avg >= yuan(setting('tiers.gold_yuan')) THEN 2
    WHEN aum_month_avg >= yuan(setting('tiers.potential_yuan')) THEN 1
    ELSE 0 END AS tier_earned_rank,
  CASE
    WHEN tier_last_month_basis >= yuan(setting('tiers.private_yuan')) THEN 5
    WHEN tier_last_month_basis >= yuan(setting('tiers.diamond_yuan')) THEN 4
    WHEN tier_last_month_basis >= yuan(setting('tiers.platinum_yuan')) THEN 3
    WHEN tier_last_month_basis >= yuan(setting('tiers.gold_yuan')) THEN 2
    WHEN tier_last_month_basis >= yuan(setting('tiers.potential_yuan')) THEN 1
    ELSE 0 END AS tier_last_month_rank,
  CASE
    WHEN tier_basis >= yuan(setting('tiers.private_yuan')) THEN yuan(setting('tiers.private_yuan'))
    WHEN tier_basis >= yuan(setting('tiers.diamond_yuan')) THEN yuan(setting('tiers.diamond_yuan'))
    WHEN tier_basis >= yuan(setting('tiers.platinum_yuan')) THEN yuan(setting('tiers.platinum_yuan'))
    WHEN tier_basis >= yuan(setting('tiers.gold_yuan')) THEN yuan(setting('tiers.gold_yuan'))
    WHEN tier_basis >= yuan(setting('tiers.potential_yuan')) THEN yuan(setting('tiers.potential_yuan'))
    ELSE 0 END AS tier_bound,
  CASE
    WHEN aum_month_avg >= yuan(setting('tiers.private_yuan')) THEN NULL
    WHEN aum_month_avg >= yuan(setting('tiers.diamond_yuan')) THEN yuan(setting('tiers.private_yuan'))
    WHEN aum_month_avg >= yuan(setting('tiers.platinum_yuan')) THEN yuan(setting('tiers.diamond_yuan'))
    WHEN aum_month_avg >= yuan(setting('tiers.gold_yuan')) THEN yuan(setting('tiers.platinum_yuan'))
    WHEN aum_month_avg >= yuan(setting('tiers.potential_yuan')) THEN yuan(setting('tiers.gold_yuan'))
    ELSE yuan(setting('tiers.potential_yuan')) END AS tier_next_bound
FROM tag
